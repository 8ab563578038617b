from _typeshed import Incomplete
from typing import Any
from wrapper._splitting import Splitter
from wrapper._values import Value

__all__ = ['MAX_EVENT_LENGTH', 'ServerSentEvent', 'ServerSentEventSplitter']

MAX_EVENT_LENGTH: Incomplete

class ServerSentEvent(Value):
    event: str = 'message'
    data: str = ''
    id: str = ''
    retry: int | None = None
    def json(self) -> Any: ...

class ServerSentEventSplitter(Splitter[ServerSentEvent]):
    def __init__(self) -> None: ...
