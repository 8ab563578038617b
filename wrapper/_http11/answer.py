"""An HTTP/1.1 answer from the bytes of a connection, without I/O (RFC 9112)."""

from __future__ import annotations

from typing import Final

from wrapper._http import MAX_ANSWER_BYTES, MAX_ERROR_BYTES
from wrapper._http11.body import ChunkedDecoder, Gatherer
from wrapper._http11.head import (
    CHUNKED,
    MAX_HEAD_BYTES,
    UNTIL_CLOSE,
    AnswerError,
    AnswerHead,
    parse_head,
)

__all__ = [
    "MAX_INTERIM_ANSWERS",
    "AnswerReader",
    "ConnectionEndedError",
    "StreamedAnswerReader",
    "WholeAnswerReader",
]

MAX_INTERIM_ANSWERS: Final = 16
"""Interim (1xx) answers before the final one, at most."""


class ConnectionEndedError(AnswerError):
    """The connection ended before the answer did."""


class AnswerReader:
    """Reads one answer.

    Attributes:
        head: The head of the final answer, once it is there.
        begun: Whether a byte of an answer has come.
        finished: Whether the answer has ended.
        remaining: How many bytes of the body are still to come; negative as in `AnswerHead.length`.
    """

    __slots__ = (
        "_buffer",
        "_chunks",
        "_interim_answers",
        "_method",
        "_surplus",
        "begun",
        "finished",
        "head",
        "remaining",
    )

    def __init__(self, method: str) -> None:
        """Begin.

        Args:
            method: The method of the request: it decides whether the answer has a body.
        """
        self.head: AnswerHead | None = None
        self.begun = False
        self.finished = False
        self.remaining = 0
        self._method = method
        self._buffer: bytearray | None = None
        self._chunks: ChunkedDecoder | None = None
        self._interim_answers = 0
        self._surplus = False

    @property
    def reusable(self) -> bool:
        """Whether the connection may serve again: the answer has ended, and nothing came after."""
        head = self.head
        return self.finished and not self._surplus and head is not None and head.persistent

    @property
    def settled(self) -> bool:
        """Whether what is still unsent of the request's body has become pointless.

        An error makes it so (RFC 9112, section 9.3), and so does an answer that has ended. Any
        other may come from a server that answers while it reads.
        """
        return self.finished or (self.head is not None and self.head.status >= 300)

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the connection.

        Returns:
            The bytes of the body among them.

        Raises:
            AnswerError: They are not a valid answer.
        """
        if self.head is None:
            self.begun = True
            rest = self._feed_head(data)
            if rest is None:
                return b""
            data = rest
        remaining = self.remaining
        if remaining > len(data):
            self.remaining = remaining - len(data)
            return data
        if remaining >= 0:
            self.finished = True
            self.remaining = 0
            if remaining == len(data):
                return data
            self._surplus = True
            return data[:remaining]
        chunks = self._chunks
        if chunks is not None:
            data = chunks.feed(data)
            if chunks.finished:
                self.finished = True
                self.remaining = 0
                self._surplus = chunks.surplus
        return data

    def gather(self, data: bytes) -> None:
        """Take bytes of the connection, and keep those of the body.

        Raises:
            AnswerError: They are not a valid answer.
        """
        raise NotImplementedError

    def window(self) -> memoryview | None:
        """Where the next bytes may be read straight to, instead of being gathered, if anywhere."""
        return None

    def advance(self, count: int) -> None:
        """Say how many bytes were read into the window."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Say that nothing more will come."""

    def end(self) -> None:
        """Say that the connection ended.

        Raises:
            ConnectionEndedError: The answer did not.
        """
        if self.finished:
            return
        if self.head is None:
            where = "in the middle of its head" if self.begun else "before it"
            raise ConnectionEndedError(f"the connection was closed {where}")
        if self.remaining == UNTIL_CLOSE:
            self.finished = True
            return
        length = self.head.length
        raise ConnectionEndedError(
            "the connection was closed in the middle of its chunked body"
            if length == CHUNKED
            else f"the connection was closed after {length - self.remaining} of {length} bytes "
            "of its body"
        )

    def _feed_head(self, data: bytes | bytearray) -> bytes | None:
        """Look for the head; what comes after it, or None while it is not whole."""
        held = self._buffer
        start = checked = 0
        if held is not None:
            start = max(len(held) - 3, 0)
            checked = len(held) - held.endswith(b"\r")
            held += data
            data = held
        while (end := data.find(b"\r\n\r\n", start)) >= 0:
            if end > MAX_HEAD_BYTES:
                break
            head = parse_head(bytes(data[:end]), self._method)
            data = data[end + 4 :]
            if head.status >= 200:
                self.head = head
                self.remaining = head.length
                if head.length == CHUNKED:
                    self._chunks = ChunkedDecoder()
                self._buffer = None
                return bytes(data)
            self._interim_answers += 1
            if head.status == 101:
                raise AnswerError("it switches to another protocol, which nobody asked for")
            if self._interim_answers > MAX_INTERIM_ANSWERS:
                raise AnswerError(f"more than {MAX_INTERIM_ANSWERS} interim answers came before it")
            held, start, checked = None, 0, 0
        if len(data) > MAX_HEAD_BYTES:
            raise AnswerError(f"its head is longer than {MAX_HEAD_BYTES} bytes")
        # Said at once, for who sends this may never send the end of a head.
        if not b"HTTP/1.".startswith(data[:7]):
            raise AnswerError("it does not begin with a status line of HTTP/1")
        if data.count(b"\n", checked) > data.count(b"\r\n", checked):
            raise AnswerError("a line of its head ends in LF alone")
        self._buffer = held if held is not None else bytearray(data)
        return None


