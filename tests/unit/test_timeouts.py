"""Timeouts: what is accepted, and what each phase gets, through both clients."""

from __future__ import annotations

import pickle
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faces import Face, Recorder
from wrapper import ParameterError, Timeout

YEAR = 365 * 24 * 3600
seconds = st.one_of(st.none(), st.floats(0.001, YEAR), st.integers(1, YEAR))


def phases(face: Face, client_timeout=None, call_timeout=None, operation="invoke_endpoint"):
    """Connect, read, write and pool, as the transport is told."""
    through = Recorder()
    face.call(
        {"transport": through, "timeout": client_timeout}, operation, "e", body=b"",
        timeout=call_timeout,
    )  # fmt: skip
    told = through.last.extensions["timeout"]
    return tuple(told[name] for name in ("connect", "read", "write", "pool"))


def test_the_defaults_suit_the_service(face):
    assert phases(face) == (5, 70, 70, 70)
    assert Timeout() == Timeout(connect=5, read=70, write=70, pool=70)


@pytest.mark.parametrize(
    "operation",
    ["invoke_endpoint", "invoke_endpoint_async", "invoke_endpoint_with_response_stream"],
)
def test_a_call_may_have_its_own(face, operation):
    assert phases(face, 3, operation=operation) == (3, 3, 3, 3)
    assert phases(face, 3, 2.5, operation=operation) == (2.5, 2.5, 2.5, 2.5)
    assert phases(face, 3, Timeout(read=600), operation=operation) == (5, 600, 70, 70)


@given(seconds, seconds, seconds, seconds)
def test_a_timeout_is_ours_or_one_of_httpx(face, connect, read, write, pool):
    theirs = httpx.Timeout(connect=connect, read=read, write=write, pool=pool)
    ours = Timeout(connect=connect, read=read, write=write, pool=pool)
    for given_timeout in (ours, theirs):
        assert phases(face, given_timeout) == (connect, read, write, pool)
        assert phases(face, None, given_timeout) == (connect, read, write, pool)
    assert pickle.loads(pickle.dumps(ours)) == ours


def test_no_limit_is_none_in_a_timeout(face):
    assert phases(face, httpx.Timeout(None)) == (None, None, None, None)
    assert phases(face, Timeout(read=None)) == (5, None, 70, 70)


@pytest.mark.parametrize(
    "wrong",
    [
        *(0, -1, 0.0, float("nan"), float("inf"), 1e300, YEAR + 1),
        *(True, False, "5", b"5", (5, 60), [5], {"read": 5}),
        *(timedelta(seconds=5), Decimal(5), object(), Timeout),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_time_is_refused(face, wrong):
    for options, call in (({"timeout": wrong}, None), ({}, wrong)):
        through = Recorder()
        with pytest.raises(ParameterError, match=r"^timeout: .* is not ") as caught:
            face.call({"transport": through, **options}, "invoke_endpoint", "e", b"", timeout=call)
        assert caught.value.parameter == "timeout"
        assert through.requests == []


@pytest.mark.parametrize("phase", ["connect", "read", "write", "pool"])
def test_a_wrong_phase_is_named(phase):
    with pytest.raises(ParameterError, match=f"^timeout: {phase}=-1 is not a positive number"):
        Timeout(**{phase: -1})


def test_a_timeout_does_not_change():
    with pytest.raises(AttributeError):
        Timeout().read = 5
