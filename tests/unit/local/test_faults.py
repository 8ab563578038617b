"""Which fault goes to which request."""

from __future__ import annotations

import pytest

from wrapper._errors import ParameterError
from wrapper.local import faults
from wrapper.local.faults import Faults


async def one(exchange):
    """A fault that is only looked at."""


async def two(exchange):
    """Another."""


def take(queue: Faults, operation: str = "InvokeEndpoint", endpoint: str | None = "e") -> object:
    return queue.take(operation, endpoint, before_body=False)


def test_faults_are_taken_in_the_order_they_were_asked_for():
    queue = Faults()
    queue.next(one, times=2)
    queue.next(two)

    assert len(queue) == 3
    assert [take(queue) for _ in range(4)] == [one, one, two, None]
    assert len(queue) == 0


def test_a_fault_waits_for_a_request_that_fits():
    queue = Faults()
    queue.next(one, endpoint="f")
    queue.next(two, operation="InvokeEndpointAsync")

    assert take(queue) is None
    assert take(queue, endpoint="f") is one
    assert take(queue, "InvokeEndpointAsync") is two


def test_objects_are_only_touched_when_they_are_named():
    queue = Faults()
    queue.always(one)
    assert take(queue, "GetObject", None) is None

    queue.next(two, operation="GetObject")
    assert take(queue, "GetObject", None) is two


@pytest.mark.parametrize("ask", ["next", "always"])
def test_what_is_no_fault_is_refused(ask):
    asked = Faults()
    with pytest.raises(ParameterError, match=r"must be a coroutine function .* not str"):
        getattr(asked, ask)("ModelError")
    with pytest.raises(ParameterError, match=r"'Invoke' is none of InvokeEndpoint, .*PutObject"):
        getattr(asked, ask)(faults.error("ModelError"), operation="Invoke")
    for operation in ("InvokeEndpoint", "InvokeEndpointWithResponseStream", "GetObject", None):
        getattr(asked, ask)(faults.error("ModelError"), operation=operation)


def test_early_faults_are_apart():
    queue = Faults()
    queue.next(one, before_body=True)

    assert take(queue) is None
    assert queue.take("InvokeEndpoint", "e", before_body=True) is one


def test_a_standing_fault_stays_until_it_is_cleared():
    queue = Faults()
    queue.always(one)

    assert [take(queue) for _ in range(5)] == [one] * 5
    assert len(queue) == 0
    queue.clear()
    assert take(queue) is None


def test_an_error_of_unknown_status_needs_one():
    with pytest.raises(ParameterError, match="status_code"):
        faults.error("NoSuchException")
    assert callable(faults.error("NoSuchException", status_code=418))


def test_nothing_is_no_whole_answer():
    with pytest.raises(ParameterError, match="whole answer"):
        faults.cut(ending="end")
