"""The rules of parameters, as the service has them, through the public methods."""

from __future__ import annotations

import contextlib
import enum
import pickle
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.faces import SYNC, Recorder
from tests.parameters import ALL, INVOKE, NUMBERS, QUEUE, STREAM, TEXTS, wire_name
from wrapper import ParameterError
from wrapper._operations import OPERATIONS

# What no header may carry, or what this package does not let it carry, with what it looks like.
FORBIDDEN = ["\r", "\n", "\0", "\r\nX-Injected: 1", "\x1b", "\x7f", "\x80", "é", "\x85", "\u2028"]
FORBIDDEN += ["\u202e", "😀", "\ud800", "\ufeff"]


each_text = pytest.mark.parametrize(
    ("operation", "parameter"),
    [(operation, name) for name, rule in TEXTS.items() for operation in rule.operations],
)
each_number = pytest.mark.parametrize("parameter", list(NUMBERS))

recorder = Recorder(headers={"content-type": "application/vnd.amazon.eventstream"})


@pytest.fixture(scope="module")
def client():
    with SYNC.make(transport=recorder) as client:
        yield client


def send(client: Any, operation: str, **parameters: Any) -> Any:
    """Call with what every operation needs, and the request that was sent."""
    parameters.setdefault("endpoint_name", "e")
    if "input_location" not in parameters:
        parameters.setdefault("body", b"{}")
    getattr(client, operation)(**parameters)
    return recorder.last


def refused(client: Any, operation: str, **parameters: Any) -> ParameterError:
    """The error, after checking that nothing was sent and that the error says what it must."""
    sent = len(recorder.requests)
    with pytest.raises(ParameterError) as caught:
        send(client, operation, **parameters)
    assert len(recorder.requests) == sent
    error = caught.value
    ((parameter, value),) = parameters.items()
    assert error.parameter == parameter
    assert error.rule
    assert error.rule in str(error)
    assert str(error).startswith(f"{parameter}: ")
    if parameter in TEXTS and TEXTS[parameter].is_sensitive:
        assert error.value is None
        assert repr(value) not in str(error)
        assert not isinstance(value, str) or len(value) < 4 or value not in str(error)
    elif isinstance(value, str | int):
        assert error.value == value
        assert repr(value)[:80] in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.parameter, again.rule, again.value) == (
        *(str(error), error.parameter, error.rule, error.value),
    )
    return error


def test_the_table_knows_every_parameter_of_every_operation():
    ours = {(operation, name) for name, rule in TEXTS.items() for operation in rule.operations}
    ours |= {(QUEUE, name) for name in NUMBERS}
    assert ours == {(op.function, rule.name) for op in OPERATIONS for rule in op.rules}


@each_text
@settings(max_examples=25)  # of each parameter of each operation
@given(data=st.data())
def test_a_valid_text_is_sent_as_it_is(client, operation, parameter, data):
    value = data.draw(TEXTS[parameter].valid)
    request = send(client, operation, **{parameter: value})
    if parameter == "endpoint_name":
        assert request.url.path.split("/")[1:3] == ["endpoints", value]
    else:
        assert request.headers.get_list(wire_name(operation, parameter)) == [value]


@each_text
@settings(max_examples=25)
@given(data=st.data())
def test_a_text_that_no_header_can_carry_is_refused(client, operation, parameter, data):
    value = data.draw(TEXTS[parameter].valid)
    at = data.draw(st.integers(0, len(value)))
    value = value[:at] + data.draw(st.sampled_from(FORBIDDEN)) + value[at:]
    assume(len(value) <= TEXTS[parameter].longest)
    error = refused(client, operation, **{parameter: value})
    assert "position" in error.rule


@each_text
@pytest.mark.parametrize("blank", [" ", "\t"])
def test_white_space_at_either_end_is_refused_for_http_would_drop_it(
    client, operation, parameter, blank
):
    for value in (f"{blank}a", f"a{blank}", blank):
        refused(client, operation, **{parameter: value})


@each_text
def test_a_text_is_refused_by_length(client, operation, parameter):
    rule = TEXTS[parameter]
    longest = (rule.filler * rule.longest)[: rule.longest]
    if parameter != "filename":  # which cannot be filled with one letter and be wrong for its dots
        send(client, operation, **{parameter: longest})
    error = refused(client, operation, **{parameter: longest + "x"})
    assert f"at most {rule.longest} characters, has {rule.longest + 1}" in error.rule
    if rule.shortest:
        refused(client, operation, **{parameter: ""})
    huge = refused(client, operation, **{parameter: "x" * 10_000_000})
    assert len(str(huge)) < 300


@each_text
def test_a_text_that_breaks_its_pattern_is_refused(client, operation, parameter):
    for value in TEXTS[parameter].wrong:
        refused(client, operation, **{parameter: value})


