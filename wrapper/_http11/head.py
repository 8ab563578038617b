"""The heads of HTTP/1.1 messages: a request's is written, an answer's is read, strictly.

RFC 9112. What is refused here though other clients take it stands in `docs/design/engine.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wrapper._headers import Headers

__all__ = [
    "CHUNKED",
    "MAX_FIELDS",
    "MAX_HEAD_BYTES",
    "MAX_LINE_BYTES",
    "UNTIL_CLOSE",
    "AnswerError",
    "AnswerHead",
    "RequestError",
    "encode_head",
    "end_of_head",
    "field_pairs",
    "parse_fields",
    "parse_head",
]

MAX_HEAD_BYTES: Final = 65_536
"""An answer's status line and headers together, or its trailers, at most."""

MAX_LINE_BYTES: Final = 16_384
"""One line of them, at most."""

MAX_FIELDS: Final = 200
"""Headers of one answer, at most."""

CHUNKED: Final = -1
"""In place of a body's length: it comes in chunks (RFC 9112, section 7.1)."""

UNTIL_CLOSE: Final = -2
"""In place of a body's length: it ends when the connection does (section 6.3, rule 8)."""

_MAX_LENGTH_DIGITS = 18
_USUAL_STATUS_LINE = b"HTTP/1.1 200 OK"
# Everything but controls (RFC 9110, section 5.5).
_PLAIN_BYTES = bytes([*b"\t", *range(0x20, 0x7F), *range(0x80, 0x100)])
_TOKEN_BYTES = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# RFC 9110, section 8.6: with these methods a body is expected, so an empty one is announced too.
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class RequestError(Exception):
    """The request cannot be written as HTTP: nothing was sent."""


class AnswerError(Exception):
    """The bytes that came are not a valid answer; the text says why, and repeats no value."""


class AnswerHead:
    """The head of an answer.

    Attributes:
        status: The status code.
        headers: The headers, as all of this package reads them.
        length: How long the body is; or `CHUNKED` or `UNTIL_CLOSE`.
        persistent: Whether the connection may serve again.
        block: The head as it came, without the empty line: `field_pairs` has its headers.
    """

    __slots__ = ("block", "headers", "length", "persistent", "status")

    def __init__(
        self, status: int, headers: Headers, length: int, *, persistent: bool, block: bytes
    ) -> None:
        self.status = status
        self.headers = headers
        self.length = length
        self.persistent = persistent
        self.block = block


