import attrs
import functools
from collections.abc import Mapping

__all__ = ['Parameter', 'Operation', 'operations']

@attrs.frozen
class Parameter:
    name: str
    header: str | None
    is_integer: bool
    minimum: int | None
    maximum: int | None
    pattern: str | None
    is_sensitive: bool
    def problem(self, value: str) -> str | None: ...

@attrs.frozen
class Operation:
    name: str
    path_suffix: str
    parameters: tuple[Parameter, ...]
    body_limit: int
    def parse(self, endpoint_name: str, headers: Mapping[str, str]) -> dict[str, str]: ...

@functools.cache
def operations() -> Mapping[str, Operation]: ...
