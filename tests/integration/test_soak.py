"""The soak, in short: what a thousand calls through faults become. The long form: `make soak`."""

from __future__ import annotations

import pytest

from tests.faults.soak import Plan, soak

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("client", ["sync", "async"])
def test_every_call_ends_rightly_or_in_a_typed_error_and_leaves_nothing(client):
    plan = Plan(calls=1200)
    (figures,) = soak(plan, (client,))
    print(figures)  # noqa: T201  # they are what it is for
    assert figures.wrong == []
    assert figures.outcomes.total() == plan.calls
    # It has been a soak: things went wrong, and most calls came through.
    assert figures.faults > plan.calls * plan.fault_rate / 2
    assert len(figures.outcomes) > 5
    assert figures.outcomes["right answers"] > plan.calls * 0.85
    assert figures.repeated["after an answer that asks for it"] > 0
