"""`Headers` beside the mapping of httpx, which has had the same task for long."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper import Headers

names = st.sampled_from(["X-A", "x-a", "X-B", "x-b", "Content-Type", "CONTENT-TYPE", "x-c"])
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=5)
pairs_strategy = st.lists(st.tuples(names, values), max_size=6)


@given(pairs_strategy)
def test_it_reads_as_the_headers_of_httpx_do(pairs):
    ours, theirs = Headers(pairs), httpx.Headers(pairs)
    assert dict(ours) == dict(theirs)
    assert list(ours) == list(theirs)
    assert len(ours) == len(list(theirs))
    for name in ("x-a", "X-A", "content-TYPE", "missing"):
        assert (name in ours) == (name in theirs)
        assert ours.get(name) == theirs.get(name)
        assert ours.get(name, "default") == theirs.get(name, "default")


@given(pairs_strategy)
def test_copies_and_pickles_are_equal(pairs):
    headers = Headers(pairs)
    for again in (copy.copy(headers), copy.deepcopy(headers), pickle.loads(pickle.dumps(headers))):
        assert again == headers
        assert list(again.items()) == list(headers.items())


@given(pairs_strategy)
def test_headers_that_were_read_already_are_the_same(pairs):
    headers = Headers(pairs)
    again = Headers.from_lower_case(dict(headers))
    assert again == headers
    assert repr(again) == repr(headers)
    assert pickle.loads(pickle.dumps(again)) == headers


def test_names_compare_without_case_and_values_with_it():
    headers = Headers([("X-A", "v")])
    assert headers["x-a"] == headers["X-A"] == "v"
    assert headers == {"x-A": "v"}
    assert headers == Headers([("x-a", "v")])
    assert headers != {"x-a": "V"}
    assert headers != [("x-a", "v")]


def test_a_missing_name_is_a_key_error():
    with pytest.raises(KeyError, match="x-missing"):
        Headers()["X-Missing"]
    assert Headers().get("x") is None
    assert 5 not in Headers()


def test_it_is_a_mapping_that_does_not_change():
    headers = Headers([("a", "b")])
    assert isinstance(headers, Mapping)
    with pytest.raises(TypeError):
        headers["a"] = "c"
    with pytest.raises(TypeError):
        hash(headers)
    assert {**headers} == {"a": "b"}


def test_a_repr_shows_the_names_alone():
    assert repr(Headers([("X-A", "canary"), ("b", "canary")])) == "Headers(['x-a', 'b'])"
