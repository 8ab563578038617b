"""The log of what was received."""

from __future__ import annotations

import pytest

from wrapper._headers import Headers
from wrapper.local._requests import ReceivedRequest, RequestLog


def request(body: bytes = b"", query: str = "") -> ReceivedRequest:
    return ReceivedRequest(
        operation="InvokeEndpoint",
        endpoint_name="e",
        method="POST",
        path="/endpoints/e/invocations",
        query=query,
        headers=Headers([("authorization", "AWS4 secret-signature")]),
        body=body,
        access_key_id="AKID",
    )


def test_requests_are_kept_in_order_and_can_be_forgotten():
    log = RequestLog()
    log.add(request(b"1"))
    log.add(request(b"2"))

    assert [item.body for item in log] == [b"1", b"2"]
    assert log[-1].body == b"2"
    assert [item.body for item in log[:1]] == [b"1"]
    log.clear()
    assert len(log) == 0
    with pytest.raises(IndexError):
        log[0]


def test_only_the_last_thousand_are_kept():
    log = RequestLog()
    for number in range(1001):
        log.add(request(b"%d" % number))

    assert (len(log), log[0].body, log[-1].body) == (1000, b"1", b"1000")


def test_bodies_take_a_bounded_memory():
    log = RequestLog()
    body = bytes(25 * 1024 * 1024)
    for _ in range(5):
        log.add(request(body))
    assert len(log) == 2

    log.add(request(bytes(70 * 1024 * 1024)))
    assert len(log) == 1  # the last is always there
    log.add(request(b"small"))
    assert [len(item.body) for item in log] == [5]


def test_nothing_secret_is_in_the_repr():
    log = RequestLog()
    log.add(request(b"secret-body", query="X-Amz-Signature=secret-query"))

    assert "secret" not in repr(log)
    assert "/endpoints/e/invocations" in repr(log)
