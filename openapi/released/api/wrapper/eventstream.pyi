from _typeshed import Incomplete
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias
from wrapper._errors import EventStreamDecodeError

__all__ = ['MAX_PAYLOAD_LENGTH', 'MAX_HEADERS_LENGTH', 'MAX_HEADER_VALUE_LENGTH', 'Byte', 'Short', 'Long', 'HeaderValue', 'Message', 'EventStreamDecoder', 'encode_message']

MAX_PAYLOAD_LENGTH: Incomplete
MAX_HEADERS_LENGTH: Incomplete
MAX_HEADER_VALUE_LENGTH: Incomplete

class Byte(int): ...
class Short(int): ...
class Long(int): ...

HeaderValue: TypeAlias

class Message(NamedTuple):
    headers: Mapping[str, HeaderValue]
    payload: bytes

class EventStreamDecoder:
    def __init__(self) -> None: ...
    @property
    def error(self) -> EventStreamDecodeError | None: ...
    @property
    def at_boundary(self) -> bool: ...
    def feed(self, data: bytes | bytearray | memoryview) -> list[Message]: ...
    def close(self) -> None: ...

def encode_message(headers: Mapping[str, HeaderValue], payload: bytes = b'') -> bytes: ...
