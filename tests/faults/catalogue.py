"""What can go wrong in an exchange, each fault with a name.

A fault says when it strikes, what is sent in place of the answer, and how the connection ends.
"""

from __future__ import annotations

import enum
import itertools
import json
from collections.abc import Callable, Iterable, Iterator

import attrs

__all__ = ["FAULTS", "End", "Fault", "Piece", "When", "error", "named", "raw_answer"]

Piece = bytes | float
"""Bytes to send, or seconds to wait."""


class When(enum.Enum):
    """When a fault strikes."""

    ACCEPT = "before anything was read"
    STALL = "when the head of the request was read: no more is, and nothing said"
    REQUEST = "when half of the request was read"
    ANSWER = "when all of the request was read, and the model has run"
    REFUSAL = "when all of the request was read, and no model runs"


class End(enum.Enum):
    """What becomes of the connection."""

    KEEP = "it stays open for the next request"
    CLOSE = "it is closed (FIN)"
    RESET = "it is reset (RST)"
    CUT = "it is closed (FIN), under TLS without the end that TLS has"
    SILENCE = "nothing more is said; it stays open until the client closes it"


@attrs.frozen
class Fault:
    """One way in which an exchange goes wrong.

    Attributes:
        name: What it is called in logs.
        when: When it strikes.
        end: What becomes of the connection.
        pieces: What is sent, made of the whole raw answer; nothing by default.
        is_retryable_answer: Whether it is a whole answer that asks to be sent again.
        is_whole: Whether the client gets its right answer nevertheless.
    """

    name: str
    when: When
    end: End = End.CLOSE
    pieces: Callable[[bytes], Iterable[Piece]] = lambda _: ()
    is_retryable_answer: bool = False
    is_whole: bool = False


def raw_answer(
    status: int, body: bytes, headers: Iterable[tuple[str, str]] = (), reason: str = "Whatever"
) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def error(
    status: int, code: str | None = None, *, headers: Iterable[tuple[str, str]] = (), body=b""
) -> Fault:
    """An error of the service, or of a proxy before it."""
    if code is not None:
        headers = [*headers, ("x-amzn-errortype", code), ("Content-Type", "application/json")]
        body = json.dumps({"message": "as planned"}).encode()
    answer = raw_answer(status, body, [*headers, ("x-amzn-requestid", "planned")])
    code_text = "" if code is None else f" {code}"
    is_retryable = status in {429, 500, 502, 503, 504, 530} or code == "ThrottlingException"
    return Fault(
        f"{status}{code_text}",
        When.REFUSAL,
        End.KEEP,
        lambda _: [answer],
        is_retryable_answer=is_retryable,
    )


