"""Value types: what a frozen dataclass does, with hidden fields, and without what it imports."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wrapper
from wrapper._values import Value, replace


class Point(Value):
    x: int
    y: int
    label: str = "none"


@dataclasses.dataclass(frozen=True)
class Peer:
    x: int
    y: int
    label: str = "none"


class Named(Value, kw_only=True):
    name: str
    body: bytes
    secret: str = "canary"

    _hidden = frozenset({"secret"})


class Checked(Value):
    size: int

    def _check(self) -> None:
        if self.size < 0:
            raise ValueError(f"{self.size} is negative")


class Wider(Point):
    z: int = 0


values = st.integers(0, 2)
arguments = st.lists(values, max_size=4)
by_name = st.dictionaries(st.sampled_from(["x", "y", "label", "z"]), values, max_size=4)


@given(arguments, by_name)
def test_it_takes_and_refuses_the_arguments_that_a_dataclass_does(args, named):
    made: list[Any] = []
    for kind in (Point, Peer):
        try:
            each = kind(*args, **named)
        except TypeError:
            made.append(TypeError)
        else:
            made.append((each.x, each.y, each.label))
    assert made[0] == made[1]


@given(values, values, values, values)
def test_it_compares_and_hashes_as_a_dataclass_does(a, b, c, d):
    assert (Point(a, b) == Point(c, d)) == (Peer(a, b) == Peer(c, d))
    assert (Point(a, b) != Point(c, d)) == (Peer(a, b) != Peer(c, d))
    assert len({Point(a, b), Point(c, d)}) == len({Peer(a, b), Peer(c, d)})


def test_what_is_not_the_same_class_is_not_equal():
    assert Point(1, 2) != Peer(1, 2)
    assert Point(1, 2) != (1, 2, "none")
    assert Point(1, 2) != Wider(1, 2)


UNKNOWN = r"^Point\(\) got an unexpected keyword argument 'z'; it has x, y, label$"


@pytest.mark.parametrize(
    ("args", "named", "said"),
    [
        ((), {"x": 1}, r"^Point\(\): missing a required argument: 'y'$"),
        ((1, 2), {"z": 3}, UNKNOWN),
        ((), {"x": 1, "y": 2, "z": 3}, UNKNOWN),
        ((), {"x": 1, "z": 2, "label": ""}, UNKNOWN),
        ((1, 2, "", 4), {}, r"^Point\(\): too many positional arguments$"),
        ((1, 2), {"x": 3}, r"^Point\(\): multiple values for argument 'x'$"),
    ],
)
def test_wrong_arguments_are_refused_in_pythons_words(args, named, said):
    with pytest.raises(TypeError, match=said):
        Point(*args, **named)


def test_a_class_with_names_only_refuses_positions():
    with pytest.raises(TypeError, match=r"takes its fields by name: name, body, secret$"):
        Named("n", b"")
    assert Named(name="n", body=b"", secret="s").secret == "s"


def test_repr_shows_no_hidden_field_and_no_bytes():
    assert repr(Named(name="n", body=b"canary")) == "Named(name='n', body=<6 bytes>)"
    assert repr(Point(1, 2)) == "Point(x=1, y=2, label='none')"


def test_it_cannot_be_changed():
    point = Point(1, 2)
    for name in ("x", "other", "__dict__"):
        with pytest.raises(AttributeError):
            setattr(point, name, 3)
        with pytest.raises(AttributeError):
            delattr(point, name)
    assert point == Point(1, 2)
    assert not hasattr(point, "__dict__")


def test_it_is_no_tuple():
    with pytest.raises(TypeError):
        iter(Point(1, 2))  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        assert Point(1, 2) < Point(1, 3)  # type: ignore[operator]


def test_what_is_out_of_range_is_refused_when_replaced_too():
    with pytest.raises(ValueError, match="-1 is negative"):
        Checked(-1)
    with pytest.raises(ValueError, match="-1 is negative"):
        replace(Checked(1), size=-1)


def test_it_is_copied_pickled_referred_to_and_replaced():
    value = wrapper.Timeout(connect=1, read=2, write=3, pool=4)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert copy.copy(value) == copy.deepcopy(value) == value
    assert weakref.ref(value)() is value
    changed = replace(value, read=9)
    assert (changed, value.read) == (wrapper.Timeout(connect=1, read=9, write=3, pool=4), 2)
    if sys.version_info >= (3, 13):
        assert copy.replace(value, read=9) == changed
    with pytest.raises(TypeError, match="unexpected keyword argument 'red'"):
        replace(value, red=9)


def test_a_subclass_adds_fields():
    assert repr(Wider(1, 2, z=3)) == "Wider(x=1, y=2, label='none', z=3)"


def test_its_signature_can_be_looked_up():
    assert str(inspect.signature(Point)) == "(x: 'int', y: 'int', label: 'str' = 'none')"
    signature = str(inspect.signature(Named))
    assert signature == "(*, name: 'str', body: 'bytes', secret: 'str' = 'canary')"


def test_it_can_be_matched():
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
    assert Named.__match_args__ == ()
