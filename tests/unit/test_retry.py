"""The retry policy: what is repeated, when, and how often."""

from __future__ import annotations

import itertools
import logging
import math
import pickle
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from wsgiref.handlers import format_date_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper import _errors
from wrapper._headers import Headers
from wrapper._retry import (
    THROTTLING_CODES,
    Attempts,
    RetryStrategy,
)
from wrapper._retry_policy import RetryAction, RetryEvent, RetryPolicy
from wrapper._retry_quota import RetryQuota
from wrapper._server_time import learn_clock_offset, read_retry_after

GIVE_UP, RETRY = RetryAction.GIVE_UP, RetryAction.RETRY
TOO_LATE = (GIVE_UP, "total_timeout reached", 0.0, 0.0, True)
RESIGN, REFRESH = RetryAction.RESIGN, RetryAction.REFRESH_CREDENTIALS
NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z


class Clock:
    """Monotonic seconds that pass only when told to."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


def strategy_of(policy=None, *, clock=None, jitter=lambda: 1.0, quota=None, wall_clock=lambda: NOW):
    return RetryStrategy(
        policy or RetryPolicy(),
        clock=clock or Clock(),
        wall_clock=wall_clock,
        random=jitter,
        quota=quota,
    )


def begin(policy=None, **settings_of_strategy):
    return strategy_of(policy, **settings_of_strategy).begin("an-id")


def service_error(status, code=None, *, kind=_errors.ServiceError, headers=(), message=None):
    return kind(code=code, status_code=status, headers=Headers(headers), message=message)


THROTTLED = service_error(429, "ThrottlingException", kind=_errors.ThrottlingError)
UNAVAILABLE = service_error(503, "ServiceUnavailable", kind=_errors.ServiceUnavailable)
NOT_READY = service_error(429, "ModelNotReadyException", kind=_errors.ModelNotReadyException)
EXPIRED = service_error(403, "ExpiredTokenException", kind=_errors.ExpiredTokenError)


# What is retried


@pytest.mark.parametrize(
    "error",
    [
        THROTTLED,
        service_error(400, "ThrottlingException", kind=_errors.ThrottlingError),
        service_error(400, "SlowDown"),
        service_error(429),
        NOT_READY,
        *[service_error(status) for status in (500, 502, 503, 504, 530)],
        service_error(500, "InternalFailure", kind=_errors.InternalFailure),
        service_error(530, kind=_errors.InternalDependencyException),
        service_error(484, kind=_errors.InternalDependencyException),  # the seed's placeholder
        service_error(408, "RequestTimeout"),
        _errors.ConnectError(),
        _errors.ConnectTimeoutError(),
        _errors.PoolTimeoutError(),
        _errors.WriteTimeoutError(),
        _errors.ProtocolError(possibly_processed=False),  # an idle connection that was closed
    ],
    ids=repr,
)
def test_what_cannot_have_run_or_may_pass_is_retried(error):
    assert begin().after_error(error).action is RETRY


@pytest.mark.parametrize(
    "error",
    [
        *[service_error(status) for status in (400, 401, 403, 404, 408, 409, 413, 422, 501, 505)],
        service_error(400, "ValidationError", kind=_errors.ValidationError),
        service_error(403, "AccessDeniedException", kind=_errors.AccessDeniedError),
        service_error(413, kind=_errors.PayloadTooLargeError),
        service_error(424, "ModelError", kind=_errors.ModelError),
        service_error(483, "ModelError", kind=_errors.ModelError),
        service_error(500, "ModelError", kind=_errors.ModelError),
        _errors.ParameterError(),
        _errors.ConfigurationError(),
        _errors.CredentialsError(),
        _errors.ModelStreamError(),
        _errors.StreamTruncatedError(),
        ValueError(),
    ],
    ids=repr,
)
@pytest.mark.parametrize("retry_timeouts", [False, True])
def test_what_will_fail_again_is_not_retried(error, retry_timeouts):
    attempts = begin(RetryPolicy(retry_timeouts=retry_timeouts))
    assert attempts.after_error(error).action is GIVE_UP
    assert attempts.number == 1


@pytest.mark.parametrize(
    "error", [_errors.ReadTimeoutError(), _errors.ProtocolError(), _errors.TransportError()]
)
def test_what_may_have_run_is_retried_only_when_the_caller_says_so(error):
    assert begin().after_error(error).action is GIVE_UP
    assert begin(RetryPolicy(retry_timeouts=True)).after_error(error).action is RETRY


@settings(deadline=None)
@given(status=st.integers(400, 499), code=st.none() | st.text(max_size=30))
def test_other_client_errors_are_never_retried(status, code):
    if status == 429 or code in THROTTLING_CODES or code == "RequestTimeout":
        return
    assert begin().after_error(service_error(status, code)).action is GIVE_UP


def test_a_transport_error_says_whether_the_model_may_have_run():
    assert not _errors.ConnectError().possibly_processed
    assert _errors.ReadTimeoutError().possibly_processed
    assert _errors.ConnectError(possibly_processed=True).possibly_processed
    error = pickle.loads(pickle.dumps(_errors.ProtocolError("cut", possibly_processed=False)))
    assert not error.possibly_processed


# How often


@pytest.mark.parametrize("max_attempts", [1, 2, 3, 7])
def test_the_limit_counts_the_first_attempt(max_attempts):
    attempts = begin(RetryPolicy(max_attempts=max_attempts))
    for _ in range(max_attempts - 1):
        assert attempts.after_error(UNAVAILABLE).action is RETRY
    assert attempts.after_error(UNAVAILABLE)[:2] == (GIVE_UP, "max_attempts reached")
    assert attempts.number == max_attempts


def test_the_attempts_are_told_to_the_service_and_on_the_error():
    attempts = begin()
    assert attempts.header_values() == ("an-id", "attempt=1; max=3")
    errors = [service_error(503), _errors.ConnectError(), service_error(503)]
    for error in errors:
        attempts.after_error(error)
    assert [error.attempts for error in errors] == [1, 2, 3]
    assert attempts.header_values() == ("an-id", "attempt=3; max=3")


def test_the_values_of_a_policy_are_checked():
    for name, value in [
        ("max_attempts", 0),
        ("max_attempts", 2.0),
        ("max_attempts", True),
        ("retry_timeouts", "no"),
        ("retry_timeouts", 1),
        ("model_not_ready_patience", "x"),
        ("model_not_ready_patience", None),
        ("total_timeout", "x"),
        ("total_timeout", True),
        ("on_retry", "x"),
        ("model_not_ready_patience", -1),
        ("model_not_ready_patience", math.nan),
        ("total_timeout", 0),
        ("total_timeout", math.nan),
    ]:
        with pytest.raises(_errors.ConfigurationError, match=name) as caught:
            RetryPolicy(**{name: value})
        assert caught.value.setting == name


# When


@pytest.mark.parametrize(
    ("error", "ceilings"),
    [
        (UNAVAILABLE, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20]),
        (_errors.ConnectError(), [0.05, 0.1, 0.2]),
        (THROTTLED, [1, 2, 4, 8, 16, 20, 20]),
        (NOT_READY, [1, 2, 4, 8, 16, 20, 20]),
    ],
    ids=repr,
)
@pytest.mark.parametrize("jitter", [0.0, 0.25, 1.0])
def test_the_back_off_doubles_to_its_cap_with_full_jitter(error, ceilings, jitter):
    attempts = begin(RetryPolicy(max_attempts=100), jitter=lambda: jitter)
    delays = [attempts.after_error(error).delay for _ in ceilings]
    assert delays == pytest.approx([jitter * ceiling for ceiling in ceilings])


def test_a_huge_limit_does_not_overflow_the_back_off():
    attempts = begin(RetryPolicy(max_attempts=3000), quota=RetryQuota(10**6))
    assert [attempts.after_error(UNAVAILABLE).delay for _ in range(2000)][-1] == 20


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({}, 1.0),
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"x-amz-retry-after": "0"}, 1.0),
        ({"x-amz-retry-after": "60000"}, 6.0),  # the back-off of 1 s and 5 s more
        ({"x-amz-retry-after": "-1"}, 1.0),
        ({"x-amz-retry-after": "soon"}, 1.0),
        ({"x-amz-retry-after": "9" * 400}, 1.0),  # more than a float holds
        ({"x-amz-retry-after": "1500", "retry-after": "9"}, 1.5),
        ({"x-amz-retry-after": "soon", "retry-after": "9"}, 9.0),
        ({"x-amz-retry-after": "-1", "retry-after": "9"}, 9.0),
        ({"retry-after": "9"}, 9.0),
        ({"retry-after": "0"}, 1.0),
        ({"retry-after": "3600"}, 20.0),
        ({"retry-after": "-5"}, 1.0),
        ({"retry-after": "9, 9"}, 1.0),
        # RFC 9110, section 5.6.7: the three forms of a date, 7 s after the wall clock
        ({"retry-after": "Mon, 21 Sep 2026 14:13:27 GMT"}, 7.0),
        ({"retry-after": "Monday, 21-Sep-26 14:13:27 GMT"}, 7.0),
        ({"retry-after": "Mon Sep 21 14:13:27 2026"}, 7.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:07 GMT"}, 1.0),
        ({"retry-after": "Mon, 99 Sep 2026 14:13:27 GMT"}, 1.0),
        # The answer's own clock counts, whatever this machine's says.
        (
            {
                "retry-after": "Mon, 01 Jan 2001 00:00:12 GMT",
                "date": "Mon, 01 Jan 2001 00:00:00 GMT",
            },
            12.0,
        ),
    ],
    ids=repr,
)
def test_what_the_answer_asks_for_is_honoured_within_bounds(headers, delay):
    error = service_error(429, headers=headers.items())
    assert begin().after_error(error).delay == pytest.approx(delay)


@settings(deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from(["x-amz-retry-after", "retry-after", "date"]),
        st.text(max_size=40)
        | st.from_regex(r"\A[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{2,5} [0-9:]{4,9} GMT\Z"),
    ),
    message=st.none() | st.from_regex(r"\([0-9]{8}T[0-9]{6}Z - 5 min"),
)
def test_no_header_and_no_message_breaks_the_reading_of_times(values, message):
    headers = Headers(values.items())
    seconds, _ = read_retry_after(headers, lambda: NOW)
    assert seconds >= 0
    learn_clock_offset(headers, message, NOW)


@settings(deadline=None)
@given(now=st.integers(0, 4_000_000_000), wait=st.integers(0, 10**6))
def test_a_date_to_retry_after_is_read_as_it_was_written(now, wait):
    headers = Headers([("Retry-After", format_date_time(now + wait))])
    assert read_retry_after(headers, lambda: now) == (wait, False)


# The quota


def test_a_retry_costs_fourteen_tokens_and_a_throttled_one_five():
    quota = RetryQuota()
    begin(quota=quota).after_error(UNAVAILABLE)
    assert quota.available == 500 - 14
    begin(quota=quota).after_error(_errors.ConnectTimeoutError())
    assert quota.available == 500 - 2 * 14
    begin(quota=quota).after_error(THROTTLED)
    assert quota.available == 500 - 2 * 14 - 5


def test_a_success_gives_back_what_its_retry_took_else_one_token():
    quota = RetryQuota()
    attempts = begin(quota=quota)
    attempts.after_error(UNAVAILABLE)
    attempts.after_error(THROTTLED)
    assert quota.available == 500 - 14 - 5
    attempts.succeeded()
    assert quota.available == 500 - 14
    begin(quota=quota).succeeded()
    assert quota.available == 500 - 13


def test_without_tokens_there_is_no_retry():
    quota = RetryQuota(14)
    assert begin(quota=quota).after_error(UNAVAILABLE).action is RETRY
    exhausted = begin(quota=quota).after_error(UNAVAILABLE)
    assert exhausted[:2] == (GIVE_UP, "retry quota exhausted")
    assert quota.available == 0


def test_an_error_that_is_not_retried_for_want_of_tokens_says_so(caplog):
    error = service_error(503)
    with caplog.at_level("INFO", logger="wrapper.retry"):
        begin(quota=RetryQuota(0)).after_error(error)
    (note,) = error.__notes__
    assert note.startswith("Not sent again: the retry quota that this client's calls share is used")
    assert "because retry quota exhausted" in caplog.text


def test_a_retry_that_is_not_made_takes_no_tokens():
    strategy = strategy_of(RetryPolicy(max_attempts=1))
    strategy.begin("id").after_error(UNAVAILABLE)
    begin(RetryPolicy(total_timeout=0.01), quota=strategy.quota).after_error(UNAVAILABLE)
    assert strategy.quota.available == 500


class YieldingQuota(RetryQuota):
    """Lets other threads run between each reading and writing of the count."""

    __slots__ = ("_tokens",)

    @property
    def _available(self):
        tokens = self._tokens
        time.sleep(0)
        return tokens

    @_available.setter
    def _available(self, tokens):
        time.sleep(0)
        self._tokens = tokens


def test_threads_never_take_more_tokens_than_there_are():
    quota = YieldingQuota(500)
    start = threading.Barrier(8)
    seen = []

    def take(cost):
        start.wait()
        taken = 0
        for _ in range(60):
            taken += cost * quota.acquire(cost)
            seen.append(quota.available)
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(take, [5, 14, 5, 14, 5, 14, 5, 14]))
    assert taken == 500 - quota.available
    assert quota.available in range(5)
    assert min(seen) >= 0


def test_threads_lose_no_tokens_that_they_give_back_and_none_beyond_the_capacity():
    quota = YieldingQuota(10_000)
    assert quota.acquire(10_000)

    def give(amount):
        for _ in range(40):
            quota.release(amount)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(give, [14] * 8))
        assert quota.available == 8 * 40 * 14
        list(pool.map(give, [500] * 8))
    assert quota.available == 10_000


# A model that is being loaded


def test_a_model_is_waited_for_as_long_as_patience_lasts_whatever_the_limit():
    clock = Clock()
    attempts = begin(RetryPolicy(max_attempts=2), clock=clock)
    waits = 0
    while (decision := attempts.after_error(NOT_READY)).action is RETRY:
        clock.now += decision.delay
        waits += 1
    assert decision.reason == "model_not_ready_patience reached"
    assert clock.now == 1000 + 360
    assert waits > 15
    assert attempts.header_values()[1] == f"attempt={waits + 1}; max={waits + 1}"


def test_waiting_for_a_model_takes_neither_tokens_nor_retries():
    quota = RetryQuota(14)
    attempts = begin(RetryPolicy(max_attempts=2), quota=quota)
    for _ in range(10):
        assert attempts.after_error(NOT_READY).action is RETRY
    assert attempts.after_error(UNAVAILABLE)[:3:2] == (RETRY, 0.05)
    assert attempts.after_error(NOT_READY).action is RETRY
    assert attempts.after_error(UNAVAILABLE).action is GIVE_UP
    assert quota.available == 0


def test_patience_counts_from_the_first_answer_of_its_kind():
    clock = Clock()
    attempts = begin(RetryPolicy(model_not_ready_patience=10), clock=clock)
    attempts.after_error(UNAVAILABLE)
    clock.now += 100
    assert attempts.after_error(NOT_READY).action is RETRY
    clock.now += 9
    decision = attempts.after_error(NOT_READY)
    assert (decision.action, decision.delay) == (RETRY, 1.0)  # no more than is left of it
    clock.now += 1
    assert attempts.after_error(NOT_READY).action is GIVE_UP


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_a_model_is_not_waited_for_without_patience_or_retries(jitter):
    for policy in (RetryPolicy(model_not_ready_patience=0), RetryPolicy(max_attempts=1)):
        assert begin(policy, jitter=lambda: jitter).after_error(NOT_READY).action is GIVE_UP


# The total timeout


def test_no_wait_is_planned_beyond_the_total_timeout():
    clock = Clock()
    attempts = begin(RetryPolicy(max_attempts=9, total_timeout=4.0), clock=clock)
    assert attempts.remaining() == 4.0
    assert attempts.after_error(THROTTLED).delay == 1.0
    clock.now += 1.0 + 0.5
    assert attempts.remaining() == 2.5
    assert attempts.after_error(THROTTLED).delay == 2.0
    clock.now += 2.0 + 0.4
    assert attempts.after_error(UNAVAILABLE) == TOO_LATE
    clock.now += 1
    assert attempts.remaining() == 0.0


@pytest.mark.parametrize("error", [NOT_READY, EXPIRED, THROTTLED], ids=repr)
def test_nothing_is_repeated_once_the_total_timeout_is_over(error):
    clock = Clock()
    attempts = begin(RetryPolicy(total_timeout=5), clock=clock, jitter=lambda: 0.0)
    clock.now += 5
    assert attempts.after_error(error) == TOO_LATE


@pytest.mark.parametrize(
    "kind",
    [
        *(_errors.ConnectTimeoutError, _errors.ReadTimeoutError),
        *(_errors.WriteTimeoutError, _errors.PoolTimeoutError),
    ],
)
@pytest.mark.parametrize("retry_timeouts", [False, True])
def test_a_phase_that_ends_with_the_call_was_cut_short_by_it(kind, retry_timeouts):
    clock = Clock()
    policy = RetryPolicy(total_timeout=5, retry_timeouts=retry_timeouts)
    attempts = begin(policy, clock=clock, jitter=lambda: 0.0)
    clock.now += 4.99  # less than a timer's tick before
    failure = kind("too slow")
    assert attempts.after_error(failure) == TOO_LATE
    error = attempts.timed_out(failure)
    assert isinstance(error, _errors.TotalTimeoutError)
    assert error.possibly_processed is (kind is _errors.ReadTimeoutError)
    assert error.attempts == 1
    assert str(error) == (
        "the call did not end within its total_timeout of 5 s "
        f"(attempts: 1; the last: {kind.__name__})"
    )


def test_a_phase_that_ends_before_the_call_is_an_error_of_its_own():
    attempts = begin(RetryPolicy(total_timeout=5), clock=Clock())
    assert attempts.after_error(_errors.ReadTimeoutError()).reason == "the model may have run"


def test_an_attempt_that_may_have_reached_the_model_counts_to_the_end():
    clock = Clock()
    policy = RetryPolicy(total_timeout=5, retry_timeouts=True)
    attempts = begin(policy, clock=clock, jitter=lambda: 0.0)
    assert attempts.after_error(_errors.ReadTimeoutError()).action is RETRY
    clock.now += 5
    assert attempts.after_error(UNAVAILABLE) == TOO_LATE
    error = attempts.timed_out(_errors.ServiceUnavailable("busy"))
    assert error.possibly_processed is True
    assert str(error).endswith("(attempts: 2; the last: ServiceUnavailable: busy)")
    unsent = begin(policy).timed_out(None)
    assert (unsent.attempts, unsent.possibly_processed) == (0, False)


def test_a_call_that_has_succeeded_has_no_time_limit_any_more():
    clock = Clock()
    attempts = begin(RetryPolicy(total_timeout=5), clock=clock)
    attempts.succeeded()
    clock.now += 9
    assert attempts.remaining() is None


def test_a_call_has_no_time_limit_unless_one_is_set():
    assert begin().remaining() is None
    assert begin(RetryPolicy(total_timeout=3)).remaining() == 3


# Signatures


def refused(code="InvalidSignatureException", message=None, headers=()):
    return service_error(
        403, code, kind=_errors.AccessDeniedError, message=message, headers=headers
    )


# As in the IAM user guide's page on troubleshooting signatures: the time in parentheses is the
# service's own. In seconds since 1970 it is 1378661700 (17:35:00) and 1378656000 (16:00:00).
EARLIER = (
    "Signature expired: 20130908T171122Z is now earlier than 20130908T173000Z "
    "(20130908T173500Z - 5 min.)"
)
LATER = (
    "Signature not yet current: 20130908T173000Z is still later than 20130908T160500Z "
    "(20130908T160000Z + 5 min.)"
)


@pytest.mark.parametrize(
    ("message", "headers", "offset"),
    [
        (EARLIER, {}, 1378661700 - NOW),
        (LATER, {}, 1378656000 - NOW),
        # The message goes before the header.
        (EARLIER, {"Date": "Mon, 21 Sep 2026 14:13:20 GMT"}, 1378661700 - NOW),
        (None, {"Date": "Mon, 21 Sep 2026 15:13:20 GMT"}, 3600.0),
        ("", {"Date": "Mon, 21 Sep 2026 14:13:20 GMT"}, 0.0),
        ("(20139908T173500Z - 5 min.)", {"Date": "Mon, 21 Sep 2026 14:13:10 GMT"}, -10.0),
        ("(20139908T173500Z - 5 min.)", {}, None),
        (None, {"Date": "yesterday"}, None),
        (None, {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}, None),
        ("(99991231T235959Z - 5 min.)", {}, None),
        ("(00010101T000000Z - 5 min.)", {}, None),
        (None, {}, None),
    ],
)
def test_the_clock_offset_is_learnt_from_the_message_or_the_date(message, headers, offset):
    assert learn_clock_offset(Headers(headers.items()), message, NOW) == offset


@pytest.mark.parametrize(
    "code",
    [
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "RequestTimeTooSkewed",
        "RequestExpired",
        "RequestInTheFuture",
    ],
)
def test_a_wrong_clock_is_corrected_once_and_at_once(code):
    quota = RetryQuota()
    attempts = begin(RetryPolicy(max_attempts=1), quota=quota)
    error = refused(code, headers={"Date": format_date_time(NOW + 900)}.items())
    decision = attempts.after_error(error)
    assert decision[0] is RESIGN
    assert decision[2:4] == (0.0, 900.0)
    assert attempts.number == 2
    assert attempts.after_error(error).action is GIVE_UP
    assert quota.available == 500


@pytest.mark.parametrize(
    ("skew", "clock_offset", "action"),
    [
        (239, 0, GIVE_UP),
        (-239, 0, GIVE_UP),
        (240, 0, RESIGN),
        (-240, 0, RESIGN),
        (3600, 3600, GIVE_UP),  # the offset was right: the key is wrong
        (0, 3600, RESIGN),  # this machine's clock was set right meanwhile
    ],
)
def test_a_refused_signature_is_blamed_on_the_clock_from_four_minutes(skew, clock_offset, action):
    error = refused(headers={"Date": format_date_time(NOW + skew)}.items())
    decision = begin().after_error(error, clock_offset=clock_offset)
    assert decision.action is action
    assert decision.clock_offset == (skew if action is RESIGN else 0.0)


def test_a_refused_permission_is_not_blamed_on_the_clock():
    late = {"Date": format_date_time(NOW + 9999)}.items()
    for code in ("AccessDeniedException", "UnrecognizedClientException", None):
        assert begin().after_error(refused(code, headers=late)).action is GIVE_UP


def test_expired_credentials_are_refreshed_once():
    quota = RetryQuota()
    attempts = begin(RetryPolicy(max_attempts=1), quota=quota)
    assert attempts.after_error(EXPIRED)[:3:2] == (REFRESH, 0.0)
    assert attempts.after_error(EXPIRED).action is GIVE_UP
    assert quota.available == 500
    assert begin().after_error(service_error(400, "ExpiredToken")).action is REFRESH


# Telling


def test_the_hook_is_told_of_each_repetition():
    events = []
    attempts = begin(RetryPolicy(on_retry=events.append))
    for error in (UNAVAILABLE, EXPIRED, THROTTLED, UNAVAILABLE):
        attempts.after_error(error)
    assert events == [
        RetryEvent(1, 3, RETRY, 0.05, UNAVAILABLE, "an-id"),
        RetryEvent(2, 3, REFRESH, 0.0, EXPIRED, "an-id"),
        RetryEvent(3, 3, RETRY, 2.0, THROTTLED, "an-id"),
    ]


def test_an_error_of_the_hook_ends_the_call():
    def hook(event):
        raise KeyError(event.attempt)

    with pytest.raises(KeyError):
        begin(RetryPolicy(on_retry=hook)).after_error(UNAVAILABLE)


def test_what_is_logged_has_the_facts_and_nothing_secret(caplog):
    caplog.set_level(logging.DEBUG, "wrapper.retry")
    error = _errors.ServiceUnavailable(
        "a text with a secret",
        code="Service\nUnavailable",
        message="a secret",
        status_code=503,
        request_id="r-1",
        headers=Headers([("x-amzn-sagemaker-custom-attributes", "secret")]),
    )
    attempts = begin()
    attempts.after_error(error)
    attempts.after_error(_errors.ReadTimeoutError("secret"))
    (name, retry_level, retry), (_, give_up_level, give_up) = caplog.record_tuples
    assert (name, retry_level, give_up_level) == ("wrapper.retry", logging.INFO, logging.DEBUG)
    assert retry == (
        "attempt 1 of 3 failed (ServiceUnavailable 'Service\\nUnavailable' 503, request id 'r-1'): "
        "retry, because it may pass; next in 0.050 s; invocation id an-id"
    )
    assert give_up == (
        "attempt 2 of 3 failed (ReadTimeoutError): give up, because the model may have run; "
        "invocation id an-id"
    )


def hook_of_a_module(event):
    """What can be pickled as a hook."""


def test_policies_strategies_and_events_can_be_pickled():
    policy = RetryPolicy(max_attempts=5, retry_timeouts=True, on_retry=hook_of_a_module)
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert hash(policy) == hash(pickle.loads(pickle.dumps(policy)))
    strategy = RetryStrategy(
        policy, clock=time.monotonic, wall_clock=time.time, random=random.random
    )
    strategy.begin("id").after_error(THROTTLED)
    copy = pickle.loads(pickle.dumps(strategy))
    assert copy.policy == policy
    assert copy.quota.available == 500
    assert copy.begin("id").after_error(THROTTLED).action is RETRY
    event = RetryEvent(1, 3, RETRY, 0.5, UNAVAILABLE, "id")
    assert pickle.loads(pickle.dumps(event)).error.status_code == 503


# Whole calls


failures = st.sampled_from(
    [
        THROTTLED,
        UNAVAILABLE,
        NOT_READY,
        EXPIRED,
        service_error(503, headers=[("retry-after", "100")]),
        service_error(429, headers=[("x-amz-retry-after", "100000")]),
        refused(headers=[("date", format_date_time(NOW + 7200))]),
        _errors.ConnectError(),
        _errors.ReadTimeoutError(),
        _errors.ProtocolError(possibly_processed=False),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    policy=st.builds(
        RetryPolicy,
        max_attempts=st.integers(1, 6),
        retry_timeouts=st.booleans(),
        model_not_ready_patience=st.sampled_from([0, 1, 30, 360]),
        total_timeout=st.none() | st.floats(0.01, 600),
    ),
    jitter=st.randoms(use_true_random=False),
    capacity=st.sampled_from([0, 5, 20, 500]),
    calls=st.lists(
        st.lists(st.tuples(failures, st.floats(0, 30)), max_size=40), min_size=1, max_size=4
    ),
)
def test_no_call_breaks_a_limit(policy, jitter, capacity, calls):
    clock, quota = Clock(), RetryQuota(capacity)
    strategy = strategy_of(policy, clock=clock, jitter=jitter.random, quota=quota)
    for outcomes in calls:
        began = clock.now
        first_not_ready = None
        offset = 0.0
        actions = []
        attempts = strategy.begin("an-id")
        for error, duration in outcomes:
            clock.now += duration
            if error is NOT_READY and first_not_ready is None:
                first_not_ready = clock.now
            before = quota.available
            decision = attempts.after_error(error, clock_offset=offset)
            offset = decision.clock_offset or offset
            assert 0 <= quota.available <= before <= capacity
            if decision.action is GIVE_UP:
                assert quota.available == before
                break
            waits_for_model = error is NOT_READY
            actions.append((decision.action, waits_for_model))
            assert 0 <= decision.delay <= 25
            clock.now += decision.delay
            if policy.total_timeout is not None:
                assert clock.now < began + policy.total_timeout
            if waits_for_model:
                assert clock.now <= first_not_ready + policy.model_not_ready_patience + 1e-9
            else:
                assert (quota.available < before) == (decision.action is RETRY)
        else:
            attempts.succeeded()
        assert actions.count((RETRY, False)) <= policy.max_attempts - 1
        assert actions.count((RESIGN, False)) <= 1
        assert actions.count((REFRESH, False)) <= 1
        assert attempts.number == 1 + len(actions)
        assert isinstance(attempts, Attempts)


def test_a_call_ends_even_when_every_answer_is_an_error_forever():
    clock = Clock()
    attempts = begin(RetryPolicy(max_attempts=4), clock=clock)
    late = [("date", format_date_time(NOW + 7200))]
    for error in itertools.cycle([NOT_READY, THROTTLED, EXPIRED, refused(headers=late)]):
        decision = attempts.after_error(error)
        if decision.action is GIVE_UP:
            break
        clock.now += decision.delay
    assert attempts.number <= 4 + 2 + 20
