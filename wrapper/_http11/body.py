"""The bodies of HTTP/1.1 messages: chunks made and taken apart, whole bodies gathered."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Final

from wrapper._http11.head import (
    CHUNKED,
    MAX_HEAD_BYTES,
    AnswerError,
    RequestError,
    parse_fields,
)

__all__ = [
    "JOINED_BYTES",
    "MAX_CHUNK_LINE_BYTES",
    "PREALLOCATED_BYTES",
    "BodyFramer",
    "ChunkedDecoder",
    "Gatherer",
]

JOINED_BYTES: Final = 32_768
"""A body up to this size is copied behind its head, for one system call is faster than two."""

MAX_CHUNK_LINE_BYTES: Final = 4096
"""The line before a chunk, extensions included, at most."""

PREALLOCATED_BYTES: Final = 32 * 1024 * 1024
"""A body's memory is reserved at once up to this size; beyond it only as the bytes come."""

_HEX_DIGITS = b"0123456789abcdefABCDEF"
_MAX_SIZE_DIGITS = 15
_REMEMBERED_DIGITS = 3
_ODD_SIZE = "the size of a chunk of its body is malformed"
_ODD_END = "a chunk of its body does not end where its size says"


class BodyFramer:
    """Frames a request's body that comes in pieces."""

    __slots__ = ("_length", "_sent")

    def __init__(self, length: int) -> None:
        """Begin.

        Args:
            length: The length that the head says, or `CHUNKED`.
        """
        self._length = length
        self._sent = 0

    def frame(self, piece: bytes) -> bytes:
        """What to send for a piece.

        Raises:
            RequestError: The body is longer than its head says.
        """
        if self._length == CHUNKED:  # an empty chunk would be the last
            return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
        self._sent += len(piece)
        if self._sent > self._length:
            raise RequestError(f"the body is longer than its Content-Length, {self._length} bytes")
        return piece

    def end(self) -> bytes:
        """What to send after the last piece.

        Raises:
            RequestError: The body is shorter than its head says.
        """
        if self._length == CHUNKED:
            return b"0\r\n\r\n"
        if self._sent < self._length:
            raise RequestError(
                f"the body has {self._sent} bytes, and its Content-Length says {self._length}"
            )
        return b""


class ChunkedDecoder:
    """Takes a chunked body apart, in one pass over each read (RFC 9112, section 7.1).

    Extensions of chunks are skipped. Trailers are checked and dropped.

    Attributes:
        finished: Whether the body, trailers included, has ended.
        surplus: Whether there were bytes after its end.
    """

    __slots__ = ("_held", "_left", "_sizes", "finished", "surplus")

    def __init__(self) -> None:
        # What of the body's frame came but was cut off: the line of a size, or the end of a chunk.
        self._held = b""
        # How much is still to come of the chunk that was begun, the line end after it included.
        self._left = 0
        # A stream's chunks are mostly of a few sizes.
        self._sizes: dict[bytes, int] = {}
        self.finished = False
        self.surplus = False

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the connection.

        Returns:
            The bytes of the body among them.

        Raises:
            AnswerError: They are not valid chunks.
        """
        left = self._left
        if left - 2 > len(data):
            self._left = left - len(data)
            return data
        pieces: list[bytes] = []
        position = 0
        if left:
            content = max(left - 2, 0)
            pieces.append(data[:content])
            if not b"\r\n"[-left:].startswith(data[content:left]):
                raise AnswerError(_ODD_END)
            self._left = max(left - len(data), 0)
            if self._left:
                return pieces[0]
            position = left
        if self._held:
            data = self._held + data[position:]
            position = 0
            self._held = b""
        find = data.find
        sizes = self._sizes
        while True:
            line_end = find(b"\r\n", position)
            if line_end < 0:
                break
            size_line = data[position:line_end]
            size = sizes.get(size_line)
            if size is None:
                size = _chunk_size(size_line)
                if len(size_line) <= _REMEMBERED_DIGITS:
                    sizes[size_line] = size
            if not size:
                self._end_body(data, position, line_end)
                return b"".join(pieces)
            start = line_end + 2
            end = start + size
            position = end + 2
            if position > len(data):
                pieces.append(data[start:end])
                self._left = position - len(data)
                if end < len(data) and data[end] != 0x0D:
                    raise AnswerError(_ODD_END)
                return b"".join(pieces)
            if data[end:position] != b"\r\n":
                raise AnswerError(_ODD_END)
            pieces.append(data[start:end])
        self._hold(data[position:])
        return b"".join(pieces)

    def _hold(self, rest: bytes) -> None:
        if len(rest) > MAX_CHUNK_LINE_BYTES:
            raise AnswerError(f"a chunk's line is longer than {MAX_CHUNK_LINE_BYTES} bytes")
        # Said at once, for whoever sends no line end may never send another byte.
        digits = rest.partition(b";")[0].rstrip(b"\r \t")
        if digits.translate(None, _HEX_DIGITS) or len(digits) > _MAX_SIZE_DIGITS or b"\n" in rest:
            raise AnswerError(_ODD_SIZE)
        self._held = rest

    def _end_body(self, data: bytes, position: int, line_end: int) -> None:
        """Take the last chunk's line and the trailers."""
        end = data.find(b"\r\n\r\n", line_end)
        if end < 0:
            if len(data) - line_end > MAX_HEAD_BYTES:
                raise AnswerError(f"its trailers are longer than {MAX_HEAD_BYTES} bytes")
            self._held = data[position:]
            return
        if end > line_end:
            if end - line_end > MAX_HEAD_BYTES:
                raise AnswerError(f"its trailers are longer than {MAX_HEAD_BYTES} bytes")
            parse_fields(data[line_end + 2 : end])
        self.finished = True
        self.surplus = end + 4 < len(data)


