"""When to send a request again: AWS's standard retry mode, fitted to inference.

Sans-I/O: clocks and the random source are passed in, and the caller does the sleeping, signing and
sending. One `RetryStrategy` serves a client, one `Attempts` a call:

    attempts = strategy.begin(invocation_id)
    while True:
        try:
            result = send(sign(request, attempts.header_values(), clock_offset))
        except SageMakerRuntimeError as error:
            decision = attempts.after_error(error, clock_offset=clock_offset)
            if decision.is_too_late:
                raise attempts.timed_out(error) from error
            if decision.action is RetryAction.GIVE_UP:
                raise
            if decision.action is RetryAction.RESIGN:
                clock_offset = decision.clock_offset
            elif decision.action is RetryAction.REFRESH_CREDENTIALS:
                refresh_credentials()
            sleep(decision.delay)
        else:
            attempts.succeeded()
            return result

The standard mode: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html;
what differs from it, and why: `docs/design/retries.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wrapper._errors import (
    ConnectTimeoutError,
    ExpiredTokenError,
    ModelError,
    ModelNotReadyException,
    PoolTimeoutError,
    ReadTimeoutError,
    ServiceError,
    ThrottlingError,
    TotalTimeoutError,
    TransportError,
    WriteTimeoutError,
)
from wrapper._retry_policy import RetryAction, RetryEvent, RetryPolicy
from wrapper._retry_quota import RetryQuota
from wrapper._server_time import learn_clock_offset, read_retry_after

__all__ = [
    "ATTEMPT_HEADERS",
    "THROTTLING_CODES",
    "Attempts",
    "Decision",
    "RetryStrategy",
]

ATTEMPT_HEADERS = ("amz-sdk-invocation-id", "amz-sdk-request")
"""What AWS's SDKs send with every attempt: the id of the call, and which attempt of how many."""

THROTTLING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Error codes that mean "too many requests", whatever the status."""

# The service did not get the whole request in time, so nothing ran.
_TRANSIENT_CODES = frozenset({"RequestTimeout", "RequestTimeoutException"})
_EXPIRED_TOKEN_CODES = frozenset({"ExpiredToken", "ExpiredTokenException"})
# As in the AWS SDK for JavaScript (`CLOCK_SKEW_ERROR_CODES`).
_CLOCK_SKEW_CODES = frozenset(
    {
        "AuthFailure",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
# Signatures are refused at five minutes; below four the clock is not the cause.
_CLOCK_SKEW_THRESHOLD = 240.0

_RETRY_COST = 14
_THROTTLING_COST = 5
_SUCCESS_REFILL = 1
_TRANSIENT_BASE = 0.05
_THROTTLING_BASE = 1.0
_MAX_BACKOFF = 20.0
_AMZ_RETRY_AFTER_EXTRA = 5.0  # `x-amz-retry-after` adds no more than this to the back-off


_TIMEOUTS = (ConnectTimeoutError, ReadTimeoutError, WriteTimeoutError, PoolTimeoutError)
_CLOCK_TICK = 0.016  # a wait may end as much too early: the coarsest clock in use, that of Windows


class Decision(NamedTuple):
    """What to do after a failed attempt.

    Attributes:
        action: Every action but `GIVE_UP` means another attempt, signed anew.
        reason: Why, for logs.
        delay: Seconds to wait before the next attempt.
        clock_offset: With `RESIGN`: the seconds to add to this machine's clock when signing.
        is_too_late: With `GIVE_UP`: it is `total_timeout` that ends the call.
    """

    action: RetryAction
    reason: str
    delay: float = 0.0
    clock_offset: float = 0.0
    is_too_late: bool = False


class RetryStrategy:
    """A policy at work in one client: with the quota that its calls share. Thread-safe.

    Args:
        policy: What the user chose.
        clock: Monotonic seconds, for time limits.
        wall_clock: Seconds since 1970, for the dates in answers.
        random: Returns a number from 0 up to 1, for jitter.
        quota: The tokens to share; a new, full one by default.
    """

    __slots__ = ("clock", "policy", "quota", "random", "wall_clock")

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        random: Callable[[], float],
        quota: RetryQuota | None = None,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self.wall_clock = wall_clock
        self.random = random
        self.quota = RetryQuota() if quota is None else quota

    def begin(self, invocation_id: str) -> Attempts:
        """Begin a call.

        Args:
            invocation_id: A fresh UUID, sent as `amz-sdk-invocation-id` with every attempt.
        """
        total = self.policy.total_timeout
        return Attempts(self, invocation_id, None if total is None else self.clock() + total)

    def with_policy(self, policy: RetryPolicy) -> RetryStrategy:
        """Return a strategy that follows another policy and shares this one's quota."""
        return RetryStrategy(
            policy,
            clock=self.clock,
            wall_clock=self.wall_clock,
            random=self.random,
            quota=self.quota,
        )


