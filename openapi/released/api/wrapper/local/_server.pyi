import asyncio
import socket
import uvicorn
from _typeshed import Incomplete
from collections.abc import Callable
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ['Server']

class _Protocol(H11Protocol):
    access_log: bool
    app_state: Incomplete
    def connection_made(self, transport: asyncio.Transport) -> None: ...

class Server(uvicorn.Server):
    stopping: Incomplete
    def __init__(self, app: ASGIApp, on_started: Callable[[], None]) -> None: ...
    async def main_loop(self) -> None: ...
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None: ...
