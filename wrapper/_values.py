"""What every value type of the package is: fields that are set once, compared and shown.

In place of attrs and dataclasses: importing either, and their making of classes by `exec`, takes
longer than all of this package ("Cold start" in `docs/design/engine.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from inspect import Signature

__all__ = ["Value", "replace"]

ValueT = TypeVar("ValueT", bound="Value")


class _ValueType(type):
    """Makes the annotated names of a class its fields, and what they are set to their defaults."""

    _fields: tuple[str, ...]
    _defaults: dict[str, object]
    _types: dict[str, str]
    _is_kw_only: bool
    # How a field is set, past the class's own `__setattr__`.
    _setters: tuple[tuple[str, Callable[[object, object], None]], ...]

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, kw_only: bool = False
    ) -> _ValueType:
        own = [each for each in namespace.get("__annotations__", ()) if not each.startswith("_")]
        defaults = {each: namespace.pop(each) for each in own if each in namespace}
        made = super().__new__(cls, name, bases, {"__slots__": tuple(own), **namespace})
        made._fields = (*getattr(made, "_fields", ()), *own)
        made._defaults = {**getattr(made, "_defaults", {}), **defaults}
        types = namespace.get("__annotations__", {})
        made._types = {**getattr(made, "_types", {}), **{each: types[each] for each in own}}
        made._is_kw_only = kw_only or getattr(made, "_is_kw_only", False)
        made._setters = tuple((each, getattr(made, each).__set__) for each in made._fields)
        return made

    @property
    def __match_args__(cls) -> tuple[str, ...]:
        return () if cls._is_kw_only else cls._fields

    @property
    def __signature__(cls) -> Signature:
        """What `inspect.signature` and `help` show."""
        from inspect import Parameter, Signature

        kind = Parameter.KEYWORD_ONLY if cls._is_kw_only else Parameter.POSITIONAL_OR_KEYWORD
        default, types = cls._defaults.get, cls._types
        return Signature(
            [
                Parameter(
                    each, kind, default=default(each, Parameter.empty), annotation=types[each]
                )
                for each in cls._fields
            ]
        )


@dataclass_transform(frozen_default=True)
class Value(metaclass=_ValueType):
    """A value: immutable, equal when its class and fields are, hashable when its fields are.

    The names that a subclass annotates are its fields, in this order; one set to something has that
    as its default, and `kw_only=True` behind the base class has all given by name. A value can be
    pickled and copied; `copy.replace` (Python 3.13) makes another of it.
    """

    __slots__ = ("__weakref__",)

    _hidden: ClassVar[frozenset[str]] = frozenset()
    """Fields that `repr` leaves out. Bytes are not shown in any case: they are bodies."""

    # Set by the metaclass.
    _fields: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, object]]
    _setters: ClassVar[tuple[tuple[str, Callable[[object, object], None]], ...]]
    _is_kw_only: ClassVar[bool]

    def __init__(self, *args: Any, **given: Any) -> None:
        if args or len(given) != len(self._fields):
            given = self._completed(args, given)
        try:
            for name, put in self._setters:
                put(self, given[name])
        except KeyError:
            self._refuse(args, given)
        self._check()

    @classmethod
    def _of(cls, *values: object) -> Self:
        """The value with these fields, in their order: faster, for what is made at every call.

        Neither their number nor what they are is checked.
        """
        made = cls.__new__(cls)
        for (_, put), value in zip(cls._setters, values, strict=False):
            put(made, value)
        return made

    def _check(self) -> None:
        """Refuse fields that are out of range; called once they are set."""

    def _compared(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self._fields])

    def _completed(self, args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
        """Every field with its value."""
        by_position = {} if self._is_kw_only else dict(zip(self._fields, args, strict=False))
        values = {**self._defaults, **by_position, **given}
        if (
            len(by_position) != len(args)
            or not given.keys().isdisjoint(by_position)
            or len(values) != len(self._fields)
        ):
            self._refuse(args, given)
        return values

    def _refuse(self, args: tuple[Any, ...], given: dict[str, Any]) -> NoReturn:
        """Raise what a function with these parameters would."""
        name, fields = type(self).__name__, ", ".join(self._fields)
        if args and self._is_kw_only:
            raise TypeError(f"{name}() takes its fields by name: {fields}")
        unknown = [each for each in given if each not in self._fields]
        if unknown:
            raise TypeError(
                f"{name}() got an unexpected keyword argument {unknown[0]!r}; it has {fields}"
            )
        try:
            type(self).__signature__.bind(*args, **given)
        except TypeError as error:
            raise TypeError(f"{name}(): {error}") from None
        raise AssertionError  # what does not fit was refused

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={_shown(getattr(self, name))}"
            for name in self._fields
            if name not in self._hidden
        )
        return f"{type(self).__qualname__}({shown})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable: {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable: {name!r} cannot be deleted")

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self._fields}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, put in self._setters:
            put(self, state[name])

    def __replace__(self, **changes: Any) -> Self:
        return type(self)(**{**self.__getstate__(), **changes})


def replace(value: ValueT, **changes: object) -> ValueT:
    """The same value with other fields: `copy.replace` for every version of Python.

    Raises:
        TypeError: There is no such field.
    """
    return value.__replace__(**changes)


def _shown(value: object) -> str:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else repr(value)