def encode_head(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Write the head of a request up to its body's frame, without the last line's end.

    Args:
        method: The method.
        target: The path and query, percent-encoded.
        headers: All headers but those of the body's length.

    Raises:
        RequestError: A line end, a NUL or a character beyond Latin-1 is in it, or a space in the
            method or target.
    """
    lines = [f"\r\n{name}: {value}" for name, value in headers]
    head = f"{method} {target} HTTP/1.1{''.join(lines)}"
    ends = len(lines)
    if (
        head.count("\r") != ends
        or head.count("\n") != ends
        or "\0" in head
        or " " in target
        or " " in method
    ):
        raise RequestError(
            "a header of the request has a line end or a NUL in it, or its target a space"
        )
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        raise RequestError(
            "a header or the target of the request has a character in it that is not Latin-1"
        ) from None


def end_of_head(method: str, length: int) -> bytes:
    """What follows `encode_head`: the line of the body's frame, if there is one, and the end.

    Args:
        method: The method.
        length: The length of the body, or `CHUNKED`.
    """
    if length > 0 or (length == 0 and method in _METHODS_WITH_BODY):
        return b"\r\nContent-Length: %d\r\n\r\n" % length
    return b"\r\nTransfer-Encoding: chunked\r\n\r\n" if length == CHUNKED else b"\r\n\r\n"


def parse_head(block: bytes, method: str) -> AnswerHead:
    """Read the head of an answer.

    Args:
        block: The head, without the empty line that ends it.
        method: The request's method: it decides whether there is a body.

    Raises:
        AnswerError: It is not valid HTTP/1, or its framing is ambiguous.
    """
    status_line, _, fields = block.partition(b"\r\n")
    status = 200 if status_line == _USUAL_STATUS_LINE else _status(status_line)
    values = parse_fields(fields)
    length = _body_length(values)
    connection = values.get("connection", "").lower()
    persistent = status_line[7:8] != b"0" and not (
        "close" in connection and "close" in [each.strip(" \t") for each in connection.split(",")]
    )
    if method == "HEAD" or status in {204, 304} or status < 200:
        length = 0
    elif length == UNTIL_CLOSE:
        persistent = False
    return AnswerHead(
        status, Headers.from_lower_case(values), length, persistent=persistent, block=block
    )


def parse_fields(block: bytes) -> dict[str, str]:
    """Read header or trailer lines; the names come out in lower case.

    Args:
        block: The lines, without the last line's end.

    Raises:
        AnswerError: A line is not a field, or there are too many or too long ones.
    """
    lines = block.decode("latin-1").split("\r\n") if block else []
    _check_bytes(block, len(lines) - 1)
    if len(lines) > MAX_FIELDS:
        raise AnswerError(f"it has more than {MAX_FIELDS} headers")
    if len(block) > MAX_LINE_BYTES and max(map(len, lines)) > MAX_LINE_BYTES:
        raise AnswerError(f"a line of its head is longer than {MAX_LINE_BYTES} bytes")
    values: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise _not_a_field(line)
        values[name.lower()] = value.strip(" \t")
    if "" in values or "".join(values).encode("latin-1").translate(None, _TOKEN_BYTES):
        raise _not_a_field(next(line for line in lines if not _has_name(line)))
    return values if len(values) == len(lines) else _joined(lines)


def field_pairs(block: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of a head as it came or goes: order, case and repetitions.

    Args:
        block: What `encode_head` gave, or `parse_head` took.
    """
    pairs = []
    for line in block.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        pairs.append((name, value.strip(b" \t")))
    return pairs


def _body_length(values: dict[str, str]) -> int:
    """The length of a body by its headers (section 6.3)."""
    length = values.get("content-length")
    coding = values.get("transfer-encoding")
    if coding is not None:
        if length is not None:
            raise AnswerError("it has both a Content-Length and a Transfer-Encoding")
        if coding.lower() != "chunked":
            raise AnswerError("its Transfer-Encoding is not 'chunked'")
        return CHUNKED
    if length is None:
        return UNTIL_CLOSE
    if "," in length:  # the same one repeated, perhaps by a proxy (section 6.3, rule 5)
        lengths = {each.strip(" \t") for each in length.split(",")}
        if len(lengths) > 1:
            raise AnswerError("it has several, different Content-Lengths")
        length = lengths.pop()
    if not length.isdecimal() or len(length) > _MAX_LENGTH_DIGITS:
        raise AnswerError("its Content-Length is not a number of bytes")
    return int(length)


def _status(line: bytes) -> int:
    """The code of a status line: `HTTP/1.1 200 OK`, of which ` OK` may be missing (section 4)."""
    _check_bytes(line, 0)
    code = line[9:12]
    if not (
        line[:7] == b"HTTP/1."
        and line[7:8].isdigit()
        and line[8:9] == b" "
        and code.isdigit()
        and len(code) == 3
        and code >= b"100"
        and line[12:13] in b" "
    ):
        raise AnswerError("it does not begin with a status line of HTTP/1")
    return int(code)


def _check_bytes(block: bytes, ends: int) -> None:
    """Refuse controls, and line ends beside those that were found."""
    left = block.translate(None, _PLAIN_BYTES)
    if left != b"\r\n" * ends:
        raise AnswerError(
            "a control character is among its headers"
            if left.translate(None, b"\r\n")
            else "a line of its head ends in CR or LF alone"
        )


def _joined(lines: list[str]) -> dict[str, str]:
    """As `parse_fields`, where a name came more than once."""
    values: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        values[name] = f"{values[name]}, {value}" if name in values else value
    return values


def _has_name(line: str) -> bool:
    name = line.partition(":")[0].encode("latin-1")
    return bool(name) and not name.translate(None, _TOKEN_BYTES)


def _not_a_field(line: str) -> AnswerError:
    if line[:1] in {" ", "\t"}:
        return AnswerError("a header is folded over several lines, which is obsolete")
    return AnswerError("a line of its head is not a header")
