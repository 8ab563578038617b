"""The rules of parameters, as the service has them, through the public methods.

The table is written from the service's own documentation, not from the contract, which it judges.
"""

from __future__ import annotations

import contextlib
import enum
import pickle
import string
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.faces import SYNC, Recorder
from wrapper import ParameterError
from wrapper._operations import OPERATIONS

INVOKE = "invoke_endpoint"
QUEUE = "invoke_endpoint_async"
STREAM = "invoke_endpoint_with_response_stream"

ALNUM = string.ascii_letters + string.digits
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
# What no header may carry, or what this package does not let it carry, with what it looks like.
FORBIDDEN = ["\r", "\n", "\0", "\r\nX-Injected: 1", "\x1b", "\x7f", "\x80", "é", "\x85", "\u2028"]
FORBIDDEN += ["\u202e", "😀", "\ud800", "\ufeff"]


def name(longest: int) -> st.SearchStrategy[str]:
    """Letters, digits and inner hyphens."""
    ends = st.sampled_from(ALNUM)
    inner = st.text(ALNUM + "-", max_size=longest - 2)
    return st.one_of(ends, st.builds("{}{}{}".format, ends, inner, ends))


def text(alphabet: str, shortest: int, longest: int) -> st.SearchStrategy[str]:
    """Text without white space at its ends."""
    inside = st.text(alphabet, min_size=shortest, max_size=longest)
    return inside.filter(lambda value: value == value.strip(" \t"))


def printable(shortest: int, longest: int) -> st.SearchStrategy[str]:
    return text(VISIBLE + " ", shortest, longest)


def ascii_text(shortest: int, longest: int) -> st.SearchStrategy[str]:
    return text(VISIBLE + " \t", shortest, longest)


@attrs.frozen
class Text:
    operations: tuple[str, ...]
    header: str
    valid: st.SearchStrategy[str]
    longest: int
    shortest: int = 0
    wrong: tuple[str, ...] = ()
    filler: str = "x"
    is_sensitive: bool = False


@attrs.frozen
class Number:
    header: str
    least: int
    greatest: int


ALL = (INVOKE, QUEUE, STREAM)
NOT_NAMES = (
    "",
    "-a",
    "a-",
    "a_b",
    "a.b",
    "a/b",
    "..",
    ".",
    "../a",
    "a/../b",
    "a%2Fb",
    "a b",
    "a:b",
)
NOT_NAMES += ("a?b", "a#b", "a@b", "a\\b", "a;b", "*", "a,b", "arn:aws:sagemaker:::endpoint/a")
PREFIX = "X-Amzn-SageMaker-"

TEXTS = {
    "endpoint_name": Text(ALL, "", name(63), 63, 1, NOT_NAMES),
    "content_type": Text(ALL, "Content-Type", ascii_text(1, 1024), 1024),
    "accept": Text(ALL, "Accept", ascii_text(1, 1024), 1024),
    "custom_attributes": Text(
        ALL, PREFIX + "Custom-Attributes", ascii_text(1, 1024), 1024, is_sensitive=True
    ),
    "inference_id": Text(ALL, PREFIX + "Inference-Id", printable(1, 64), 64, 1, ("a\tb",)),
    "target_model": Text(
        (INVOKE,), PREFIX + "Target-Model", printable(1, 1024), 1024, 1, ("a\tb",)
    ),
    "target_variant": Text((INVOKE, STREAM), PREFIX + "Target-Variant", name(63), 63, 1, NOT_NAMES),
    "target_container_hostname": Text(
        (INVOKE, STREAM), PREFIX + "Target-Container-Hostname", name(63), 63, 1, NOT_NAMES
    ),
    "enable_explanations": Text(
        (INVOKE,), PREFIX + "Enable-Explanations", ascii_text(1, 64), 64, 1
    ),
    "inference_component_name": Text(
        (INVOKE, STREAM), PREFIX + "Inference-Component", name(63), 63, 1, NOT_NAMES
    ),
    "session_id": Text((INVOKE, STREAM), PREFIX + "Session-Id", name(256), 256, 1, NOT_NAMES),
    "prefix_aware_id": Text(
        (INVOKE, STREAM), PREFIX + "Prefix-Aware-Id", printable(1, 64), 64, 1, ("a\tb",)
    ),
    "input_location": Text(
        (QUEUE,),
        PREFIX + "InputLocation",
        st.builds(
            "{}://{}{}".format,
            st.sampled_from(["s3", "https"]),
            st.text(ALNUM + "-._:", min_size=1, max_size=60),
            text(VISIBLE + " ", 0, 200).map(lambda rest: f"/{rest}" if rest else ""),
        ),
        1024,
        1,
        (
            "s3:/b/k",
            "s3:///k",
            "http://h/p",
            "ftp://h/p",
            "S3://b/k",
            "b/k",
            "/etc/passwd",
            "s3://",
        ),
        filler="s3://b/" + "x" * 1024,
    ),
    "s3_output_path_extension": Text(
        (QUEUE,),
        PREFIX + "S3OutputPathExtension",
        st.text(ALNUM + "!_.*'()/-", min_size=1, max_size=512),
        512,
        1,
        ("s3://b/k", "https://h", "a b", "a:b", "a\\b", "a%20b", "a?b", "a&b", "a+b", "~"),
    ),
    "filename": Text(
        (QUEUE,),
        PREFIX + "Filename",
        st.builds(
            "{}{}{}".format,
            st.sampled_from(ALNUM),
            st.text(ALNUM + "-_", max_size=20),
            st.one_of(st.just(""), st.text(ALNUM + "-_", max_size=10).map(".{}".format)),
        ),
        32,
        1,
        (".a", "-a", "_a", "a.b.c", "a..b", "..", "a/b", "a b", "a.tar.gz", "../a"),
    ),
}
NUMBERS = {
    "request_ttl_seconds": Number(PREFIX + "RequestTTLSeconds", 60, 21600),
    "invocation_timeout_seconds": Number(PREFIX + "InvocationTimeoutSeconds", 1, 3600),
}

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


def wire_name(operation: str, parameter: str) -> str:
    header = TEXTS[parameter].header
    if (operation, parameter) in {(QUEUE, "content_type"), (QUEUE, "accept"), (STREAM, "accept")}:
        header = PREFIX + header
    return header


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
