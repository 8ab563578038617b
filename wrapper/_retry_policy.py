"""What a user sets for retries, and is told about each one."""

from __future__ import annotations

import enum
from collections.abc import Callable
from types import UnionType

from wrapper._errors import ConfigurationError
from wrapper._values import Value

__all__ = ["RetryAction", "RetryEvent", "RetryPolicy"]


class RetryAction(enum.Enum):
    """What to do after a failed attempt."""

    GIVE_UP = "give up"
    RETRY = "retry"
    RESIGN = "sign again with the corrected clock"
    REFRESH_CREDENTIALS = "refresh the credentials and sign again"


class RetryEvent(Value):
    """A failed attempt that another follows, as passed to `RetryPolicy.on_retry`.

    Attributes:
        attempt: The number of the attempt that failed; the first is 1.
        max_attempts: The policy's limit.
        action: What comes next.
        delay: Seconds until the next attempt.
        error: The failure.
        invocation_id: The call's id, the same for all its attempts.
    """

    attempt: int
    max_attempts: int
    action: RetryAction
    delay: float
    error: Exception
    invocation_id: str


class RetryPolicy(Value):
    """How a client repeats failed calls. Immutable; can be shared by clients.

    Throttling, 500, 502, 503, 504, 530 and failures to connect are retried, with exponential
    back-off and full jitter. A failure after which the model may have run, such as a read timeout,
    is not, unless the caller says so.

    Attributes:
        max_attempts: How many times a call is tried, the first included; 1 turns retries off. Not
            counted: one repetition with a corrected clock and one with refreshed credentials,
            both after the service refused the signature, and those of `model_not_ready_patience`.
        retry_timeouts: Also retry after a read timeout, or a connection lost after the request
            was sent: the model may then run twice.
        model_not_ready_patience: For how many seconds a call is repeated while the answer is
            `ModelNotReadyException`, from the first such answer; 0 raises it at once. A multi-model
            endpoint can take six minutes to load a model, hence the default of 360.
        total_timeout: Seconds for a call with all its attempts and waits, then
            `TotalTimeoutError`; for a response stream, until it is open. None means no limit.
        on_retry: Called before each repetition. An exception that it raises ends the call. Refused
            credentials are refreshed after it returns: if there are no newer ones, nothing is
            repeated.

    Raises:
        ConfigurationError: A value is of the wrong type, or out of range.
    """

    max_attempts: int = 3
    retry_timeouts: bool = False
    model_not_ready_patience: float = 360.0
    total_timeout: float | None = None
    on_retry: Callable[[RetryEvent], None] | None = None

    def _check(self) -> None:
        patience, total = self.model_not_ready_patience, self.total_timeout
        if not _is_number(self.max_attempts, int) or self.max_attempts < 1:
            accepted = "a whole number from 1, which turns retries off"
            raise _refused("max_attempts", accepted, self.max_attempts)
        if not isinstance(self.retry_timeouts, bool):
            raise _refused("retry_timeouts", "True or False", self.retry_timeouts)
        if not _is_number(patience, int | float) or not patience >= 0:
            raise _refused("model_not_ready_patience", "seconds from 0", patience)
        if total is not None and not (_is_number(total, int | float) and total > 0):
            raise _refused("total_timeout", "seconds above 0, or None", total)
        if self.on_retry is not None and not callable(self.on_retry):
            raise _refused("on_retry", "a function of a RetryEvent, or None", self.on_retry)


def _is_number(value: object, kind: type | UnionType) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _refused(setting: str, accepted: str, value: object) -> ConfigurationError:
    return ConfigurationError(f"{setting} must be {accepted}, not {value!r}", setting=setting)