def _chunk_size(line: bytes) -> int:
    """The size of a chunk, by its line, which may have extensions (section 7.1.1)."""
    digits, _, extension = line.partition(b";")
    if len(line) > MAX_CHUNK_LINE_BYTES:
        raise AnswerError(f"a chunk's line is longer than {MAX_CHUNK_LINE_BYTES} bytes")
    if len(extension.translate(None, b"\n\r\0")) < len(extension):
        raise AnswerError(_ODD_SIZE)
    digits = digits.rstrip(b" \t")
    if digits.translate(None, _HEX_DIGITS) or not 0 < len(digits) <= _MAX_SIZE_DIGITS:
        raise AnswerError(_ODD_SIZE)
    return int(digits, 16)


class Gatherer:
    """Gathers a body in one piece of memory and hands that over as `bytes`, without a copy.

    `BytesIO` is what the standard library has for this: `getbuffer` lets a socket write into its
    memory, and `getvalue` gives away the memory itself when nothing else refers to it.
    """

    __slots__ = ("_filled", "_length", "_memory", "_view", "_window")

    def __init__(self, length: int) -> None:
        """Begin.

        Args:
            length: The length of the body; negative when it is not known.
        """
        self._length = length
        self._filled = 0
        self._view = memoryview(b"")
        self._window = memoryview(b"")
        self._memory = BytesIO(bytes(min(max(length, 0), PREALLOCATED_BYTES)))

    def add(self, data: bytes) -> None:
        """Take a piece."""
        if self._length < 0:
            self._memory.write(data)
            return
        while data:
            window = self.window()
            count = min(len(window), len(data))
            window[:count] = data[:count]
            self.advance(count)
            data = data[count:]

    def window(self) -> memoryview:
        """Where the next bytes belong, when the length is known and they are not all there.

        The window that was given before is closed.
        """
        self._window.release()
        if self._filled == len(self._view):
            if self._filled:  # all that was reserved
                self._view.release()
                self._memory.seek(min(2 * self._filled, self._length) - 1)
                self._memory.write(b"\0")
            self._view = self._memory.getbuffer()
        self._window = self._view[self._filled :]
        return self._window

    def advance(self, count: int) -> None:
        """Say how many bytes were written into the window."""
        self._filled += count

    def take(self) -> bytes:
        """The body."""
        self.close()
        return self._memory.getvalue()

    def close(self) -> None:
        """Let go of the memory, which complains when it is collected with a window to it open."""
        with suppress(BufferError):  # an event loop may hold the window while it tells of a read
            self._window.release()
            self._view.release()
