import attrs
from _typeshed import Incomplete
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Final, TypeAlias, TypeVar
from wrapper._endpoints import Endpoint
from wrapper._http import Answer, AsyncOpenAnswer, OpenAnswer, Request
from wrapper._operations import Operation
from wrapper._timeouts import Timeout, TimeoutLike

__all__ = ['FetchCredentials', 'FETCH_CREDENTIALS', 'Effect', 'Call', 'CallSettings', 'call']

AnswerT = TypeVar('AnswerT', Answer, OpenAnswer, AsyncOpenAnswer)

class FetchCredentials: ...

FETCH_CREDENTIALS: Final[Incomplete]
Effect: TypeAlias = Request | FetchCredentials | float
Call: TypeAlias = Generator[Effect, object, tuple[AnswerT, int]]

@attrs.frozen
class CallSettings:
    endpoint: Endpoint
    user_agent: str
    timeout: Timeout
    clock: Callable[[], datetime] = ...

def call(settings: CallSettings, operation: Operation, values: Mapping[str, object], body: bytes | None, timeout: TimeoutLike | None) -> Generator[Effect, object, tuple[object, int]]: ...
