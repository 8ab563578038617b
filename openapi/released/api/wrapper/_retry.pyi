from _typeshed import Incomplete
from collections.abc import Callable
from typing import NamedTuple
from wrapper._errors import TotalTimeoutError
from wrapper._retry_policy import RetryAction, RetryPolicy
from wrapper._retry_quota import RetryQuota

__all__ = ['THROTTLING_CODES', 'Decision', 'RetryStrategy', 'Attempts']

THROTTLING_CODES: Incomplete

class Decision(NamedTuple):
    action: RetryAction
    reason: str
    delay: float = 0.0
    clock_offset: float = 0.0
    is_too_late: bool = False

class RetryStrategy:
    policy: Incomplete
    clock: Incomplete
    wall_clock: Incomplete
    random: Incomplete
    quota: Incomplete
    def __init__(self, policy: RetryPolicy, *, clock: Callable[[], float], wall_clock: Callable[[], float], random: Callable[[], float], quota: RetryQuota | None = None) -> None: ...
    def begin(self, invocation_id: str) -> Attempts: ...
    def with_policy(self, policy: RetryPolicy) -> RetryStrategy: ...

class Attempts:
    number: int
    invocation_id: Incomplete
    def __init__(self, strategy: RetryStrategy, invocation_id: str, deadline: float | None) -> None: ...
    def headers(self) -> dict[str, str]: ...
    def remaining(self) -> float | None: ...
    def succeeded(self) -> None: ...
    def timed_out(self, failure: Exception | None) -> TotalTimeoutError: ...
    def after_error(self, error: Exception, *, clock_offset: float = 0.0) -> Decision: ...
