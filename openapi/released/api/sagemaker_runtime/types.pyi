from _typeshed import Incomplete
from collections.abc import Mapping, MutableMapping
from typing import BinaryIO, Generic, IO, Literal, TypeVar

__all__ = ['Unset', 'UNSET', 'FileTypes', 'RequestFiles', 'path_segment', 'File', 'Response']

class Unset:
    def __bool__(self) -> Literal[False]: ...

UNSET: Unset
FileContent = IO[bytes] | bytes | str
FileTypes = tuple[str | None, FileContent, str | None] | tuple[str | None, FileContent, str | None, Mapping[str, str]]
RequestFiles = list[tuple[str, FileTypes]]

def path_segment(value: object) -> str: ...

class File:
    payload: Incomplete
    file_name: Incomplete
    mime_type: Incomplete
    def __init__(self, payload: BinaryIO, file_name: str | None = None, mime_type: str | None = None) -> None: ...
    def to_tuple(self) -> FileTypes: ...
    def __eq__(self, other: object) -> bool: ...
    __hash__: Incomplete
T = TypeVar('T')

class Response(Generic[T]):
    status_code: Incomplete
    content: Incomplete
    headers: Incomplete
    parsed: Incomplete
    def __init__(self, status_code: int, content: bytes, headers: MutableMapping[str, str], parsed: T | None) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    __hash__: Incomplete