class StreamedAnswerReader(AnswerReader):
    """Reads one answer and keeps its body as it comes.

    Attributes:
        pieces: What came of the body; whoever reads it takes it away.
    """

    __slots__ = ("pieces",)

    def __init__(self, method: str) -> None:
        """As `AnswerReader`."""
        super().__init__(method)
        self.pieces: list[bytes] = []

    def gather(self, data: bytes) -> None:
        """As `AnswerReader.gather`."""
        if piece := self.feed(data):
            self.pieces.append(piece)

    def take(self) -> bytes:
        """Take away what came of the body."""
        pieces = self.pieces
        if len(pieces) == 1:
            return pieces.pop()
        self.pieces = []
        return b"".join(pieces)


class WholeAnswerReader(AnswerReader):
    """Reads one answer and gathers its body, that of an error as far as `MAX_ERROR_BYTES`."""

    __slots__ = ("_body", "_gatherer", "_is_error", "_room")

    def __init__(self, method: str) -> None:
        """As `AnswerReader`."""
        super().__init__(method)
        self._body = b""
        self._gatherer: Gatherer | None = None
        self._is_error = False
        self._room = 0

    @property
    def body(self) -> bytes:
        """The body, once the answer is finished.

        Not earlier: while an event loop tells of a read it may hold the window, and the memory
        would be copied.
        """
        if self._gatherer is not None:
            self._body = self._gatherer.take()
            self._gatherer = None
        return self._body

    def gather(self, data: bytes) -> None:
        """As `AnswerReader.gather`."""
        piece = self.feed(data)
        gatherer = self._gatherer
        if gatherer is None:
            if self.finished:
                self._body += piece  # which is empty when the answer had been finished before
                return
            if self.head is None:
                return
            gatherer = self._gatherer = self._begin_body(self.head)
        self._room -= len(piece)
        if self._room < 0:
            if not self._is_error:
                raise _too_large()
            piece = piece[: self._room]
            self.finished = self._surplus = True  # the rest is not wanted
            self.remaining = 0
        gatherer.add(piece)

    def _begin_body(self, head: AnswerHead) -> Gatherer:
        self._is_error = not 200 <= head.status < 300
        if self._is_error:
            self._room = MAX_ERROR_BYTES
            return Gatherer(-1)
        self._room = MAX_ANSWER_BYTES
        if head.length > MAX_ANSWER_BYTES:
            raise _too_large()
        return Gatherer(head.length)

    def window(self) -> memoryview | None:
        """As `AnswerReader.window`."""
        if self._gatherer is None or self.remaining <= 0 or self._is_error:
            return None
        return self._gatherer.window()

    def advance(self, count: int) -> None:
        """As `AnswerReader.advance`."""
        assert self._gatherer is not None  # noqa: S101  # there was a window
        self._gatherer.advance(count)
        self.remaining -= count
        if not self.remaining:
            self.finished = True

    def abandon(self) -> None:
        """As `AnswerReader.abandon`."""
        if self._gatherer is not None:
            self._gatherer.close()


def _too_large() -> AnswerError:
    return AnswerError(
        f"it is larger than {MAX_ANSWER_BYTES} bytes, the most that is read at once: "
        "read larger ones as a response stream"
    )
