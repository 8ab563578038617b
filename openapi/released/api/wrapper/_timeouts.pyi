from _typeshed import Incomplete
from collections.abc import Callable
from typing import Protocol, TypeAlias
from wrapper._values import Value

__all__ = ['Timeout', 'Phases', 'TimeoutLike', 'BoundedTimeout', 'DEFAULT_TIMEOUT', 'as_timeout']

class Timeout(Value):
    connect: float | None = 5.0
    read: float | None = 70.0
    write: float | None = 70.0
    pool: float | None = 70.0

class Phases(Protocol):
    @property
    def connect(self) -> float | None: ...
    @property
    def read(self) -> float | None: ...
    @property
    def write(self) -> float | None: ...
    @property
    def pool(self) -> float | None: ...

TimeoutLike: TypeAlias

class BoundedTimeout:
    def __init__(self, phases: Phases, remaining: Callable[[], float | None]) -> None: ...
    @property
    def connect(self) -> float | None: ...
    @property
    def read(self) -> float | None: ...
    @property
    def write(self) -> float | None: ...
    @property
    def pool(self) -> float | None: ...
    @property
    def whole(self) -> float | None: ...
    @property
    def is_over(self) -> bool: ...

DEFAULT_TIMEOUT: Incomplete

def as_timeout(value: TimeoutLike | None, default: Timeout) -> Timeout: ...
