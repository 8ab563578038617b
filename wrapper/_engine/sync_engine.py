"""The synchronous engine: HTTP/1.1 over sockets, for any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

from wrapper._engine.exchange_errors import (
    BodySourceError,
    PhaseTimeoutError,
    connect_error,
    exchange_error,
    raise_from,
    transport_error,
    was_closed_while_idle,
)
from wrapper._engine.pool import DEFAULT_MAX_CONNECTIONS, Grant, Origin, Pool
from wrapper._engine.sync_connection import READABLE, WRITABLE, SocketConnection
from wrapper._errors import (
    ConnectError,
    PoolTimeoutError,
    ProtocolError,
    TransportError,
    WriteTimeoutError,
)
from wrapper._headers import Headers
from wrapper._http import Answer, Request
from wrapper._http11.answer import AnswerReader, StreamedAnswerReader, WholeAnswerReader
from wrapper._http11.body import JOINED_BYTES, BodyFramer
from wrapper._http11.head import CHUNKED, AnswerHead, end_of_head
from wrapper._timeouts import Phases

if TYPE_CHECKING:
    import ssl

    from wrapper._config import Verify

__all__ = ["SocketEngine", "SocketOpenAnswer"]

# Whoever waits for a connection looks so often for a place that nobody handed on: of a stream that
# was dropped, or of a thread that an exception struck on the way. Taking a lock where that happens,
# perhaps in the middle of a garbage collection, could be for ever.
_LOOK_SECONDS = 0.5


class SocketEngine:
    """Sends requests over connections of its own; any number of threads may share it.

    It makes no connection before the first request, and reads no certificates before the first one
    over TLS. One that is dropped closes its connections.
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
        self._lock = threading.Lock()
        self._context_lock = threading.Lock()
        self._pool: Pool[SocketConnection] = Pool(max_connections, SocketConnection)

    def send(self, request: Request) -> Answer:
        """Send a request and read the whole answer.

        Raises:
            TransportError: There is no valid answer.
        """
        reader = WholeAnswerReader(request.method)
        connection = self._connection(request)
        sent = False
        try:
            sent = _send(connection, request, reader)
            while not reader.finished:
                _read(connection, reader, request.timeout)
        except BaseException as error:  # noqa: BLE001  # raised again, perhaps renamed
            self.fail(connection, error, request, reader, sent=sent)
        self.give_back(connection, reusable=sent and reader.reusable)
        head = reader.head
        assert head is not None  # noqa: S101  # it is finished
        return Answer(head.status, head.headers, reader.body)

    def open(
        self, request: Request, pieces: Iterable[bytes] | None = None, length: int = CHUNKED
    ) -> SocketOpenAnswer:
        """Send a request and read the head of the answer.

        Args:
            request: The request.
            pieces: Its body in pieces, in place of `request.body`.
            length: How long they are together; by default that shows at their end.

        Raises:
            TransportError: There is no valid head of an answer.
        """
        reader = StreamedAnswerReader(request.method)
        connection = self._connection(request)
        sent = False
        try:
            if pieces is None:
                sent = _send(connection, request, reader)
            else:
                sent = _send_pieces(connection, request, reader, pieces, length)
            while reader.head is None:
                _read(connection, reader, request.timeout)
        except BaseException as error:  # noqa: BLE001  # raised again, perhaps renamed
            self.fail(connection, error, request, reader, sent=sent)
        return SocketOpenAnswer(self, connection, request, reader, sent=sent)

    def close(self) -> None:
        """Close all connections; those in use as soon as they are not."""
        with self._lock:
            self._pool.close()

    def _connection(self, request: Request) -> SocketConnection:
        endpoint = request.endpoint
        origin = (endpoint.scheme, endpoint.host, endpoint.port)
        with self._lock:
            grant = self._pool.acquire(origin, monotonic())
        if grant is Grant.WAIT:
            grant = self._await(origin, request)
        if isinstance(grant, Grant):
            raise transport_error(ConnectError, request, "the engine is closed")
        if grant.is_usable():
            grant.reused_at = monotonic()
            return grant
        return self._connect(grant, request)

    def _await(self, origin: Origin, request: Request) -> SocketConnection | Grant:
        turn = threading.Lock()
        turn.acquire()

        def wake() -> None:
            if turn.locked():
                turn.release()

        with self._lock:
            grant = self._pool.acquire(origin, monotonic())
            if grant is not Grant.WAIT:
                return grant
            waiter = self._pool.wait(origin, wake)
        seconds = request.timeout.pool
        deadline = None if seconds is None else monotonic() + seconds
        try:
            while waiter.grant is Grant.WAIT:
                left = _LOOK_SECONDS if deadline is None else deadline - monotonic()
                turn.acquire(timeout=max(0.0, min(left, _LOOK_SECONDS)))
                with self._lock:
                    self._pool.serve()
                    if waiter.grant is Grant.WAIT and left <= 0:
                        raise transport_error(PoolTimeoutError, request)
        except BaseException:
            with self._lock:
                self._pool.withdraw(waiter, monotonic())
            raise
        return waiter.grant

    def _connect(self, connection: SocketConnection, request: Request) -> SocketConnection:
        if not connection.is_new:
            with self._lock:
                connection = self._pool.renew(connection)
        try:
            context = self._tls_context() if connection.origin[0] == "https" else None
            connection.open(request.timeout.connect, context)
        except BaseException as error:  # noqa: BLE001  # raised again, perhaps renamed
            self.give_back(connection, reusable=False)
            raise_from(connect_error(error, request), error)
        return connection

    def _tls_context(self) -> ssl.SSLContext:
        with self._context_lock:
            if self._context is None:
                from wrapper._engine.tls import tls_context

                self._context = tls_context(self._verify)
            return self._context

    def give_back(self, connection: SocketConnection, *, reusable: bool) -> None:
        """Take back what was lent."""
        if reusable:
            with self._lock:
                self._pool.release(connection, monotonic())
        else:
            connection.close()
            with self._lock:
                self._pool.discard(connection)

    def fail(
        self,
        connection: SocketConnection,
        error: BaseException,
        request: Request,
        reader: AnswerReader,
        *,
        sent: bool,
    ) -> NoReturn:
        """Give up a connection and raise what that means."""
        at = connection.reused_at
        reused_for = None if at is None else monotonic() - at
        closed_while_idle = was_closed_while_idle(
            error, reused_for, connection.round_trip, begun=reader.begun
        )
        self.give_back(connection, reusable=False)
        if closed_while_idle:
            with self._lock:
                self._pool.drop_idle(connection.origin)
        reader.abandon()
        raise_from(
            exchange_error(error, request, sent=sent, closed_while_idle=closed_while_idle), error
        )