def _head_and_body(answer: bytes) -> tuple[bytes, bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", body


def _first_half(answer: bytes) -> list[Piece]:
    head, body = _head_and_body(answer)
    return [head, body[: len(body) // 2]]


def _drip(seconds: float, size: int = 1) -> Callable[[bytes], Iterator[Piece]]:
    def pieces(answer: bytes) -> Iterator[Piece]:
        for start in range(0, len(answer), size):
            yield answer[start : start + size]
            yield seconds

    return pieces


def _drip_body(answer: bytes) -> Iterator[Piece]:
    head, body = _head_and_body(answer)
    yield head
    yield from _drip(0.05)(body)


def _endless(beginning: bytes, piece: bytes) -> Callable[[bytes], Iterator[Piece]]:
    def pieces(_: bytes) -> Iterator[Piece]:
        yield beginning
        yield from itertools.repeat(piece)

    return pieces


def _relengthed(answer: bytes, difference: int) -> bytes:
    head, body = _head_and_body(answer)
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    lines.insert(1, b"Content-Length: %d" % (len(body) + difference))
    return b"\r\n".join(lines) + body


def _with_line(line: bytes) -> Callable[[bytes], list[Piece]]:
    def pieces(answer: bytes) -> list[Piece]:
        status, _, rest = answer.partition(b"\r\n")
        return [status + b"\r\n" + line + b"\r\n" + rest]

    return pieces


def _in_chunks(answer: bytes, *, spoilt: bool) -> list[Piece]:
    head, body = _head_and_body(answer)
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    lines.insert(1, b"Transfer-Encoding: chunked")
    size = b"zz" if spoilt else b"%x" % len(body)
    return [b"\r\n".join(lines), size + b"\r\n" + body + b"\r\n0\r\n\r\n"]


_A, _R, _Q, _X = When.ANSWER, When.REFUSAL, When.REQUEST, When.ACCEPT
_BIG = b"x" * 65_536
_OK = b"HTTP/1.1 200 OK\r\n"

FAULTS: tuple[Fault, ...] = (
    # Before and during the request.
    Fault("reset at accept", _X, End.RESET),
    Fault("close at accept", _X, End.CLOSE),
    Fault("garbage at accept", _X, End.CLOSE, lambda _: [b"\x15\x03\x01 no HTTP at all\n\n"]),
    Fault("reset during request", _Q, End.RESET),
    Fault("close during request", _Q, End.CLOSE),
    # After the request, before the answer: the model has run.
    Fault("reset before answer", _A, End.RESET),
    Fault("close before answer", _A, End.CLOSE),
    Fault("silence", _A, End.SILENCE),
    Fault("delay", _A, End.KEEP, lambda answer: [0.05, answer], is_whole=True),
    # During the answer.
    Fault("reset during head", _A, End.RESET, lambda answer: [answer[:20], 0.01]),
    Fault("close during head", _A, End.CLOSE, lambda answer: [answer[:20]]),
    Fault("silence during head", _A, End.SILENCE, lambda answer: [answer[:20]]),
    Fault("reset during body", _A, End.RESET, lambda answer: [*_first_half(answer), 0.01]),
    Fault("close during body", _A, End.CLOSE, _first_half),
    Fault("silence during body", _A, End.SILENCE, _first_half),
    # Answers that are none.
    Fault("garbage", _A, End.CLOSE, lambda _: [bytes(range(256)) * 4]),
    Fault("garbage that stays open", _A, End.SILENCE, lambda _: [b"\0" * 64]),
    Fault("another protocol", _A, End.SILENCE, lambda _: [b"220 mail.example.com ESMTP\r\n"]),
    Fault("status of letters", _A, End.KEEP, lambda _: [b"HTTP/1.1 two OK\r\n\r\n"]),
    Fault("HTTP/2", _A, End.SILENCE, lambda _: [b"\0\0\0\4\0\0\0\0\0"]),
    Fault("header without colon", _A, End.KEEP, _with_line(b"no colon here")),
    Fault("header with NUL", _A, End.KEEP, _with_line(b"X-A: a\0b")),
    Fault("empty header name", _A, End.KEEP, _with_line(b": value")),
    # Wrong lengths.
    Fault("length too great", _A, End.CLOSE, lambda answer: [_relengthed(answer, 7)]),
    Fault("length too great, silent", _A, End.SILENCE, lambda answer: [_relengthed(answer, 7)]),
    Fault("length not a number", _A, End.KEEP, lambda _: [_OK + b"Content-Length: 0x10\r\n\r\n"]),
    Fault("length negative", _A, End.KEEP, lambda _: [_OK + b"Content-Length: -1\r\n\r\n"]),
    Fault("two lengths", _A, End.KEEP, _with_line(b"Content-Length: 1")),
    Fault("length and chunks", _A, End.CLOSE, _with_line(b"Transfer-Encoding: chunked")),
    Fault("chunk size of letters", _A, End.KEEP, lambda answer: _in_chunks(answer, spoilt=True)),
    # Without end.
    Fault("endless headers", _A, End.CLOSE, _endless(_OK, b"X-A: b\r\n" * 1000)),
    Fault("endless header line", _A, End.CLOSE, _endless(_OK + b"X-A: ", _BIG)),
    Fault("endless status line", _A, End.CLOSE, _endless(b"HTTP/1.1 200 ", _BIG)),
    Fault(
        "endless interim answers",
        _A,
        End.CLOSE,
        _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 9),
    ),
    Fault(
        "endless body of an error",
        _R,
        End.CLOSE,
        _endless(
            b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"400\r\n%b\r\n" % _BIG[:1024],
        ),
        is_retryable_answer=True,
    ),
    # Slow.
    Fault("drip of the head", _A, End.KEEP, _drip(0.05)),
    Fault("drip of the body", _A, End.KEEP, _drip_body),
    # Whole answers, and then.
    Fault("chunks", _A, End.KEEP, lambda answer: _in_chunks(answer, spoilt=False), is_whole=True),
    Fault(
        "byte by byte",
        _A,
        End.KEEP,
        lambda answer: [bytes([byte]) for byte in answer],
        is_whole=True,
    ),
    Fault("close after the answer", _A, End.CLOSE, lambda answer: [answer], is_whole=True),
    Fault("close when idle", _A, End.CLOSE, lambda answer: [answer, 0.01], is_whole=True),
    Fault("reset when idle", _A, End.RESET, lambda answer: [answer, 0.01], is_whole=True),
    Fault("answer twice", _A, End.KEEP, lambda answer: [answer + answer], is_whole=True),
    Fault(
        "another answer when idle",
        _A,
        End.KEEP,
        lambda answer: [answer, 0.005, answer],
        is_whole=True,
    ),
    Fault(
        "surplus after the answer",
        _A,
        End.KEEP,
        lambda answer: [answer + b"\r\nHTTP/1.1 2"],
        is_whole=True,
    ),
    # Errors of the service, and of proxies before it.
    error(500, "InternalFailure"),
    error(503, "ServiceUnavailable"),
    error(429, "ThrottlingException"),
    error(400, "ThrottlingException"),
    error(530, "InternalDependencyException"),
    error(502, body=b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
    error(504),
    error(424, "ModelError"),
    error(400, "ValidationError"),
    error(403, "AccessDeniedException"),
    error(413, body=b"<html>too large</html>"),
    error(307, headers=[("Location", "http://127.0.0.1:9/elsewhere")]),
)
"""Every fault, each of another kind."""


def named(name: str) -> Fault:
    """The fault of a name."""
    return next(fault for fault in FAULTS if fault.name == name)
