"""The asynchronous engine: HTTP/1.1 over asyncio, for any number of tasks of one loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from wrapper._engine.async_connection import READ_BYTES, TLS_READ_BYTES, AsyncConnection
from wrapper._engine.exchange_errors import (
    BodySourceError,
    PhaseTimeoutError,
    connect_error,
    exchange_error,
    note_progress,
    raise_from,
    transport_error,
    was_closed_while_idle,
)
from wrapper._engine.outbox import Outbox
from wrapper._engine.pool import DEFAULT_MAX_CONNECTIONS, Grant, Origin, Pool
from wrapper._errors import (
    ConnectError,
    ConnectTimeoutError,
    PoolTimeoutError,
    ProtocolError,
    ReadTimeoutError,
    TransportError,
)
from wrapper._headers import Headers
from wrapper._http import Answer, Request
from wrapper._http11.answer import AnswerReader, StreamedAnswerReader, WholeAnswerReader
from wrapper._http11.body import JOINED_BYTES, BodyFramer
from wrapper._http11.head import CHUNKED, AnswerHead, end_of_head

if TYPE_CHECKING:
    import ssl

    from wrapper._config import Verify

__all__ = ["AsyncOpenSocketAnswer", "AsyncSocketEngine"]

# When an address is silent for so long the next is tried beside it (RFC 8305, section 5).
_NEXT_ADDRESS_SECONDS = 0.25


class AsyncSocketEngine:
    """Sends requests over connections of its own; for the tasks of one event loop.

    It makes no connection before the first request, and reads no certificates before the first one
    over TLS.
    """

    def __init__(
        self, *, verify: Verify = True, max_connections: int = DEFAULT_MAX_CONNECTIONS
    ) -> None:
        """Begin without connections.

        Args:
            verify: As in `wrapper._tls.tls_context`.
            max_connections: Connections open at once, at most.
        """
        self._verify = verify
        self._context: ssl.SSLContext | None = None
        self._context_lock = asyncio.Lock()
        self._scratch = memoryview(bytearray(READ_BYTES))
        self._outbox: Outbox | None = None
        self._in_flight = 0
        self._pool: Pool[AsyncConnection] = Pool(max_connections, self._make)

    async def send(self, request: Request) -> Answer:
        """Send a request and read the whole answer.

        Raises:
            TransportError: There is no valid answer.
        """
        reader = WholeAnswerReader(request.method)
        connection = self._at_hand(request) or await self._connection(request)
        sent = False
        self._in_flight += 1
        try:
            connection.begin(reader, streams=False)
            sent = self._post(connection, request) or await _send(connection, request)
            while not reader.finished:
                await connection.wait(ReadTimeoutError, request.timeout)
        except BaseException as error:  # noqa: BLE001  # raised again, perhaps renamed
            self.fail(connection, error, request, reader, sent=sent)
        self.give_back(connection, reusable=sent and reader.reusable)
        head = reader.head
        assert head is not None  # noqa: S101  # it is finished
        return Answer(head.status, head.headers, reader.body)

    async def open(
        self, request: Request, pieces: AsyncIterable[bytes] | None = None, length: int = CHUNKED
    ) -> AsyncOpenSocketAnswer:
        """Send a request and read the head of the answer.

        Args:
            request: The request.
            pieces: Its body in pieces, in place of `request.body`.
            length: How long they are together; by default that shows at their end.

        Raises:
            TransportError: There is no valid head of an answer.
        """
        reader = StreamedAnswerReader(request.method)
        connection = self._at_hand(request) or await self._connection(request)
        sent = False
        self._in_flight += 1
        try:
            connection.begin(reader, streams=True)
            if pieces is None:
                sent = self._post(connection, request) or await _send(connection, request)
            else:
                sent = await _send_pieces(connection, request, pieces, length)
            while reader.head is None:
                await connection.wait(ReadTimeoutError, request.timeout)
        except BaseException as error:  # noqa: BLE001  # raised again, perhaps renamed
            self.fail(connection, error, request, reader, sent=sent)
        return AsyncOpenSocketAnswer(self, connection, request, reader, sent=sent)

    def close(self) -> None:
        """Close all connections, without waiting; those in use as soon as they are not."""
        self._pool.close()

    async def aclose(self) -> None:
        """Close all connections; those in use as soon as they are not."""
        self.close()
        # asyncio closes the sockets in the next turns of the loop, which may be its last.
        for _ in range(2):
            await asyncio.sleep(0)

    def abandon(self) -> None:
        """Let go of all connections: their event loop was closed."""
        for connection in self._pool.abandon():
            connection.abandon()

    def give_back(self, connection: AsyncConnection, *, reusable: bool) -> None:
        """Take back what was lent."""
        self._in_flight -= 1
        if reusable and connection.is_sound():
            connection.end()
            self._pool.release(connection, monotonic())
        else:
            self._pool.discard(connection)

    def fail(
        self,
        connection: AsyncConnection,
        error: BaseException,
        request: Request,
        reader: AnswerReader,
        *,
        sent: bool,
    ) -> NoReturn:
        """Give up a connection and raise what that means."""
        sent = sent and not connection.has_unsent()
        at = connection.reused_at
        reused_for = None if at is None else monotonic() - at
        closed_while_idle = was_closed_while_idle(
            error, reused_for, connection.round_trip, begun=reader.begun
        )
        self.give_back(connection, reusable=False)
        if closed_while_idle:
            self._pool.drop_idle(connection.origin)
        reader.abandon()
        note_progress(error, processed=sent)
        raise_from(
            exchange_error(error, request, sent=sent, closed_while_idle=closed_while_idle), error
        )

    def _post(self, connection: AsyncConnection, request: Request) -> bool:
        """Send a request without waiting if it is short; whether it is."""
        body = request.body
        if len(body) > JOINED_BYTES:
            return False
        data = b"%b%b%b" % (request.head, end_of_head(request.method, len(body)), body)
        connection.post(data, is_alone=self._in_flight == 1)
        return True

    def _at_hand(self, request: Request) -> AsyncConnection | None:
        """An idle connection that may serve at once, if there is one."""
        endpoint = request.endpoint
        now = monotonic()
        idle = self._pool.take_idle((endpoint.scheme, endpoint.host, endpoint.port), now)
        if idle is None:
            return None
        if not idle.is_usable():
            self._pool.discard(idle)
            return None
        idle.reused_at = now
        return idle

    async def _connection(self, request: Request) -> AsyncConnection:
        endpoint = request.endpoint
        origin = (endpoint.scheme, endpoint.host, endpoint.port)
        grant = self._pool.acquire(origin, monotonic())
        if grant is Grant.WAIT:
            grant = await self._await(origin, request)
        if isinstance(grant, Grant):
            raise transport_error(ConnectError, request, "the engine is closed")
        if grant.is_usable():
            grant.reused_at = monotonic()
            return grant
        return await self._connect(grant, request)

    async def _await(self, origin: Origin, request: Request) -> AsyncConnection | Grant:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not turn.done():
                turn.set_result(None)

        waiter = self._pool.wait(origin, wake)
        seconds = request.timeout.pool
        timer = None if seconds is None else loop.call_later(seconds, wake)
        try:
            await turn
        except BaseException as error:
            self._pool.withdraw(waiter, monotonic())
            note_progress(error, processed=False)
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if waiter.grant is Grant.WAIT:
            self._pool.withdraw(waiter, monotonic())
            raise transport_error(PoolTimeoutError, request)
        return waiter.grant

    def _make(self, origin: Origin) -> AsyncConnection:
        loop = asyncio.get_running_loop()
        if self._outbox is None:
            self._outbox = Outbox(loop)
        if origin[0] == "https" and len(self._scratch) < TLS_READ_BYTES:
            self._scratch = memoryview(bytearray(TLS_READ_BYTES))
        size = TLS_READ_BYTES if origin[0] == "https" else READ_BYTES
        scratch = self._scratch[:size]
        return AsyncConnection(origin, loop, self._outbox, scratch, self._pool.remove)

    async def _connect(self, connection: AsyncConnection, request: Request) -> AsyncConnection:
        if not connection.is_new:
            connection = self._pool.renew(connection)
        scheme, host, port = connection.origin
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(request.timeout.connect)
        try:
            context = await self._tls_context() if scheme == "https" else None
            async with limit:
                address, race = await _address(loop, host, port)
                began = monotonic()
                await loop.create_connection(lambda: connection, address, port, **race)
                connection.round_trip = monotonic() - began
                if context is not None:
                    await connection.secure(context, host.removesuffix("."))
        except BaseException as error:  # noqa: BLE001  # raised again, perhaps renamed
            self._pool.discard(connection)
            note_progress(error, processed=False)
            if isinstance(error, TimeoutError) and limit.expired():
                error = PhaseTimeoutError(ConnectTimeoutError)
            raise_from(connect_error(error, request), error)
        return connection

    async def _tls_context(self) -> ssl.SSLContext:
        async with self._context_lock:
            if self._context is None:
                from wrapper._engine.tls import tls_context

                # Reading certificates takes as long as hundreds of calls.
                self._context = await asyncio.to_thread(tls_context, self._verify)
            return self._context


class AsyncOpenSocketAnswer:
    """An answer whose body is still to come.

    Attributes:
        status: The HTTP status.
        headers: The headers.
        head: All of the head.
    """

    def __init__(
        self,
        engine: AsyncSocketEngine,
        connection: AsyncConnection,
        request: Request,
        reader: StreamedAnswerReader,
        *,
        sent: bool,
    ) -> None:
        head = reader.head
        assert head is not None  # noqa: S101  # that is when it is made
        self.head: AnswerHead = head
        self.status: int = head.status
        self.headers: Headers = head.headers
        self._engine = engine
        self._connection: AsyncConnection | None = connection
        self._request = request
        self._reader = reader
        self._sent = sent
        self._is_awaited = False
        self._loop = asyncio.get_running_loop()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            TransportError: It breaks off, or is malformed.
        """
        reader = self._reader
        while True:
            if reader.finished:
                self._give_back()
            if reader.pieces:
                if self._connection is not None:
                    self._connection.taken()
                yield reader.take()
            elif reader.finished:
                return
            else:
                await self._wait()

    async def aclose(self) -> None:
        """Give the connection up; one that was read to the end may serve again."""
        self._give_back()

    def __del__(self) -> None:
        # Perhaps in another thread: the garbage collector's.
        if self._connection is not None:
            with suppress(RuntimeError):  # the loop is closed, and its connections with it
                self._loop.call_soon_threadsafe(_discard, self._engine, self._connection)

    def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._is_awaited:
            connection.close()  # ends the wait; whoever waits gives it back
        else:
            self._engine.give_back(connection, reusable=self._sent and self._reader.reusable)

    async def _wait(self) -> None:
        connection = self._connection
        if connection is None:
            raise self._closed_error()
        connection.taken()  # all of it: what is awaited must be let in
        self._is_awaited = True
        try:
            await connection.wait(ReadTimeoutError, self._request.timeout)
        except BaseException as error:  # noqa: BLE001  # raised again, perhaps renamed
            self._connection = None
            self._engine.fail(connection, error, self._request, self._reader, sent=self._sent)
        finally:
            self._is_awaited = False
        if self._connection is None:  # it was closed when something had come, in the same moment
            self._engine.give_back(connection, reusable=False)
            raise self._closed_error()

    def _closed_error(self) -> TransportError:
        return transport_error(ProtocolError, self._request, "the answer was closed before its end")