class SocketOpenAnswer:
    """An answer whose body is still to come.

    Attributes:
        status: The HTTP status.
        headers: The headers.
        head: All of the head.
    """

    def __init__(
        self,
        engine: SocketEngine,
        connection: SocketConnection,
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
        # Taken out in one step, so that only one thread has it.
        self._held = [connection]
        self._being_read: SocketConnection | None = None
        self._is_closed = False
        self._request = request
        self._reader = reader
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        """The body as it comes, in pieces of 64 KiB at most.

        Raises:
            TransportError: It breaks off, or is malformed.
        """
        reader = self._reader
        while True:
            if reader.finished:
                self.close()
            if reader.pieces:
                yield reader.take()
            elif reader.finished:
                return
            else:
                self._read()

    def close(self) -> None:
        """Give the connection up; one that was read to the end may serve again.

        Another thread that is reading then gets an error, and gives it up.
        """
        self._is_closed = True
        try:
            connection = self._held.pop()
        except IndexError:
            if (being_read := self._being_read) is not None:
                being_read.shut_down()
        else:
            reusable = self._sent and self._reader.reusable
            self._engine.give_back(connection, reusable=reusable)

    def _read(self) -> None:
        try:
            connection = self._held.pop()
        except IndexError:
            raise self._closed_error() from None
        self._being_read = connection
        try:
            if not self._is_closed:  # or whoever closes it has seen that it is being read
                _read(connection, self._reader, self._request.timeout)
        except BaseException as error:
            if self._is_closed and isinstance(error, Exception):
                self._engine.give_back(connection, reusable=False)
                raise self._closed_error() from error
            self._engine.fail(connection, error, self._request, self._reader, sent=self._sent)
        finally:
            self._being_read = None
        self._held.append(connection)
        if self._is_closed:
            with suppress(IndexError):  # whoever closed it may have it
                self._engine.give_back(self._held.pop(), reusable=False)
            raise self._closed_error()

    def _closed_error(self) -> TransportError:
        return transport_error(ProtocolError, self._request, "the answer was closed before its end")


def _send(connection: SocketConnection, request: Request, reader: AnswerReader) -> bool:
    """Send a request; whether all of it was, for an answer may come that makes the rest idle."""
    body = request.body
    data = request.head + end_of_head(request.method, len(body))
    timeout = request.timeout
    if len(body) <= JOINED_BYTES:
        return _push(connection, data + body, reader, timeout)
    return _push(connection, data, reader, timeout) and _push(connection, body, reader, timeout)


def _send_pieces(
    connection: SocketConnection,
    request: Request,
    reader: AnswerReader,
    pieces: Iterable[bytes],
    length: int,
) -> bool:
    """As `_send`, with a body that comes in pieces."""
    timeout = request.timeout
    framer = BodyFramer(length)
    data = request.head + end_of_head(request.method, length)
    for piece in _guarded(pieces):
        if _look(connection, reader) or not _push(
            connection, data + framer.frame(piece), reader, timeout
        ):
            return False
        data = b""
    return _push(connection, data + framer.end(), reader, timeout)


def _guarded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces; an error of theirs is told from one of the connection."""
    try:
        yield from pieces
    except Exception as error:
        raise BodySourceError(error) from error


def _push(
    connection: SocketConnection,
    data: bytes | memoryview,
    reader: AnswerReader,
    timeout: Phases,
) -> bool:
    """Send bytes; False when an answer came that makes them idle."""
    while True:
        try:
            count = connection.send(data)
        except OSError:
            # The server reads no more. Perhaps it has said why.
            while reader.head is None and (received := connection.receive_now()):
                reader.gather(received)
            if reader.head is None:
                raise
            return False
        if count == len(data):
            return True
        data = memoryview(data)[count:]
        # An answer is looked for only until it is there: the rest of it is read after sending.
        events = READABLE | WRITABLE if reader.head is None else WRITABLE
        came = connection.wait(events, timeout.write)
        settled = _look(connection, reader) if came & READABLE else reader.settled
        if settled or (not came and reader.head is not None):
            return False
        if not came:
            raise PhaseTimeoutError(WriteTimeoutError)


def _look(connection: SocketConnection, reader: AnswerReader) -> bool:
    """Read what has come of an answer's head; whether that makes the rest of the request idle."""
    if reader.head is None:
        received = connection.receive_now()
        if received:
            reader.gather(received)
        elif received is not None:
            reader.end()
    return reader.settled


def _read(connection: SocketConnection, reader: AnswerReader, timeout: Phases) -> None:
    """Read once."""
    window = reader.window()
    if window is not None:
        if count := connection.receive_into(window, timeout):
            reader.advance(count)
            return
    elif received := connection.receive(timeout):
        reader.gather(received)
        return
    reader.end()
