"""The messages of a response stream, each one frame of `application/vnd.amazon.eventstream`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from wrapper.eventstream import encode_message

__all__ = ["error_event", "event", "exception_event", "payload_part", "payload_parts"]

_MAX_PART_BYTES = 1024 * 1024


def event(event_type: str, payload: bytes, content_type: str = "application/octet-stream") -> bytes:
    """An event of any type, unknown ones included."""
    return encode_message(
        {":message-type": "event", ":event-type": event_type, ":content-type": content_type},
        payload,
    )


def payload_part(data: bytes) -> bytes:
    """A `PayloadPart`: bytes of the model's output."""
    return event("PayloadPart", data)


def payload_parts(data: bytes) -> Iterator[bytes]:
    """`PayloadPart`s for a chunk of any size, each within a frame's limits; none for no bytes."""
    for start in range(0, len(data), _MAX_PART_BYTES):
        yield payload_part(data[start : start + _MAX_PART_BYTES])


def exception_event(exception_type: str, members: Mapping[str, object]) -> bytes:
    """An exception of the service model, for example `ModelStreamError` with its members."""
    return encode_message(
        {
            ":message-type": "exception",
            ":exception-type": exception_type,
            ":content-type": "application/json",
        },
        json.dumps(members).encode(),
    )


def error_event(code: str, message: str) -> bytes:
    """An error outside the service model: a code and a message, both in the frame's headers."""
    return encode_message(
        {":message-type": "error", ":error-code": code, ":error-message": message}
    )
