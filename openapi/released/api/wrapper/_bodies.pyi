from typing import Protocol, TypeAlias

__all__ = ['Body', 'encode_body']

class BinaryFile(Protocol):
    def read(self) -> bytes: ...

Body: TypeAlias

def encode_body(body: object) -> tuple[bytes, str]: ...

class _UnfitForJsonError(Exception): ...
