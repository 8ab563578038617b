"""The rules of parameters: what the contract says of a value, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable

from wrapper._errors import ParameterError

__all__ = ["IntegerRule", "Rule", "TextRule", "exactly_one_of"]

# What an error may show and keep. Anything else could be large, or secret, or not to be pickled.
_PLAIN = (str, int, float)

# What a header can carry: RFC 9110, section 5.5, and no more than ASCII.
_NOT_A_HEADER = re.compile(r"[^\t\x20-\x7e]")


class Rule:
    """The rule of one parameter.

    Attributes:
        name: The parameter's Python name.
        argument: Its name in the generated operation.
        required: Whether a request must have it.
        sensitive: Whether its value must never be shown.
    """

    __slots__ = ("argument", "maximum", "minimum", "name", "required", "sensitive")

    def __init__(
        self,
        name: str,
        argument: str,
        *,
        required: bool,
        sensitive: bool,
        minimum: int | None,
        maximum: int | None,
    ) -> None:
        self.name = name
        self.argument = argument
        self.required = required
        self.sensitive = sensitive
        self.minimum = minimum
        self.maximum = maximum

    def check(self, value: object) -> object:
        """Give the value back, checked.

        Raises:
            ParameterError: It breaks the rule.
        """
        raise NotImplementedError

    def error(self, rule: str, value: object) -> ParameterError:
        """The error that says which rule a value breaks."""
        shown = "the value given" if self.sensitive else _shown(value)
        return ParameterError(
            f"{self.name}: {shown} is not accepted: {rule}",
            parameter=self.name,
            rule=rule,
            value=value if not self.sensitive and isinstance(value, _PLAIN) else None,
        )


class TextRule(Rule):
    """The rule of a text: its length, its pattern, and that a header can carry it."""

    __slots__ = ("_matches", "pattern")

    def __init__(
        self,
        name: str,
        argument: str,
        *,
        required: bool,
        sensitive: bool,
        minimum: int | None,
        maximum: int | None,
        pattern: str | None,
    ) -> None:
        super().__init__(
            name,
            argument,
            required=required,
            sensitive=sensitive,
            minimum=minimum,
            maximum=maximum,
        )
        self.pattern = pattern
        self._matches: Callable[[str], object] | None = None

    def check(self, value: object) -> str:
        """Give the text back, checked."""
        if type(value) is not str:
            if not isinstance(value, str):
                raise self.error(f"it must be a str, not {type(value).__name__}", value)
            value = str.__str__(value)  # `str()` of an enumeration's member is its name
        length = len(value)
        if self.minimum is not None and length < self.minimum:
            raise self.error(
                f"it must have at least {self.minimum} characters, has {length}", value
            )
        if self.maximum is not None and length > self.maximum:
            raise self.error(f"it must have at most {self.maximum} characters, has {length}", value)
        if not (value.isascii() and value.isprintable()) and (bad := _NOT_A_HEADER.search(value)):
            raise self.error(
                "it must hold printable ASCII only, without line breaks and control characters; "
                f"position {bad.start()} holds {_named(bad.group(), sensitive=self.sensitive)}",
                value,
            )
        if length and (value[0] in " \t" or value[-1] in " \t"):
            raise self.error("it must not begin or end with white space: HTTP drops it", value)
        if self.pattern is not None:
            matches = self._matches
            if matches is None:  # compiled when first needed: most parameters never are
                matches = self._matches = re.compile(self.pattern).fullmatch
            if matches(value) is None:
                raise self.error(f"it must match {self.pattern}", value)
        return value


class IntegerRule(Rule):
    """The rule of a whole number: its range."""

    __slots__ = ()

    def check(self, value: object) -> int:
        """Give the number back, checked."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(f"it must be an int, not {type(value).__name__}", value)
        if self.minimum is not None and value < self.minimum:
            raise self.error(f"it must be at least {self.minimum}", value)
        if self.maximum is not None and value > self.maximum:
            raise self.error(f"it must be at most {self.maximum}", value)
        return int(value)  # `str()` of an enumeration's member is its name


def exactly_one_of(names: tuple[str, ...], given: list[str]) -> None:
    """Check that a request has exactly one of some parameters.

    Raises:
        ParameterError: It has none, or several.
    """
    if len(given) != 1:
        rule = f"exactly one of {' and '.join(names)} must be given"
        found = "none was" if not given else f"{' and '.join(given)} were"
        raise ParameterError(f"{names[0]}: {rule}; {found}", parameter=names[0], rule=rule)


def _named(character: str, *, sensitive: bool) -> str:
    if sensitive and character.isprintable():
        return "a character beyond ASCII"
    return f"{character!r}"


def _shown(value: object) -> str:
    if not isinstance(value, _PLAIN):  # a body, perhaps, in the wrong place
        return "what was given"
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:80]}… ({len(text)} characters)"
