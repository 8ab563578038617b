import enum
from collections.abc import Callable
from wrapper._values import Value

__all__ = ['RetryAction', 'RetryEvent', 'RetryPolicy']

class RetryAction(enum.Enum):
    GIVE_UP = 'give up'
    RETRY = 'retry'
    RESIGN = 'sign again with the corrected clock'
    REFRESH_CREDENTIALS = 'refresh the credentials and sign again'

class RetryEvent(Value):
    attempt: int
    max_attempts: int
    action: RetryAction
    delay: float
    error: Exception
    invocation_id: str

class RetryPolicy(Value):
    max_attempts: int = 3
    retry_timeouts: bool = False
    model_not_ready_patience: float = 360.0
    total_timeout: float | None = None
    on_retry: Callable[[RetryEvent], None] | None = None