class Attempts:
    """The attempts of one call. Not to be shared between calls or threads.

    Attributes:
        number: The number of the present attempt; the first is 1.
        invocation_id: The value of `amz-sdk-invocation-id`, the same for all attempts.
    """

    __slots__ = (
        "_cost",
        "_deadline",
        "_not_ready_since",
        "_not_ready_waits",
        "_possibly_processed",
        "_refreshed",
        "_resigned",
        "_retries",
        "_strategy",
        "invocation_id",
        "number",
    )

    def __init__(self, strategy: RetryStrategy, invocation_id: str, deadline: float | None) -> None:
        self.number = 1
        self.invocation_id = invocation_id
        self._strategy = strategy
        self._deadline = deadline
        self._retries = 0
        self._cost = _SUCCESS_REFILL  # what a success gives back
        self._not_ready_since: float | None = None
        self._not_ready_waits = 0
        self._possibly_processed = False
        self._resigned = False
        self._refreshed = False

    def header_values(self) -> tuple[str, str]:
        """Return the values of `ATTEMPT_HEADERS`, which tell the service which attempt this is."""
        # Repetitions that do not count can lead past the limit.
        limit = max(self.number, self._strategy.policy.max_attempts)
        return self.invocation_id, f"attempt={self.number}; max={limit}"

    def remaining(self) -> float | None:
        """Return the seconds left for the call, 0 at least; None when it has no limit (any more).

        Once an attempt has succeeded there is none: a response stream is read in its own time.
        """
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - self._strategy.clock())

    def succeeded(self) -> None:
        """Note that the attempt succeeded: the tokens of its retry return to the quota."""
        self._strategy.quota.release(self._cost)
        self._deadline = None

    def timed_out(self, failure: Exception | None) -> TotalTimeoutError:
        """Return the error for a call that `total_timeout` ends.

        Args:
            failure: What the last attempt raised; None when time was over before it was sent.
        """
        made = self.number if failure is not None else self.number - 1
        last = "" if failure is None else f"; the last: {type(failure).__name__}"
        if not isinstance(failure, _TIMEOUTS):  # they name a limit that is only what was left
            last += "" if failure is None else f": {failure}"
        return TotalTimeoutError(
            f"the call did not end within its total_timeout of "
            f"{self._strategy.policy.total_timeout} s (attempts: {made}{last})",
            attempts=made,
            possibly_processed=self._possibly_processed,
        )

    def after_error(self, error: Exception, *, clock_offset: float = 0.0) -> Decision:
        """Decide what follows a failed attempt; unless it is to give up, the next one is begun.

        Sets the `attempts` of an error of the service or the transport.

        Args:
            error: What the attempt raised.
            clock_offset: The seconds added to this machine's clock when the attempt was signed.
        """
        if isinstance(error, ServiceError | TransportError):
            error.attempts = self.number
        decision = self._decide(error, clock_offset)
        self._log(error, decision)
        if decision.action is not RetryAction.GIVE_UP:
            policy = self._strategy.policy
            if policy.on_retry is not None:
                policy.on_retry(
                    RetryEvent(
                        attempt=self.number,
                        max_attempts=policy.max_attempts,
                        action=decision.action,
                        delay=decision.delay,
                        error=error,
                        invocation_id=self.invocation_id,
                    )
                )
            self.number += 1
        return decision

    def _decide(self, error: Exception, clock_offset: float) -> Decision:
        if isinstance(error, TransportError):
            self._possibly_processed = self._possibly_processed or error.possibly_processed
            if isinstance(error, _TIMEOUTS) and self._is_too_late(_CLOCK_TICK):
                return _TOO_LATE  # the phase was cut short
            if error.possibly_processed and not self._strategy.policy.retry_timeouts:
                return _give_up("the model may have run")
            return self._retry(error, _TRANSIENT_BASE, _RETRY_COST)
        if not isinstance(error, ServiceError) or isinstance(error, ModelError):
            return _give_up("not retryable")
        if isinstance(error, ModelNotReadyException):
            return self._wait_until_ready(error)
        if isinstance(error, ExpiredTokenError) or error.code in _EXPIRED_TOKEN_CODES:
            return self._refresh_credentials()
        if error.code in _CLOCK_SKEW_CODES:
            return self._resign(error, clock_offset)
        if (
            isinstance(error, ThrottlingError)
            or error.status_code == 429
            or error.code in THROTTLING_CODES
        ):
            return self._retry(error, _THROTTLING_BASE, _THROTTLING_COST)
        if error.is_retryable or error.code in _TRANSIENT_CODES:
            return self._retry(error, _TRANSIENT_BASE, _RETRY_COST)
        return _give_up("not retryable")

    def _retry(self, error: ServiceError | TransportError, base: float, cost: int) -> Decision:
        if self._retries + 1 >= self._strategy.policy.max_attempts:
            return _give_up("max_attempts reached")
        delay = self._delay(error, base, self._retries)
        if self._is_too_late(delay):
            return _TOO_LATE
        if not self._strategy.quota.acquire(cost):
            error.add_note(
                "Not sent again: the retry quota that this client's calls share is used up, as in "
                "an outage; successful calls refill it."
            )
            return _QUOTA_EXHAUSTED
        self._retries += 1
        self._cost = cost
        return Decision(RetryAction.RETRY, "it may pass", delay)

    def _wait_until_ready(self, error: ModelNotReadyException) -> Decision:
        # Takes no tokens: the service is well, and a hundred calls may wait for the same model.
        policy = self._strategy.policy
        if policy.max_attempts == 1:
            return _give_up("max_attempts reached")
        now = self._strategy.clock()
        if self._not_ready_since is None:
            self._not_ready_since = now
        left = self._not_ready_since + policy.model_not_ready_patience - now
        if left <= 0:
            return _give_up("model_not_ready_patience reached")
        delay = min(self._delay(error, _THROTTLING_BASE, self._not_ready_waits), left)
        if self._is_too_late(delay):
            return _TOO_LATE
        self._not_ready_waits += 1
        return Decision(RetryAction.RETRY, "the model is being loaded", delay)

    def _refresh_credentials(self) -> Decision:
        if self._refreshed:
            return _give_up("the credentials have expired")
        if self._is_too_late(0.0):
            return _TOO_LATE
        self._refreshed = True
        return Decision(RetryAction.REFRESH_CREDENTIALS, "the credentials have expired")

    def _resign(self, error: ServiceError, clock_offset: float) -> Decision:
        offset = learn_clock_offset(error.headers, error.message, self._strategy.wall_clock())
        if offset is None or abs(offset - clock_offset) < _CLOCK_SKEW_THRESHOLD:
            return _give_up("the signature was refused, and not for the clock")
        if self._resigned:
            return _give_up("the signature was refused")
        if self._is_too_late(0.0):
            return _TOO_LATE
        self._resigned = True
        return Decision(RetryAction.RESIGN, "this machine's clock is wrong", 0.0, offset)

    def _delay(self, error: ServiceError | TransportError, base: float, waits: int) -> float:
        """Return the back-off, raised to what the answer asks for within bounds."""
        strategy = self._strategy
        # The exponent's bound keeps a large count from overflowing; the cap is reached before.
        delay = strategy.random() * min(base * 2.0 ** min(waits, 16), _MAX_BACKOFF)
        if isinstance(error, TransportError):
            return delay
        asked, is_amz = read_retry_after(error.headers, strategy.wall_clock)
        limit = delay + _AMZ_RETRY_AFTER_EXTRA if is_amz else _MAX_BACKOFF
        return max(delay, min(asked, limit))

    def _is_too_late(self, delay: float) -> bool:
        return self._deadline is not None and self._strategy.clock() + delay >= self._deadline

    def _log(self, error: Exception, decision: Decision) -> None:
        import logging

        logger = logging.getLogger("wrapper.retry")
        is_last = decision.action is RetryAction.GIVE_UP
        level = logging.DEBUG if is_last and decision is not _QUOTA_EXHAUSTED else logging.INFO
        if not logger.isEnabledFor(level):
            return
        facts = type(error).__name__  # not its text, which may repeat parts of the request
        if isinstance(error, ServiceError):
            facts += f" {error.code!r} {error.status_code}, request id {error.request_id!r}"
        next_attempt = "" if is_last else f"next in {decision.delay:.3f} s; "
        logger.log(
            level,
            "attempt %d of %d failed (%s): %s, because %s; %sinvocation id %s",
            self.number,
            self._strategy.policy.max_attempts,
            facts,
            decision.action.value,
            decision.reason,
            next_attempt,
            self.invocation_id,
        )


_QUOTA_EXHAUSTED = Decision(RetryAction.GIVE_UP, "retry quota exhausted")
_TOO_LATE = Decision(RetryAction.GIVE_UP, "total_timeout reached", is_too_late=True)


def _give_up(reason: str) -> Decision:
    return Decision(RetryAction.GIVE_UP, reason)
