import attrs
from _typeshed import Incomplete
from typing import Protocol, TypeAlias

__all__ = ['Timeout', 'TimeoutLike', 'DEFAULT_TIMEOUT', 'as_timeout']

@attrs.frozen
class Timeout:
    connect: float | None = attrs.field(default=5.0, validator=_check_seconds)
    read: float | None = attrs.field(default=70.0, validator=_check_seconds)
    write: float | None = attrs.field(default=70.0, validator=_check_seconds)
    pool: float | None = attrs.field(default=70.0, validator=_check_seconds)

class _Phases(Protocol):
    @property
    def connect(self) -> float | None: ...
    @property
    def read(self) -> float | None: ...
    @property
    def write(self) -> float | None: ...
    @property
    def pool(self) -> float | None: ...

TimeoutLike: TypeAlias
DEFAULT_TIMEOUT: Incomplete

def as_timeout(value: TimeoutLike | None, default: Timeout) -> Timeout: ...
