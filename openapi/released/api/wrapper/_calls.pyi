from _typeshed import Incomplete
from collections.abc import Generator, Mapping
from typing import TypeAlias
from wrapper._credentials import Credentials
from wrapper._endpoints import Endpoint
from wrapper._http import Request
from wrapper._operations import Operation
from wrapper._retry import RetryStrategy
from wrapper._timeouts import Timeout, TimeoutLike
from wrapper._values import Value

__all__ = ['FetchCredentials', 'Effect', 'ClockOffset', 'CallSettings', 'call']

class FetchCredentials:
    refused: Incomplete
    def __init__(self, refused: Credentials | None = None) -> None: ...
Effect: TypeAlias = Request | FetchCredentials | float

class ClockOffset:
    seconds: float
    def __init__(self) -> None: ...

class CallSettings(Value):
    endpoint: Endpoint
    user_agent: str
    timeout: Timeout
    retries: RetryStrategy
    clock_offset: ClockOffset

def call(settings: CallSettings, operation: Operation, values: Mapping[str, object], body: bytes | None, timeout: TimeoutLike | None) -> Generator[Effect, object, tuple[object, int]]: ...
