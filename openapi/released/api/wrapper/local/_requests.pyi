import attrs
from collections.abc import Sequence
from typing import overload
from wrapper._headers import Headers

__all__ = ['ReceivedRequest', 'RequestLog']

@attrs.frozen
class ReceivedRequest:
    operation: str | None
    endpoint_name: str | None
    method: str
    path: str
    query: str = attrs.field(repr=False)
    headers: Headers
    body: bytes = attrs.field(repr=False)
    access_key_id: str | None

class RequestLog(Sequence[ReceivedRequest]):
    def __init__(self) -> None: ...
    def add(self, request: ReceivedRequest) -> None: ...
    def clear(self) -> None: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: int) -> ReceivedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[ReceivedRequest]: ...
