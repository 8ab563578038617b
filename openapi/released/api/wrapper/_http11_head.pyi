from _typeshed import Incomplete
from collections.abc import Iterable
from typing import Final
from wrapper._headers import Headers

__all__ = ['MAX_HEAD_BYTES', 'MAX_LINE_BYTES', 'MAX_FIELDS', 'CHUNKED', 'UNTIL_CLOSE', 'RequestError', 'AnswerError', 'AnswerHead', 'encode_head', 'parse_head', 'parse_fields', 'field_pairs']

MAX_HEAD_BYTES: Final[int]
MAX_LINE_BYTES: Final[int]
MAX_FIELDS: Final[int]
CHUNKED: Final[int]
UNTIL_CLOSE: Final[int]

class RequestError(Exception): ...
class AnswerError(Exception): ...

class AnswerHead:
    status: Incomplete
    headers: Incomplete
    length: Incomplete
    persistent: Incomplete
    block: Incomplete
    def __init__(self, status: int, headers: Headers, length: int, *, persistent: bool, block: bytes) -> None: ...

def encode_head(method: str, target: str, headers: Iterable[tuple[str, str]], length: int) -> bytes: ...
def parse_head(block: bytes, method: str) -> AnswerHead: ...
def parse_fields(block: bytes, before: bytes = b'') -> dict[str, str]: ...
def field_pairs(block: bytes) -> list[tuple[bytes, bytes]]: ...
