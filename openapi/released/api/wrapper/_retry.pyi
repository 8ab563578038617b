import attrs
import enum
from _typeshed import Incomplete
from collections.abc import Callable
from typing import NamedTuple
from wrapper._retry_quota import RetryQuota

__all__ = ['THROTTLING_CODES', 'RetryAction', 'Decision', 'RetryEvent', 'RetryPolicy', 'RetryStrategy', 'Attempts']

THROTTLING_CODES: Incomplete

class RetryAction(enum.Enum):
    GIVE_UP = 'give up'
    RETRY = 'retry'
    RESIGN = 'sign again with the corrected clock'
    REFRESH_CREDENTIALS = 'refresh the credentials and sign again'

class Decision(NamedTuple):
    action: RetryAction
    reason: str
    delay: float = ...
    clock_offset: float = ...

@attrs.frozen
class RetryEvent:
    attempt: int
    max_attempts: int
    action: RetryAction
    delay: float
    error: Exception
    invocation_id: str

@attrs.frozen
class RetryPolicy:
    max_attempts: int = ...
    retry_timeouts: bool = ...
    model_not_ready_patience: float = ...
    total_timeout: float | None = ...
    on_retry: Callable[[RetryEvent], None] | None = ...
    def __attrs_post_init__(self) -> None: ...

class RetryStrategy:
    policy: Incomplete
    clock: Incomplete
    wall_clock: Incomplete
    random: Incomplete
    quota: Incomplete
    def __init__(self, policy: RetryPolicy, *, clock: Callable[[], float], wall_clock: Callable[[], float], random: Callable[[], float], quota: RetryQuota | None = None) -> None: ...
    def begin(self, invocation_id: str, *, retry_timeouts: bool | None = None, total_timeout: float | None = None) -> Attempts: ...

class Attempts:
    number: int
    invocation_id: Incomplete
    def __init__(self, strategy: RetryStrategy, invocation_id: str, retry_timeouts: bool, deadline: float | None) -> None: ...
    def headers(self) -> dict[str, str]: ...
    def remaining(self) -> float | None: ...
    def succeeded(self) -> None: ...
    def after_error(self, error: Exception, *, clock_offset: float = 0.0) -> Decision: ...
