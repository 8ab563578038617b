"""`application/vnd.amazon.eventstream`: bytes in, messages out, and back.

The encoding is that of the Amazon Event Stream Specification
(https://smithy.io/2.0/aws/amazon-eventstream.html). All integers are big-endian:

    total length    uint32   of the whole message, itself and the last CRC included
    headers length  uint32
    prelude CRC     uint32   CRC-32 of the 8 bytes before it
    headers         each: name length uint8, name, type uint8, value
    payload         total length - headers length - 16 bytes
    message CRC     uint32   CRC-32 of everything before it

Nothing here reads or writes: `EventStreamDecoder` is fed with bytes cut anywhere. Each byte is
copied a fixed number of times, so the time is linear whatever the cuts, and the decoder holds at
most one unfinished message.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, Union

from wrapper._errors import EventStreamDecodeError, ParameterError, StreamTruncatedError

if TYPE_CHECKING:
    from uuid import UUID

__all__ = [
    "MAX_HEADERS_LENGTH",
    "MAX_HEADER_VALUE_LENGTH",
    "MAX_PAYLOAD_LENGTH",
    "Byte",
    "EventStreamDecoder",
    "HeaderValue",
    "Long",
    "Message",
    "Short",
    "encode_message",
]

MAX_PAYLOAD_LENGTH = 24 * 1024 * 1024
"""Bytes of payload in a message, at most (the specification's limit, and botocore's)."""

MAX_HEADERS_LENGTH = 128 * 1024
"""Bytes of encoded headers in a message, at most (the specification's limit, and botocore's)."""

MAX_HEADER_VALUE_LENGTH = 2**15 - 1
"""Bytes of a string or byte-array header that may be sent; up to 2**16 - 1 are understood."""

_PRELUDE_LENGTH = 12
_OVERHEAD = 16  # the prelude and the message CRC

# A stream repeats a few heads (prelude and headers); only small ones are kept, and not many.
_CACHED_HEADS = 512
_CACHED_HEAD_LENGTH = 512

_UINT32 = struct.Struct(">I")
_PRELUDE = struct.Struct(">III")
_UINT16 = struct.Struct(">H")
_INT8 = struct.Struct(">b")
_INT16 = struct.Struct(">h")
_INT32 = struct.Struct(">i")
_INT64 = struct.Struct(">q")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Byte(int):
    """A header value of wire type byte (8 bits, signed); elsewhere an ordinary `int`."""


class Short(int):
    """A header value of wire type short (16 bits, signed); elsewhere an ordinary `int`."""


class Long(int):
    """A header value of wire type long (64 bits, signed); elsewhere an ordinary `int`."""


HeaderValue: TypeAlias = Union[bool, int, bytes, str, datetime, "UUID"]
"""What a header can hold. A plain `int` is the wire's 32-bit integer; the other widths have their
own classes (`Byte`, `Short`, `Long`). A `datetime` is aware and counts milliseconds."""


class Message(NamedTuple):
    """A message of the stream.

    Attributes:
        headers: By name, read-only; messages of the same headers may share one mapping.
        payload: The bytes as they came.
    """

    headers: Mapping[str, HeaderValue]
    payload: bytes

    def __repr__(self) -> str:
        # Payloads and header values may be sensitive.
        return f"Message(headers={list(self.headers)!r}, payload=<{len(self.payload)} bytes>)"


class EventStreamDecoder:
    """Decodes a stream of messages from bytes cut anywhere.

    Both CRCs of every message are checked. A message over `MAX_PAYLOAD_LENGTH` or
    `MAX_HEADERS_LENGTH` is refused from its prelude, before any of it is kept.

    What is malformed ends the stream: everything before it is handed over first, then `feed` and
    `close` raise the same error for good. Not thread-safe.
    """

    __slots__ = ("_buffer", "_error", "_head_length", "_headers", "_heads", "_needed", "_offset")

    def __init__(self) -> None:
        self._buffer = bytearray()  # the beginning of a message that has not come whole
        self._needed = _PRELUDE_LENGTH  # bytes of it that must be there before it is worth a look
        self._offset = 0  # of the buffer, in the stream
        self._error: EventStreamDecodeError | None = None
        self._headers: dict[bytes, Mapping[str, HeaderValue]] = {}
        # Total length, headers and the head's CRC by the head's bytes (prelude and headers).
        self._heads: dict[bytes, tuple[int, Mapping[str, HeaderValue], int]] = {}
        self._head_length = _PRELUDE_LENGTH  # of the last message; the next is likely to have it

    @property
    def error(self) -> EventStreamDecodeError | None:
        """What the next call will raise, or None.

        Set together with the messages that came before the malformed one, for a caller who would
        otherwise wait for more bytes before it learns of the error.
        """
        return self._error

    @property
    def at_boundary(self) -> bool:
        """Whether every message that has begun is complete, so that the stream may end here."""
        return self._error is None and not self._buffer

    def feed(self, data: bytes | bytearray | memoryview) -> list[Message]:
        """Take the next bytes of the stream.

        Returns:
            The messages that these bytes complete, in order.

        Raises:
            EventStreamDecodeError: The stream is malformed; says what is wrong and at which byte of
                the stream. Raised by the next call instead when these bytes hold whole messages
                before the malformed one.
        """
        if self._error is not None:
            raise self._error
        buffer = self._buffer
        if buffer:
            buffer += data
            if len(buffer) < self._needed:
                return []
            data = bytes(buffer)
            buffer.clear()
        elif type(data) is not bytes:
            data = bytes(data)

        # The hot loop. A model's answer is mostly small messages of equal headers: when the bytes
        # of a head were seen before, its prelude's CRC and its headers need no second look, and
        # the message's CRC goes on from the head's.
        messages: list[Message] = []
        heads, crc32, unpack_crc, new = self._heads, zlib.crc32, _UINT32.unpack_from, tuple.__new__
        length = len(data)
        position = 0
        self._needed = _PRELUDE_LENGTH
        try:
            while position < length:
                payload_start = position + self._head_length
                head = heads.get(data[position:payload_start])
                if head is None:
                    message = self._decode_message(data, position)
                    if message is None:
                        break
                    messages.append(message[0])
                    position = message[1]
                    continue
                total_length, headers, head_crc = head
                end = position + total_length
                if end > length:
                    self._needed = total_length
                    break
                payload = data[payload_start : end - 4]
                if crc32(payload, head_crc) != unpack_crc(data, end - 4)[0]:
                    raise _malformed(self._offset + position, _BAD_MESSAGE_CRC)
                messages.append(new(Message, (headers, payload)))
                position = end
        except EventStreamDecodeError as error:
            self._error = error
            if messages:
                return messages
            raise
        self._offset += position
        if position < length:
            buffer += data[position:] if position else data
        return messages

    def close(self) -> None:
        """Say that the stream has ended.

        Raises:
            StreamTruncatedError: It ended inside a message.
            EventStreamDecodeError: It was malformed (see `feed`).
        """
        if self._error is not None:
            raise self._error
        if self._buffer:
            raise StreamTruncatedError(
                f"the event stream ended inside a message: it begins at byte {self._offset}, "
                f"and {len(self._buffer)} bytes of it came where at least {self._needed} were due"
            )

    def _decode_message(self, data: bytes, position: int) -> tuple[Message, int] | None:
        """Decode the message at `position` of `data`; None when it is not there whole.

        Returns:
            The message, and where the next one begins.
        """
        if len(data) - position < _PRELUDE_LENGTH:
            return None
        offset = self._offset + position
        total_length, headers_length, prelude_crc = _PRELUDE.unpack_from(data, position)
        if zlib.crc32(data[position : position + 8]) != prelude_crc:
            raise _malformed(offset, "the CRC of its prelude does not match")
        payload_length = total_length - headers_length - _OVERHEAD
        if headers_length > MAX_HEADERS_LENGTH or not 0 <= payload_length <= MAX_PAYLOAD_LENGTH:
            raise _malformed(offset, _bad_lengths(headers_length, payload_length))
        end = position + total_length
        if end > len(data):
            self._needed = total_length
            return None
        head = data[position : position + _PRELUDE_LENGTH + headers_length]
        head_crc = zlib.crc32(head)
        payload = data[position + len(head) : end - 4]
        if zlib.crc32(payload, head_crc) != _UINT32.unpack_from(data, end - 4)[0]:
            raise _malformed(offset, _BAD_MESSAGE_CRC)
        block = head[_PRELUDE_LENGTH:]
        headers = self._headers.get(block)
        if headers is None:
            headers = MappingProxyType(_decode_headers(block, offset + _PRELUDE_LENGTH))
        if len(head) <= _CACHED_HEAD_LENGTH:
            if len(self._heads) >= _CACHED_HEADS:
                self._heads.clear()
                self._headers.clear()
            self._headers[block] = headers
            self._heads[head] = total_length, headers, head_crc
            self._head_length = len(head)
        return Message(headers, payload), end


_BAD_MESSAGE_CRC = "its message CRC does not match"


def _malformed(offset: int, problem: str) -> EventStreamDecodeError:
    return EventStreamDecodeError(
        f"malformed event stream: the message at byte {offset}: {problem}. The bytes were damaged "
        f"on the way, or they are not application/vnd.amazon.eventstream",
        offset=offset,
    )


def _bad_lengths(headers_length: int, payload_length: int) -> str:
    if headers_length > MAX_HEADERS_LENGTH:
        return f"it claims {headers_length} bytes of headers; at most {MAX_HEADERS_LENGTH} may be"
    if payload_length > MAX_PAYLOAD_LENGTH:
        return f"it claims {payload_length} bytes of payload; at most {MAX_PAYLOAD_LENGTH} may be"
    return f"its total length has no room for its {headers_length} bytes of headers"


def _decode_headers(block: bytes, offset: int) -> dict[str, HeaderValue]:
    """Decode a header block that begins at byte `offset` of the stream."""
    headers: dict[str, HeaderValue] = {}
    position = 0
    while position < len(block):
        start = position
        try:
            name_end = start + 1 + block[start]
            wire_type = block[name_end]
            name = str(block[start + 1 : name_end], "utf-8")
            value, position = _decode_value(wire_type, block, name_end + 1)
        except (IndexError, struct.error):
            raise _bad_header(offset + start, "runs over the end of the headers") from None
        except KeyError as error:
            raise _bad_header(offset + start, f"has the unknown type {error}") from None
        except UnicodeDecodeError:
            raise _bad_header(offset + start, "holds text that is not UTF-8") from None
        except OverflowError:
            raise _bad_header(
                offset + start, "holds a timestamp outside of the years 1 to 9999"
            ) from None
        if not name:
            raise _bad_header(offset + start, "has no name")
        if name in headers:
            raise _bad_header(offset + start, "repeats the name of an earlier one")
        headers[name] = value
    return headers


def _bad_header(offset: int, problem: str) -> EventStreamDecodeError:
    return EventStreamDecodeError(
        f"malformed event stream: the message header at byte {offset} {problem}", offset=offset
    )


def _decode_value(wire_type: int, block: bytes, position: int) -> tuple[HeaderValue, int]:
    """Return the value at `position` and where the next header begins.

    Raises:
        KeyError: There is no such wire type.
        IndexError, struct.error: The block ends before the value does.
        UnicodeDecodeError, OverflowError: The value cannot be represented.
    """
    if wire_type == 0:
        return True, position
    if wire_type == 1:
        return False, position
    if wire_type in _INTEGERS:
        layout, integer = _INTEGERS[wire_type]
        return integer(layout.unpack_from(block, position)[0]), position + layout.size
    if wire_type == 8:
        milliseconds = _INT64.unpack_from(block, position)[0]
        return _EPOCH + milliseconds * _MILLISECOND, position + 8
    if wire_type == 9:
        length = 16
    elif wire_type in {6, 7}:
        length = _UINT16.unpack_from(block, position)[0]
        position += 2
    else:
        raise KeyError(wire_type)
    end = position + length
    if end > len(block):
        raise IndexError(end)
    value = block[position:end]
    if wire_type == 6:
        return value, end
    if wire_type == 7:
        return str(value, "utf-8"), end
    from uuid import UUID  # rare, and not free to import

    return UUID(bytes=value), end


_INTEGERS: dict[int, tuple[struct.Struct, type[int]]] = {
    2: (_INT8, Byte),
    3: (_INT16, Short),
    4: (_INT32, int),
    5: (_INT64, Long),
}


def encode_message(headers: Mapping[str, HeaderValue], payload: bytes = b"") -> bytes:
    """Encode one message.

    Args:
        headers: By name, 1 to 255 bytes of UTF-8 each. A plain `int` is sent as a 32-bit integer:
            wrap it in `Byte`, `Short` or `Long` for another width. A `datetime` must be aware and
            loses what is finer than a millisecond.
        payload: At most `MAX_PAYLOAD_LENGTH` bytes.

    Raises:
        ParameterError: A name, a value or a size that the encoding cannot hold.
    """
    block = b"".join(_encode_header(name, value) for name, value in headers.items())
    if len(block) > MAX_HEADERS_LENGTH:
        raise ParameterError(
            f"the headers take {len(block)} bytes; at most {MAX_HEADERS_LENGTH} may be sent",
            parameter="headers",
            rule=f"at most {MAX_HEADERS_LENGTH} bytes encoded",
        )
    if len(payload) > MAX_PAYLOAD_LENGTH:
        raise ParameterError(
            f"the payload has {len(payload)} bytes; at most {MAX_PAYLOAD_LENGTH} may be sent",
            parameter="payload",
            rule=f"at most {MAX_PAYLOAD_LENGTH} bytes",
        )
    lengths = struct.pack(">II", _OVERHEAD + len(block) + len(payload), len(block))
    message = b"".join((lengths, _UINT32.pack(zlib.crc32(lengths)), block, payload))
    return message + _UINT32.pack(zlib.crc32(message))


def _encode_header(name: str, value: HeaderValue) -> bytes:
    try:
        encoded_name = name.encode()
        encoded_value = _encode_value(name, value)
    except UnicodeEncodeError:
        raise _unencodable(name, "it holds a lone surrogate, which UTF-8 cannot hold") from None
    except struct.error:
        raise _unencodable(name, "the number is too large; Long takes 64 bits") from None
    if not 1 <= len(encoded_name) <= 255:
        raise _unencodable(name, f"its name has {len(encoded_name)} bytes; 1 to 255 can be sent")
    return bytes((len(encoded_name),)) + encoded_name + encoded_value


def _encode_value(name: str, value: HeaderValue) -> bytes:
    if isinstance(value, bool):
        return b"\x00" if value else b"\x01"
    if isinstance(value, int):
        for wire_type in (2, 3, 5):
            layout, integer = _INTEGERS[wire_type]
            if isinstance(value, integer):
                return bytes((wire_type,)) + layout.pack(value)
        return b"\x04" + _INT32.pack(value)
    if isinstance(value, bytes | str):
        wire_type, data = (6, value) if isinstance(value, bytes) else (7, value.encode())
        if len(data) > MAX_HEADER_VALUE_LENGTH:
            raise _unencodable(
                name, f"it has {len(data)} bytes; at most {MAX_HEADER_VALUE_LENGTH} can be sent"
            )
        return bytes((wire_type,)) + _UINT16.pack(len(data)) + data
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise _unencodable(name, "the datetime is naive; give it a tzinfo")
        return b"\x08" + _INT64.pack((value - _EPOCH) // _MILLISECOND)
    from uuid import UUID

    if isinstance(value, UUID):
        return b"\x09" + value.bytes
    raise _unencodable(name, f"{type(value).__name__} is not a type of the encoding")


def _unencodable(name: str, problem: str) -> ParameterError:
    return ParameterError(
        f"the event-stream header {name!r} cannot be encoded: {problem}",
        parameter="headers",
        rule="bool, int, Byte, Short, Long, bytes, str, aware datetime or UUID, by name",
    )