@each_text
@pytest.mark.parametrize("value", [5, 1.5, True, b"bytes", ["canary"], {"canary": 1}, object()])
def test_what_is_no_text_is_refused_without_being_shown(client, operation, parameter, value):
    error = refused(client, operation, **{parameter: value})
    assert error.rule == f"it must be a str, not {type(value).__name__}"
    assert "canary" not in str(error) + repr(error)


def test_a_body_in_the_place_of_the_name_does_not_show_in_the_error(client):
    with pytest.raises(ParameterError, match=r"^endpoint_name: .* not dict$") as caught:
        client.invoke_endpoint({"rows": ["canary"]}, "churn")
    assert "canary" not in str(caught.value)
    assert caught.value.value is None


@pytest.mark.parametrize("operation", [INVOKE, STREAM])
def test_a_new_session_is_opened_by_the_plain_operation_alone(client, operation):
    if operation == INVOKE:
        request = send(client, operation, session_id="NEW_SESSION")
        assert request.headers["X-Amzn-SageMaker-Session-Id"] == "NEW_SESSION"
    else:
        refused(client, operation, session_id="NEW_SESSION")


@each_number
@given(data=st.data())
def test_a_number_in_its_range_is_sent(client, parameter, data):
    rule = NUMBERS[parameter]
    value = data.draw(st.integers(rule.least, rule.greatest))
    assert send(client, QUEUE, **{parameter: value}).headers[rule.header] == str(value)


@each_number
@given(data=st.data())
def test_a_number_out_of_its_range_is_refused(client, parameter, data):
    rule = NUMBERS[parameter]
    below, above = st.integers(max_value=rule.least - 1), st.integers(min_value=rule.greatest + 1)
    value = data.draw(st.one_of(st.just(rule.least - 1), st.just(rule.greatest + 1), below, above))
    error = refused(client, QUEUE, **{parameter: value})
    limit = rule.least if value < rule.least else rule.greatest
    assert error.rule.endswith(f" {limit}")


@each_number
@pytest.mark.parametrize("value", ["60", 60.0, True, b"60", [60]])
def test_what_is_no_whole_number_is_refused(client, parameter, value):
    error = refused(client, QUEUE, **{parameter: value})
    assert error.rule == f"it must be an int, not {type(value).__name__}"


def test_a_ttl_of_59_seconds_is_refused(client):
    error = refused(client, QUEUE, request_ttl_seconds=59)
    assert str(error) == "request_ttl_seconds: 59 is not accepted: it must be at least 60"


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, "none was"),
        ({"input_location": "s3://b/k", "body": b"{}"}, "input_location and body were"),
        ({"input_location": "s3://b/k", "body": b""}, "input_location and body were"),
    ],
)
def test_a_queued_inference_has_exactly_one_of_input_location_and_body(client, parameters, found):
    sent = len(recorder.requests)
    with pytest.raises(ParameterError) as caught:
        client.invoke_endpoint_async("e", **parameters)
    assert str(caught.value) == (
        f"input_location: exactly one of input_location and body must be given; {found}"
    )
    assert caught.value.parameter == "input_location"
    assert len(recorder.requests) == sent


class Endpoint(str, enum.Enum):  # noqa: UP042  # its `str()` is its name
    CHURN = "churn"


class Seconds(int, enum.Enum):
    TTL = 60


def test_members_of_enumerations_are_sent_as_their_values(client):
    request = send(
        client,
        QUEUE,
        endpoint_name=Endpoint.CHURN,
        inference_id=Endpoint.CHURN,
        request_ttl_seconds=Seconds.TTL,
    )
    assert request.url.path == "/endpoints/churn/async-invocations"
    assert request.headers["X-Amzn-SageMaker-Inference-Id"] == "churn"
    assert request.headers["X-Amzn-SageMaker-RequestTTLSeconds"] == "60"


@pytest.mark.parametrize("operation", ALL)
def test_an_empty_media_type_is_sent_empty_and_none_is_not_sent(client, operation):
    request = send(client, operation, accept="")
    assert request.headers.get_list(wire_name(operation, "accept")) == [""]
    request = send(client, operation, accept=None)
    assert request.headers.get_list(wire_name(operation, "accept")) in ([], ["*/*"])


@pytest.mark.parametrize("parameter", list(TEXTS))
def test_no_pattern_backtracks_without_bound(client, parameter):
    """One that did would hang here."""
    rule = TEXTS[parameter]
    for unit in ("a", "-", "a-", "a.", "/", " a", "s3://", "a" * 31 + "."):
        for ending in ("", "!", "\n", "-", "/"):
            value = (unit * rule.longest)[: rule.longest - len(ending)] + ending
            with contextlib.suppress(ParameterError):
                send(client, rule.operations[0], **{parameter: value})
