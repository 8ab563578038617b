from _typeshed import Incomplete
from typing import Any, Generic
from wrapper._errors import StreamError

__all__ = ['MAX_LINE_LENGTH', 'MAX_JSON_LENGTH', 'MAX_JSON_DEPTH', 'Splitter', 'TextSplitter', 'LineSplitter', 'JSONSplitter', 'json_problem']

MAX_LINE_LENGTH: Incomplete
MAX_JSON_LENGTH: Incomplete
MAX_JSON_DEPTH: int

class Splitter(Generic[_T]):
    error: StreamError | None
    def __init__(self) -> None: ...
    def feed(self, part: bytes) -> list[_T]: ...
    def end(self) -> list[_T]: ...

class _DecodingSplitter(Splitter[str]):
    def __init__(self, encoding: str = 'utf-8') -> None: ...

class TextSplitter(_DecodingSplitter): ...

class LineSplitter(_DecodingSplitter):
    def __init__(self, encoding: str = 'utf-8') -> None: ...

class JSONSplitter(Splitter[Any]):
    def __init__(self) -> None: ...

def json_problem(error: ValueError | RecursionError) -> str: ...
