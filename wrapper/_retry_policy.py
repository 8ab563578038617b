"""What a user says of retries, and is told of each."""

from __future__ import annotations

import enum
from collections.abc import Callable

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
    """A failed attempt that another follows, as `RetryPolicy.on_retry` is told.

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
        retry_timeouts: Retry also after a read timeout, or a connection lost after the request
            was sent: the model may then run twice.
        model_not_ready_patience: For how many seconds a call is repeated while the answer is
            `ModelNotReadyException`, counted from the first; 0 raises it at once. A multi-model
            endpoint can take six minutes to load a model, hence the default of 360.
        total_timeout: Seconds for a call with all its attempts and waits, then
            `TotalTimeoutError`; for a response stream, until it is open. None means no limit.
        on_retry: Called before each repetition. An exception that it raises ends the call. Refused
            credentials are refreshed afterwards: when there are no newer ones, nothing is repeated.

    Raises:
        ConfigurationError: A number is out of range.
    """

    max_attempts: int = 3
    retry_timeouts: bool = False
    model_not_ready_patience: float = 360.0
    total_timeout: float | None = None
    on_retry: Callable[[RetryEvent], None] | None = None

    def _check(self) -> None:
        if not isinstance(self.max_attempts, int) or self.max_attempts < 1:
            raise _out_of_range("max_attempts", "a whole number from 1", self.max_attempts)
        if not self.model_not_ready_patience >= 0:
            raise _out_of_range(
                "model_not_ready_patience", "seconds from 0", self.model_not_ready_patience
            )
        if self.total_timeout is not None and not self.total_timeout > 0:
            raise _out_of_range("total_timeout", "seconds above 0, or None", self.total_timeout)


def _out_of_range(setting: str, accepted: str, value: object) -> ConfigurationError:
    return ConfigurationError(f"{setting} must be {accepted}, not {value!r}", setting=setting)
