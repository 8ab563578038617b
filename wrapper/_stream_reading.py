"""How far a response stream has been read: bytes of the connection in, values of one way out.

A stream is read in one way at a time: as bytes, text, lines, JSON values or server-sent events.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

from wrapper._errors import ProtocolError, SageMakerRuntimeError, StreamError
from wrapper._splitting import LineSplitter, Splitter, TextSplitter
from wrapper._stream_events import StreamEvents

__all__ = ["StreamReading", "Way"]

_T = TypeVar("_T")


class Way(Generic[_T]):
    """One way of reading a stream.

    Attributes:
        name: What the caller called.
        ready: Values that were not handed over yet.
        is_over: Whether there are no more.
    """

    __slots__ = ("holds", "is_over", "name", "ready", "splitter")

    def __init__(self, name: str, splitter: Splitter[_T] | None) -> None:
        self.name = name
        self.splitter = splitter
        self.ready: deque[_T] = deque()
        self.is_over = False
        self.holds = False  # bytes of the output that another way would miss


class StreamReading:
    """What both streams share: the way that is being read, and how the stream ended.

    A context manager for reading on, which one task or thread may do at a time; `close` may be
    called by others meanwhile, and by a signal's handler at any point.

    Attributes:
        is_ended: Whether nothing more comes.
        is_closed: Whether the caller closed the stream before its end, or gave up reading it.
        failure: What ended the stream, raised whenever it is read again: nobody shall take a broken
            stream for a whole one.
    """

    def __init__(self, request_id: str | None, media_type: str | None) -> None:
        """Begin; the arguments are those of `StreamEvents`."""
        self._request_id = request_id
        self._events = StreamEvents(request_id, media_type)
        self._parts: deque[bytes] = deque()
        self._way: Way[Any] | None = None
        self._turn = threading.Lock()
        self.is_ended = False
        self.is_closed = False
        self.failure: SageMakerRuntimeError | None = None

    def begin(self, name: str, make: Callable[[], Splitter[_T] | None]) -> Way[_T]:
        """Read in one way; the same as before goes on where it was left.

        Raises:
            StreamError: The stream was closed; or another way holds some of the output, or is being
                read.
            SageMakerRuntimeError: What ended the stream, when nothing is left but that.
        """
        self._check_open()
        way = self._way
        if way is None or way.name != name:
            new = Way(name, make())
            with self:
                if self._way is not None:
                    self._leave(self._way, name)
                self._way = way = new
        if way.is_over and not way.ready:
            self.check_whole(way)
        return way

    def __enter__(self) -> Self:
        if not self._turn.acquire(blocking=False):
            raise self._error("another task or thread is reading the stream")
        return self

    def __exit__(self, *_: object) -> None:
        self._turn.release()

    @property
    def is_being_read(self) -> bool:
        """Whether somebody waits for more."""
        return self._turn.locked()

    def advance(self, way: Way[Any]) -> bool:
        """Make values of what has come; False when more has to come first.

        Raises:
            StreamError: The stream was closed, or is read in another way now.
        """
        self._check_in_force(way)
        splitter = way.splitter
        if self._parts:
            if splitter is None:
                way.ready.extend(self._parts)
                self._parts.clear()
            else:
                way.holds = True
                if (error := _split(way, splitter.feed, self._parts.popleft())) is not None:
                    self._end(way, error)  # before whatever else ended the stream
        elif self.is_ended:
            way.is_over = True
            if splitter is not None and (self.failure is None or isinstance(splitter, _DIVISIBLE)):
                error = _split(way, splitter.end)
                if error is not None and self.failure is None:
                    self._end(way, error)
        else:
            return False
        return True

    def take_all(self, way: Way[bytes]) -> bytes:
        """Everything that is ready of a way that is over.

        Raises:
            SageMakerRuntimeError: As `check_whole`; what is ready then stays so.
        """
        with self:
            rest = b"".join(way.ready)
            self.check_whole(way)
            way.ready.clear()
        return rest

    def has_ready(self, way: Way[Any]) -> bool:
        """Whether a value is ready; if not, the way is over.

        Raises:
            SageMakerRuntimeError: As `check_whole`, when none is.
        """
        if way.ready:
            return True
        self.check_whole(way)
        return False

    def check_whole(self, way: Way[Any]) -> None:
        """Raise what keeps a way that has nothing ready from having handed over the whole output.

        Raises:
            StreamError: The stream was closed, or is read in another way now.
            SageMakerRuntimeError: What ended the stream before its end.
        """
        if not way.is_over:
            self._check_in_force(way)
        self._check_open()
        if self.failure is not None:
            raise self.failure.with_traceback(None)  # else it would grow each time

    def feed(self, piece: bytes | None) -> None:
        """Take what came of the connection; None for its end."""
        if self.is_closed:
            return
        if piece is None:
            try:
                self._events.end()
            except StreamError as error:
                self.failure = error
            self.is_ended = True
        else:
            self._parts.extend(self._events.feed(piece))
            if self._events.error is not None:
                self.failure = self._events.error
                self.is_ended = True

    def fail(self, error: SageMakerRuntimeError) -> None:
        """Say that the connection broke."""
        if self.is_closed:
            return
        self.failure = error
        if isinstance(error, ProtocolError):
            self.failure = self._events.truncated(error)
            self.failure.__cause__ = error
        self.is_ended = True

    def close(self) -> None:
        """Say that the caller closes the stream. What had come to its end can still be read."""
        if not self.is_ended:
            self.is_closed = True  # first: whoever finds nothing ready then finds out why
            if self._way is not None:
                self._way.ready.clear()

    def interrupt(self) -> None:
        """Say that an exception struck whoever was reading: what was in hand may be lost."""
        self.is_closed = True

    def __str__(self) -> str:
        if self.failure is not None:
            return "failed"
        if self.is_ended and not self._parts and (self._way is None or not self._way.ready):
            return "finished"
        return "closed" if self.is_closed else "open"

    def _check_in_force(self, way: Way[Any]) -> None:
        self._check_open()
        if way is not self._way:
            by = "" if self._way is None else f": by {self._way.name}"
            raise self._error(f"the stream is read in another way now{by}")

    def _check_open(self) -> None:
        if self.is_closed:
            raise self._error(
                "the stream was closed before its end: by close(), at the end of its `with` "
                "block, or because reading it was cancelled or interrupted"
            )

    def _leave(self, way: Way[Any], name: str) -> None:
        """End one way for another that takes over what was not handed over."""
        if way.is_over and not way.ready:
            self.check_whole(way)
        if way.splitter is None:
            way.is_over = way.is_over and not way.ready
            self._parts.extendleft(reversed(way.ready))
            way.ready.clear()
        elif way.ready or (way.holds and not way.is_over):
            raise self._error(
                f"the stream is read by {way.name}, which holds output that {name} would miss: "
                f"read on with {way.name}"
            )

    def _end(self, way: Way[Any], error: StreamError) -> None:
        """End the stream where its output is not what it is read as."""
        error.request_id = self._request_id
        self._parts.clear()
        way.is_over = self.is_ended = True
        self.failure = error

    def _error(self, text: str) -> StreamError:
        return StreamError(text, request_id=self._request_id)


def _split(way: Way[_T], split: Callable[..., list[_T]], *part: bytes) -> StreamError | None:
    """Make values ready; what is malformed after them, if anything is."""
    try:
        way.ready.extend(split(*part))
    except StreamError as error:
        return error
    return None if way.splitter is None else way.splitter.error


# What is worth having of a value that a failure cut: the beginning of a line is, that of a JSON
# value or an event, which would be taken for a whole one, is not.
_DIVISIBLE = (TextSplitter, LineSplitter)
