"""uvicorn, on a socket of ours, stopped at once, and with the transport within reach."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from wrapper.local._exchange import TRANSPORT

__all__ = ["Server"]

_KEEP_ALIVE_SECONDS = 75  # longer than clients keep a connection, so that none races our closing
_BACKLOG = 2048
_CANCEL_SECONDS = 0.1


class _Protocol(H11Protocol):
    """HTTP/1.1 with the connection's transport in the ASGI scope, for faults to break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.access_log = False
        self.app_state = {**self.app_state, TRANSPORT: transport}
        super().connection_made(transport)


class Server(uvicorn.Server):
    """Serves an application until it is told to stop; then it cuts what is still open.

    Args:
        app: The ASGI application.
        on_started: Called once connections are accepted.
    """

    def __init__(self, app: ASGIApp, on_started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=_Protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,  # logging is the user's
                proxy_headers=False,
                server_header=False,
                date_header=False,  # the application's clock tells it
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self.stopping = asyncio.Event()
        self._on_started = on_started

    async def main_loop(self) -> None:
        """Wait; uvicorn's own loop looks every tenth of a second."""
        self._on_started()
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        """Close everything; uvicorn's own waits for answers to end."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # the connections learn that they are lost
        tasks = set(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CANCEL_SECONDS)
