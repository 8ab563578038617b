"""A client's requests: what is kept of them, and that nothing passes unchecked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wrapper import Credentials, ParameterError, Timeout
from wrapper._endpoints import resolve_endpoint
from wrapper._operations import (
    INVOKE_ENDPOINT,
    INVOKE_ENDPOINT_ASYNC,
    INVOKE_ENDPOINT_WITH_RESPONSE_STREAM,
    OPERATIONS,
    Operation,
)
from wrapper._parameters import TextRule
from wrapper._prepared_request import PreparedRequest
from wrapper._requests import _VARYING, RequestMaker

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def maker() -> RequestMaker:
    return RequestMaker(resolve_endpoint("eu-west-1"), "agent/1")


def parameters(operation: Operation, **given: object) -> dict[str, object]:
    return {rule.name: None for rule in operation.rules} | {"endpoint_name": "e"} | given


def prepare(
    made: RequestMaker, operation: Operation = INVOKE_ENDPOINT, **given: object
) -> tuple[PreparedRequest, tuple[str, ...]]:
    return made.prepare(operation, parameters(operation, **given), has_body=True)


def headers_of(prepared: PreparedRequest, blanks: tuple[str, ...]) -> dict[str, str]:
    credentials = Credentials("AKID", "canary-secret")
    request = prepared.sign(
        ("id", "attempt=1"), blanks, b"", "0", credentials=credentials, now=NOW, timeout=Timeout()
    )
    return dict(request.headers)


def test_what_calls_have_in_common_is_prepared_once():
    made = maker()
    one, _ = prepare(made)
    assert prepare(made)[0] is one
    others = [
        prepare(made, **given)[0]
        for given in ({"accept": "a/b"}, {"endpoint_name": "f"}, {"content_type": "a/b"})
    ]
    others.append(prepare(made, INVOKE_ENDPOINT_WITH_RESPONSE_STREAM)[0])
    assert len({id(each) for each in (one, *others)}) == 5


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.function)
def test_what_differs_from_call_to_call_is_put_where_it_belongs(operation):
    """Each parameter alone and all together, one value after another."""
    made = maker()
    left_out = {"endpoint_name", "input_location"}  # the one is needed, the other not with a body
    rules = [rule for rule in operation.rules if isinstance(rule, TextRule)]
    names = [rule.name for rule in rules if rule.name not in left_out]
    for chosen in ([], *([name] for name in names), names, names[::2], names[1::2]):
        prepared = set()
        for number in range(2):
            texts = {name: f"{name[0]}{number}" for name in chosen}
            made_ready, blanks = prepare(made, operation, **texts)
            sent = headers_of(made_ready, blanks)
            assert {name: sent[operation.wire_names[name]] for name in chosen} == texts
            assert len(sent) == 7 + len(chosen)
            prepared.add(made_ready)
        assert len(prepared) == (1 if set(chosen) <= _VARYING else 2)


def test_nothing_sensitive_is_kept():
    made = maker()
    for operation in OPERATIONS:
        assert operation.sensitive <= _VARYING
        prepared, blanks = prepare(made, operation, custom_attributes="canary")
        assert blanks == ("canary",)
        assert "canary" not in repr([getattr(prepared, name) for name in prepared.__slots__])
        assert prepare(made, operation, custom_attributes="another")[0] is prepared


def test_no_more_is_kept_than_a_program_may_repeat():
    made = maker()
    first, _ = prepare(made)
    for number in range(200):
        prepare(made, target_variant=f"v-{number}")
    assert prepare(made)[0] is not first


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize("wrong", [60.0, True, "60", [60], {}, set(), object()])
@pytest.mark.parametrize("company", [{}, {"filename": "f"}])
def test_what_equals_an_accepted_value_is_checked_all_the_same(wrong, company):
    made = maker()
    for right in ({"request_ttl_seconds": 60}, {"invocation_timeout_seconds": 1}):
        prepare(made, INVOKE_ENDPOINT_ASYNC, **right, **company)
    for name in ("request_ttl_seconds", "invocation_timeout_seconds"):
        with pytest.raises(ParameterError) as caught:
            prepare(made, INVOKE_ENDPOINT_ASYNC, **{name: wrong}, **company)
        assert caught.value.parameter == name


@pytest.mark.parametrize("name", ["accept", "inference_id"])
def test_a_text_of_another_class_is_taken_for_what_it_says(name):
    sent = headers_of(*prepare(maker(), **{name: Text("a/b")}))
    assert sent[INVOKE_ENDPOINT.wire_names[name]] == "a/b"


@pytest.mark.parametrize("name", ["accept", "inference_id", "custom_attributes", "endpoint_name"])
@pytest.mark.parametrize("wrong", ["a\nb", "\0", "é", 5, [], " a"])
def test_parameters_are_checked_the_first_time_and_the_second(name, wrong):
    made = maker()
    for _ in range(2):
        with pytest.raises(ParameterError) as caught:
            prepare(made, **{name: wrong})
        assert caught.value.parameter == name
