"""A proxy on loopback that does to each exchange what it is told.

It stands before an origin: an echo of its own by default, or any server that speaks HTTP/1.1. It
reads each request whole, gets the origin's answer whole, and passes it on through a fault. What it
saw it keeps: every whole request, the connection it came on, and what was done to it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

import attrs

from tests.faults.catalogue import End, Fault, Piece, When
from tests.faults.origin import echo

__all__ = ["FaultProxy", "Seen", "forward_to"]


@attrs.define
class Seen:
    """A whole request that came.

    Attributes:
        target: The path and query.
        headers: By names in lower case.
        body: The body.
        connection: The number of its connection.
        exchange: Its number on that connection; the first is 1.
        fault: The name of what was done to it, or None.
        ran: Whether the origin was asked: the model has run.
        sent: How many bytes of an answer were sent.
    """

    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    exchange: int
    fault: str | None = None
    ran: bool = False
    sent: int = 0


Origin = Callable[[Seen, bytes], Awaitable[bytes]]
"""Gives the whole raw answer to a request; gets also the raw request."""


def forward_to(host: str, port: int) -> Origin:
    """An origin that is another server."""

    async def origin(_: Seen, raw: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            head, _, body = raw.partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if line.lower()[:11] != b"connection:"]
            writer.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
            answer = await reader.read()
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if line.lower()[:11] != b"connection:"]
        return b"\r\n".join([*lines, b"", b""]) + body

    return origin


class FaultProxy:
    """The proxy, on a thread of its own: a context manager.

    Without `decide`, exchanges take the faults of `plan`, each in its turn, and then none.

    Args:
        origin: Who answers.
        decide: Asked for each exchange what to do to it.
        tls: A server's context, to speak TLS.
        longest: After how many seconds an exchange is broken off, so that no test hangs.
    """

    def __init__(
        self,
        origin: Origin = echo,
        *,
        decide: Callable[[], Fault | None] | None = None,
        tls: ssl.SSLContext | None = None,
        longest: float = 20.0,
    ) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.open_connections = 0
        self.errors: list[BaseException] = []
        self._origin = origin
        self._planned: deque[Fault | None] = deque()
        self._decide = decide or self._take_planned
        self._tls = tls
        self._longest = longest
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy")
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._socket.getsockname()[1]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"

    def plan(self, *faults: Fault | None) -> None:
        """Say what to do to the next exchanges, one after the other; None is nothing."""
        self._planned.extend(faults)

    def forget(self) -> None:
        """Begin anew: nothing planned, nothing seen."""
        self._planned.clear()
        self.seen = []
        self.connections = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, steps: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(steps, self._loop).result(10)

    def _take_planned(self) -> Fault | None:
        return self._planned.popleft() if self._planned else None

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, sock=self._socket, limit=2**16)

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open_connections += 1
        connection = _Connection(self, reader, writer, self.connections)
        try:
            await connection.serve()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, TimeoutError):
            pass  # the client has gone, or the proxy is closed
        except BaseException as error:  # noqa: BLE001  # a fault of this tool's own
            self.errors.append(error)
        finally:
            connection.abort()
            self.open_connections -= 1
            self._tasks.discard(task)


class _Connection:
    def __init__(
        self,
        proxy: FaultProxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
    ) -> None:
        self.proxy = proxy
        self.reader = reader
        self.writer = writer
        self.number = number

    async def serve(self) -> None:
        proxy = self.proxy
        fault = proxy._decide()
        if fault is not None and fault.when is When.ACCEPT:
            await self.strike(fault, b"")
            return
        if proxy._tls is not None:
            await self.writer.start_tls(proxy._tls)
        exchange = 0
        while True:
            exchange += 1
            first = await self.reader.read(1)
            if not first:
                return
            if exchange > 1:
                fault = proxy._decide()
                if fault is not None and fault.when is When.ACCEPT:
                    await self.strike(fault, b"")
                    return
            async with asyncio.timeout(proxy._longest):
                if not await self.exchange(first, exchange, fault):
                    return

    async def exchange(self, first: bytes, number: int, fault: Fault | None) -> bool:
        """Read a request and answer it; whether the connection lives on."""
        head = first + await self.reader.readuntil(b"\r\n\r\n")
        request_line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        length = int(headers.get("content-length", 0))
        if fault is not None and fault.when is When.STALL:
            self.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(self.proxy._longest)
        if fault is not None and fault.when is When.REQUEST:
            await self.reader.readexactly(length // 2)
            await self.strike(fault, b"")
            return False
        body = await self.reader.readexactly(length)
        seen = Seen(request_line.split(" ")[1], headers, body, self.number, number)
        self.proxy.seen.append(seen)
        answer = b""
        if fault is None or fault.when is When.ANSWER:
            seen.ran = True
            answer = await self.proxy._origin(seen, head + body)
        if fault is None:
            seen.sent = len(answer)
            await self.send(answer)
            return True
        seen.fault = fault.name
        return await self.strike(fault, answer, seen)

    async def strike(self, fault: Fault, answer: bytes, seen: Seen | None = None) -> bool:
        for piece in fault.pieces(answer):
            if isinstance(piece, float):
                await asyncio.sleep(piece)
            else:
                await self.send(piece)
                if seen is not None:
                    seen.sent += len(piece)
        if fault.end is End.KEEP:
            return True
        if fault.end is End.SILENCE:
            while await self.reader.read(65_536):
                pass
        elif fault.end is End.RESET:
            self.reset()
        elif fault.end is End.CUT:
            self.writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
            await asyncio.sleep(1.0)
        return False

    async def send(self, piece: Piece) -> None:
        assert isinstance(piece, bytes)
        self.writer.write(piece)
        await self.writer.drain()
        await asyncio.sleep(0)
        if self.writer.transport.is_closing():
            raise ConnectionResetError

    def reset(self) -> None:
        """Close in such a way that the other side gets an RST."""
        connected = self.writer.get_extra_info("socket")
        with suppress(OSError):
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def abort(self) -> None:
        with suppress(OSError, RuntimeError):
            self.writer.close()