async def _address(
    loop: asyncio.AbstractEventLoop, host: str, port: int
) -> tuple[str, dict[str, Any]]:
    """Where to connect to, and how to try several addresses.

    asyncio's race of addresses takes tasks, and leaves them behind for a moment when it is
    cancelled: it is for several addresses alone. Other event loops have none.
    """
    is_address = ":" in host or host[-1:].isdigit()
    if is_address or not isinstance(loop, asyncio.BaseEventLoop):
        return host, {}
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if len(found) == 1:
        return str(found[0][4][0]), {}
    return host, {"happy_eyeballs_delay": _NEXT_ADDRESS_SECONDS}


def _discard(engine: AsyncSocketEngine, connection: AsyncConnection) -> None:
    engine.give_back(connection, reusable=False)


async def _send(connection: AsyncConnection, request: Request) -> bool:
    """Send a request; whether all of it was, for an answer may come that makes the rest idle."""
    body, timeout = request.body, request.timeout
    head = request.head + end_of_head(request.method, len(body))
    return await connection.write(head, timeout) and await connection.write(body, timeout)


async def _send_pieces(
    connection: AsyncConnection, request: Request, pieces: AsyncIterable[bytes], length: int
) -> bool:
    """As `_send`, with a body that comes in pieces."""
    timeout = request.timeout
    framer = BodyFramer(length)
    data = request.head + end_of_head(request.method, length)
    async for piece in _guarded(pieces):
        if not await connection.write(data + framer.frame(piece), timeout):
            return False
        data = b""
    return await connection.write(data + framer.end(), timeout)


async def _guarded(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The pieces; an error of theirs is told from one of the connection."""
    try:
        async for piece in pieces:
            yield piece
    except Exception as error:
        raise BodySourceError(error) from error
