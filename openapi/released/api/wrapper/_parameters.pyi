from _typeshed import Incomplete
from wrapper._errors import ParameterError

__all__ = ['Rule', 'TextRule', 'IntegerRule', 'exactly_one_of']

class Rule:
    name: Incomplete
    argument: Incomplete
    required: Incomplete
    sensitive: Incomplete
    minimum: Incomplete
    maximum: Incomplete
    def __init__(self, name: str, argument: str, *, required: bool, sensitive: bool, minimum: int | None, maximum: int | None) -> None: ...
    def check(self, value: object) -> object: ...
    def error(self, rule: str, value: object) -> ParameterError: ...

class TextRule(Rule):
    pattern: Incomplete
    def __init__(self, name: str, argument: str, *, required: bool, sensitive: bool, minimum: int | None, maximum: int | None, pattern: str | None) -> None: ...
    def check(self, value: object) -> str: ...

class IntegerRule(Rule):
    def check(self, value: object) -> int: ...

def exactly_one_of(names: tuple[str, ...], given: list[str]) -> None: ...
