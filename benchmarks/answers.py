"""What the server answers, by the name of the endpoint that is invoked."""

from __future__ import annotations

import random
import struct
import zlib
from functools import cache
from typing import NamedTuple

__all__ = ["WAIT_SECONDS", "Answer", "answer", "event_stream", "names"]

WAIT_SECONDS = 0.02
"""How long the server takes where it takes its time."""

_SIZES = {"small": 200, "slow": 200, "large-6": 6 * 2**20, "large-25": 25 * 2**20}
_STREAMS = {"stream-64": (64, 4000), "stream-4096": (4096, 1000), "stream-paused": (64, 20)}


class Answer(NamedTuple):
    """An answer.

    Attributes:
        pieces: The bytes of the answer, head and all; where one is empty the server waits
            `WAIT_SECONDS`.
        body: What the client's caller shall get: the body, or a stream's payloads together.
        parts: How many parts a stream has; 0 for a plain answer.
    """

    pieces: tuple[bytes, ...]
    body: bytes
    parts: int


def names() -> tuple[str, ...]:
    """The endpoints there are."""
    return (*_SIZES, *_STREAMS)


@cache
def answer(name: str) -> Answer:
    """The answer of an endpoint; the same bytes in every process."""
    if name in _SIZES:
        body = random.Random(name).randbytes(_SIZES[name])
        wire = _head(f"Content-Length: {len(body)}", "application/octet-stream") + body
        return Answer((b"", wire) if name == "slow" else (wire,), body, 0)
    size, count = _STREAMS[name]
    payloads = _payloads(size, count)
    # As the service sends them: each part is a chunk of its own.
    chunks = [b"%x\r\n%b\r\n" % (len(event), event) for event in map(_event, payloads)]
    chunks.append(b"0\r\n\r\n")
    head = _head("Transfer-Encoding: chunked", "application/vnd.amazon.eventstream")
    body = b"".join(payloads)
    if name == "stream-paused":
        return Answer((head + chunks[0], b"", b"".join(chunks[1:])), body, count)
    return Answer((head + b"".join(chunks),), body, count)


def event_stream(size: int, count: int) -> tuple[bytes, bytes]:
    """An event stream of so many parts of so many bytes, and their payloads together."""
    payloads = _payloads(size, count)
    return b"".join(map(_event, payloads)), b"".join(payloads)


def _payloads(size: int, count: int) -> list[bytes]:
    generator = random.Random(size)
    return [generator.randbytes(size) for _ in range(count)]


def _head(framing: str, media_type: str) -> bytes:
    return (
        "HTTP/1.1 200 OK\r\n"
        "x-amzn-RequestId: 7a62c49f-347e-4fc4-9331-6e8e7a96fd73\r\n"
        "x-Amzn-Invoked-Production-Variant: AllTraffic\r\n"
        "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
        f"Content-Type: {media_type}\r\n"
        f"{framing}\r\n\r\n"
    ).encode()


def _event(payload: bytes) -> bytes:
    """A message of an event stream (https://smithy.io/2.0/aws/amazon-eventstream.html)."""
    headers = b"".join(
        struct.pack(">B", len(name)) + name + struct.pack(">BH", 7, len(value)) + value
        for name, value in (
            (b":event-type", b"PayloadPart"),
            (b":content-type", b"application/octet-stream"),
            (b":message-type", b"event"),
        )
    )
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))
