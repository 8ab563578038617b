"""Frames, as botocore's decoder reads them."""

from __future__ import annotations

import json

from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from wrapper.local._frames import (
    error_event,
    event,
    exception_event,
    payload_part,
    payload_parts,
)


def decoded(*frames: bytes) -> list[tuple[dict[str, object], bytes]]:
    buffer = EventStreamBuffer()
    buffer.add_data(b"".join(frames))
    return [(message.headers, message.payload) for message in buffer]


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_payload_parts_carry_the_models_bytes(chunks):
    messages = decoded(*(payload_part(chunk) for chunk in chunks))

    assert [payload for _, payload in messages] == chunks
    for headers, _ in messages:
        assert headers == {
            ":message-type": "event",
            ":event-type": "PayloadPart",
            ":content-type": "application/octet-stream",
        }


def test_a_large_chunk_becomes_several_frames_and_an_empty_one_none():
    data = bytes(range(256)) * 10_000

    messages = decoded(*payload_parts(data))

    assert len(messages) == 3
    assert b"".join(payload for _, payload in messages) == data
    assert list(payload_parts(b"")) == []


def test_an_exception_carries_its_members_as_json():
    members = {"Message": "broken", "ErrorCode": "StreamBroken"}

    ((headers, payload),) = decoded(exception_event("ModelStreamError", members))

    assert headers[":message-type"] == "exception"
    assert headers[":exception-type"] == "ModelStreamError"
    assert json.loads(payload) == members


def test_an_error_is_in_the_headers_alone():
    assert decoded(error_event("InternalError", "what happened")) == [
        (
            {
                ":message-type": "error",
                ":error-code": "InternalError",
                ":error-message": "what happened",
            },
            b"",
        )
    ]


def test_an_event_can_be_of_any_type():
    ((headers, payload),) = decoded(event("Heartbeat", b"{}", "application/json"))

    assert (headers[":event-type"], headers[":content-type"], payload) == (
        "Heartbeat",
        "application/json",
        b"{}",
    )
