"""The headers of an answer: read whatever their case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, overload

__all__ = ["Headers"]

_T = TypeVar("_T")


class Headers(Mapping[str, str]):
    """Headers of an answer, immutable; names compare without case.

    A name that came more than once gives its values joined by `", "` (RFC 9110, section 5.3).
    `repr` shows the names alone: a value may be sensitive.
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        values: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            values[key] = f"{values[key]}, {value}" if key in values else value
        self._values = values

    @classmethod
    def from_lower_case(cls, values: dict[str, str]) -> Headers:
        """Headers whose names are in lower case already and come once; the dictionary is kept."""
        headers = cls.__new__(cls)
        headers._values = values  # noqa: SLF001  # of this class
        return headers

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    @overload
    def get(self, key: str, /) -> str | None: ...
    @overload
    def get(self, key: str, /, default: str | _T) -> str | _T: ...
    def get(self, key: str, /, default: object = None) -> object:
        """The value of a header, or the default."""  # said anew: a mapping's own is slower
        return self._values.get(key.lower(), default)

    def get_lower_case(self, key: str) -> str | None:
        """As `get`, for a name in lower case."""
        return self._values.get(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self._values == {str(k).lower(): v for k, v in other.items()}

    __hash__ = None  # type: ignore[assignment]  # a mapping, like dict, is not hashable

    def __repr__(self) -> str:
        return f"Headers({list(self._values)!r})"
