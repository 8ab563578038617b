"""A connection for the asynchronous engine: an asyncio protocol around an answer's reader.

A `BufferedProtocol`: asyncio's other kind allocates 256 KiB for each read, which takes longer than
all the rest of a call. What belongs to a body of known length is read straight to its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wrapper._engine.exchange_errors import PhaseTimeoutError
from wrapper._engine.outbox import Outbox
from wrapper._engine.phase_timer import PhaseTimer
from wrapper._engine.pool import Origin
from wrapper._engine.transport_stack import TransportStack
from wrapper._errors import ReadTimeoutError, TransportError, WriteTimeoutError
from wrapper._http11.answer import AnswerReader, ConnectionEndedError
from wrapper._http11.head import UNTIL_CLOSE, AnswerError
from wrapper._timeouts import Phases

if TYPE_CHECKING:
    import ssl

__all__ = ["READ_BYTES", "TLS_READ_BYTES", "AsyncConnection"]

READ_BYTES: Final = 65_536
"""How much is read at once, and how much of a stream waits for its reader, about."""

TLS_READ_BYTES: Final = 262_144
"""How much is decrypted at once: all that asyncio reads at once.

What it would leave for the loop's next turn is lost where the connection ends meanwhile.
"""

# How much is handed to asyncio at once: before the next of it an answer that came early is seen.
_WRITE_BYTES = 524_288


class AsyncConnection(asyncio.BufferedProtocol):
    """A connection, plain or with TLS.

    Attributes:
        origin: Where it goes.
        is_new: Whether it is still to be connected.
        is_closed: Whether it was closed, here or by the server.
        idle_since: The pool's.
        reused_at: When it was taken to serve again, on the monotonic clock; None for a new one.
        round_trip: How long connecting took, in seconds, names and TLS left out.
    """

    __slots__ = (
        "__weakref__",
        "_failure",
        "_in_window",
        "_loop",
        "_on_closed",
        "_outbox",
        "_posted",
        "_reader",
        "_reading_paused",
        "_scratch",
        "_streams",
        "_timer",
        "_transports",
        "_unread",
        "_waiter",
        "_writing",
        "_writing_paused",
        "idle_since",
        "is_closed",
        "is_new",
        "origin",
        "reused_at",
        "round_trip",
    )

    def __init__(
        self,
        origin: Origin,
        loop: asyncio.AbstractEventLoop,
        outbox: Outbox,
        scratch: memoryview,
        on_closed: Callable[[AsyncConnection], object],
    ) -> None:
        """Begin before the connection is made.

        Args:
            origin: Where it goes.
            loop: Its event loop.
            outbox: Where what is short waits to be sent.
            scratch: Where to read to. All connections of a loop may share it, for a loop asks for
                it, reads and tells in one go.
            on_closed: Called when the connection closes by itself.
        """
        self.origin = origin
        self.is_new = True
        self.idle_since = 0.0
        self.reused_at: float | None = None
        self.round_trip = 0.0
        self._loop = loop
        self._outbox = outbox
        self._scratch = scratch
        self._on_closed = on_closed
        self._transports: TransportStack | None = None
        self.is_closed = False
        self._failure: Exception | None = None
        self._reader: AnswerReader | None = None
        self._streams = False
        self._in_window = False
        self._unread = 0
        self._reading_paused = False
        self._posted = False
        self._writing = False
        self._writing_paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._timer = PhaseTimer(loop, self)

    # What the engine does.

    def is_usable(self) -> bool:
        """Whether it is open and quiet.

        The event loop may not have come to see that the server has closed it.
        """
        return not (self.is_new or self.is_closed) and self._open().is_quiet()

    def is_sound(self) -> bool:
        """Whether it may serve again, as far as is known: it is open, and owes nothing."""
        return not (self.is_closed or self._failure is not None or self.has_unsent())

    async def secure(self, context: ssl.SSLContext, server_name: str) -> None:
        """As `TransportStack.secure`."""
        await self._open().secure(self, context, server_name)

    def begin(self, reader: AnswerReader, *, streams: bool) -> None:
        """Begin an exchange.

        Args:
            reader: What reads the answer.
            streams: Whether its body is wanted as it comes, not when it is whole.
        """
        self._reader = reader
        self._streams = streams

    def has_unsent(self) -> bool:
        """Whether something has not gone out, as far as is known."""
        # asyncio says when it has sent what it was given, but not what TLS was given.
        return self._posted or (self._open().is_tls and self.unsent_bytes() > 0)

    def post(self, data: bytes, *, is_alone: bool) -> None:
        """Send bytes without waiting: few, or they fill the memory.

        What becomes of them shows at the next wait.

        Args:
            data: The bytes.
            is_alone: Whether no other connection may have something to send; else they are sent
                together, at the end of the loop's turn.
        """
        self._posted = True
        if is_alone:
            self.transmit(data)
        else:
            self._outbox.put(self, data)

    async def write(self, data: bytes | memoryview, timeout: Phases) -> bool:
        """Send bytes; False when an answer came that makes them idle.

        Raises:
            OSError: The connection broke.
            PhaseTimeoutError: There was no room for any of them in time.
        """
        reader = self._reader
        assert reader is not None  # noqa: S101  # `begin` was called
        view = memoryview(data)
        self._writing = True
        try:
            while True:
                while self._has_no_room() and not (reader.settled or self._failure):
                    await self.wait(WriteTimeoutError, timeout)
                if reader.settled:
                    return False
                if self._failure is not None:
                    if reader.head is None:
                        self._raise_failure()
                    if isinstance(self._failure, PhaseTimeoutError):
                        self._failure = None  # the answer that has begun may be whole all the same
                    return False
                if not view:
                    return True
                self._open().top.write(view[:_WRITE_BYTES])
                view = view[_WRITE_BYTES:]
                if view:
                    await asyncio.sleep(0)  # the loop may have something to read
        finally:
            self._writing = False

    async def wait(self, kind: type[TransportError], timeout: Phases) -> None:
        """Wait until something of the answer came that is wanted, or there is room to write.

        What came before a failure is not lost: the failure is raised by the next wait.

        Args:
            kind: What it is when nothing does: the read or the write timeout's error.
            timeout: For how long; asked anew whenever something happens.

        Raises:
            OSError: The connection broke.
            AnswerError: What came is not valid.
            PhaseTimeoutError: Nothing happened in time.
        """
        if self._failure is not None:
            self._raise_failure()
        self._waiter = self._loop.create_future()
        if self.unsent_bytes() > 0:
            kind = WriteTimeoutError
        self._timer.begin(kind, timeout)
        try:
            await self._waiter
        finally:
            self._waiter = None
            self._timer.end()

    def taken(self) -> None:
        """Say that what had come of a stream was taken away."""
        self._unread = 0
        if self._reading_paused:
            self._reading_paused = False
            self._open().top.resume_reading()

    def end(self) -> None:
        """End an exchange after which the connection may serve again."""
        self._reader = None
        self._timer.forget()
        self.taken()

    def close(self) -> None:
        """Close it, without waiting."""
        self.is_closed = True
        self._reader = None
        self._timer.cancel()
        if self._transports is not None:
            self._transports.top.abort()
        if self._waiter is not None:  # somebody else closes it
            self._fail(ConnectionEndedError("the connection was closed"))

    def abandon(self) -> None:
        """Let go of it after its event loop was closed."""
        self.is_closed = True
        self._reader = None
        if self._transports is not None:
            self._transports.close_without_loop()
            self._transports = None

    # What the outbox calls.

    def transmit(self, data: bytes) -> None:
        """Send what was posted, unless it has become pointless."""
        if self.is_closed:
            return
        transport = self._open().top
        try:
            transport.write(data)
        except Exception as error:  # noqa: BLE001  # for whoever waits, not for the loop
            self._fail(error)
            return
        # asyncio says nothing when it could not send.
        self._posted = self._writing_paused or transport.is_closing()
        if self._waiter is not None and self.has_unsent():
            self._timer.turn_to(WriteTimeoutError)

    # What the timer calls.

    def unsent_bytes(self) -> int:
        """How much was handed to asyncio, and not to the operating system."""
        return 0 if self._transports is None else self._transports.unsent_bytes()

    def timed_out(self, kind: type[TransportError]) -> None:
        """Say that a phase took too long; unless what is waited for came in the same moment."""
        if self._waiter is not None and not self._waiter.done():
            self._fail(PhaseTimeoutError(kind))

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As in `asyncio.BaseProtocol`."""
        self._transports = TransportStack(transport)
        self.is_new = False

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # its name is asyncio's
        """As in `asyncio.BufferedProtocol`."""
        reader = self._reader
        if reader is not None:
            window = reader.window()
            if window is not None:
                self._in_window = True
                return window
        self._in_window = False
        return self._scratch

    def buffer_updated(self, nbytes: int) -> None:
        """As in `asyncio.BufferedProtocol`."""
        reader = self._reader
        if self._failure is not None:
            return
        if reader is None:  # nobody asked for anything: whatever it is, it is no answer
            self._close_by_itself()
            return
        if self._in_window:
            reader.advance(nbytes)
        else:
            try:
                reader.gather(bytes(self._scratch[:nbytes]))
            except AnswerError as error:
                self._fail(error)
                return
            if self._streams and reader.head is not None:
                self._unread += nbytes
                if self._unread >= READ_BYTES and not self._reading_paused:
                    self._reading_paused = True
                    self._open().top.pause_reading()
        if reader.finished or (reader.head is not None and (self._streams or self._writing)):
            self._wake()
        else:
            self._timer.something_happened()

    def eof_received(self) -> None:
        """As in `asyncio.Protocol`."""
        reader = self._reader
        if reader is None or reader.finished:
            self._close_by_itself()
            return
        try:
            if reader.remaining == UNTIL_CLOSE and not self._open().ended_properly():
                raise ConnectionEndedError("the connection was cut off, without TLS's own end")
            reader.end()
        except AnswerError as error:
            self._fail(error)
        else:
            self.is_closed = True
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """As in `asyncio.BaseProtocol`."""
        if not self.is_closed:
            self._close_by_itself()
        reader = self._reader
        if reader is not None and not reader.finished and self._failure is None:
            try:
                if isinstance(exc, OSError):
                    self._salvage(reader)
            except AnswerError as error:
                exc = error
            self._fail(exc or ConnectionEndedError("the connection was closed"))

    def pause_writing(self) -> None:
        """As in `asyncio.BaseProtocol`."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """As in `asyncio.BaseProtocol`."""
        self._writing_paused = False
        if self._writing:
            self._wake()
        elif self._posted:
            self._posted = False
            if self._waiter is not None:
                self._timer.turn_to(ReadTimeoutError)

    # The rest.

    def _has_no_room(self) -> bool:
        """Whether writing has to wait: for what is unsent, or for the end that is on its way."""
        return self._writing_paused or self._open().top.is_closing()

    def _open(self) -> TransportStack:
        assert self._transports is not None  # noqa: S101  # asyncio said so
        return self._transports

    def _salvage(self, reader: AnswerReader) -> None:
        """Read what is left: a server may say why it refuses a request and close before its end."""
        transports = self._open()
        with suppress(OSError):
            while not reader.finished and (data := transports.read_what_is_left(READ_BYTES)):
                reader.gather(data)

    def _close_by_itself(self) -> None:
        self.is_closed = True
        self._open().top.abort()
        if self._reader is None:
            self._on_closed(self)

    def _fail(self, failure: Exception) -> None:
        self._failure = failure
        self._wake()

    def _raise_failure(self) -> None:
        assert self._failure is not None  # noqa: S101  # that is when it is called
        try:
            raise self._failure
        finally:
            # It has the frame of whoever waits on its traceback, which has the connection.
            self._failure = None

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
