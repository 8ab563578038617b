"""The outputs as values: text, JSON, equality, pickling, and what they do not show."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime

import pytest

from wrapper import (
    Headers,
    InvokeEndpointAsyncOutput,
    InvokeEndpointOutput,
    OutputDecodeError,
    ParameterError,
)
from wrapper._outputs import charset
from wrapper._values import replace


def output(body: bytes = b"{}", content_type: str | None = "application/json"):
    return InvokeEndpointOutput(
        body=body,
        content_type=content_type,
        invoked_production_variant="blue",
        custom_attributes="canary",
        new_session_id="s-1",
        new_session_expires=datetime(2026, 1, 1, tzinfo=UTC),
        closed_session_id="s-0",
        status_code=200,
        request_id="r-1",
        headers=Headers([("x-amzn-sagemaker-custom-attributes", "canary")]),
        attempts=1,
    )


RECEIPT = InvokeEndpointAsyncOutput(
    inference_id="i-1",
    output_location="s3://b/o",
    failure_location="s3://b/f",
    status_code=202,
    request_id="r-1",
    headers=Headers([("x-a", "canary")]),
    attempts=1,
)


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        (None, "utf-8"),
        ("", "utf-8"),
        ("text/plain", "utf-8"),
        ("text/plain; charset=latin-1", "latin-1"),
        ("text/plain;charset=LATIN-1", "LATIN-1"),
        ('text/plain; Charset="utf-16"', "utf-16"),
        ("text/plain; boundary=x; charset=utf-16", "utf-16"),
        ("text/plain; charset=", "utf-8"),
        ('text/plain; charset=""', "utf-8"),
        ("text/plain; charset", "utf-8"),
    ],
)
def test_text_is_decoded_as_the_content_type_says(content_type, encoding):
    assert charset(content_type) == encoding
    assert output("é".encode(encoding), content_type).text() == "é"


def test_an_encoding_may_be_chosen():
    assert output("é".encode("latin-1")).text("latin-1") == "é"
    for named in ("no-such", "hex"):
        with pytest.raises(ParameterError, match=f"encoding: '{named}' is not accepted"):
            output(b"a").text(named)


@pytest.mark.parametrize("named", ["no-such", "hex", "rot13", "", "\0", "punycode", "idna", "é"])
def test_a_charset_that_is_none_of_text_counts_as_none(named):
    assert output("é".encode(), f"text/plain; charset={named}").text() == "é"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_json_is_read_in_every_encoding_that_json_may_have(encoding):
    assert output('{"a": "é"}'.encode(encoding)).json() == {"a": "é"}


@pytest.mark.parametrize("body", [b"", b"{", b"canary", b"\xff\xfe\xfd", b"1 2", b"9" * 10_000])
def test_what_is_no_json_is_an_error_with_facts_that_does_not_hold_it(body):
    with pytest.raises(OutputDecodeError, match=r"output \(\d+ bytes, .*is not JSON: ") as caught:
        output(body).json()
    error = caught.value
    assert isinstance(error, ValueError)
    assert (error.content_type, error.request_id) == ("application/json", "r-1")
    assert "canary" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)


def test_what_is_no_text_is_an_error_with_facts_that_does_not_hold_it():
    with pytest.raises(OutputDecodeError, match="is not text: its byte 6 is not utf-8") as caught:
        output(b"canary\xff").text()
    assert "canary" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_test_of_ones_own_makes_an_output_of_a_body_alone():
    made = InvokeEndpointOutput(body=b"{}")
    assert (made.json(), made.status_code, made.attempts, dict(made.headers)) == ({}, 200, 1, {})
    assert InvokeEndpointAsyncOutput(output_location="s3://b/k").status_code == 202


def test_nothing_sensitive_shows():
    assert repr(output(b"canary")) == (
        "InvokeEndpointOutput(body=<6 bytes>, content_type='application/json', "
        "invoked_production_variant='blue', new_session_id='s-1', "
        "new_session_expires=datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), "
        "closed_session_id='s-0', status_code=200, request_id='r-1', attempts=1)"
    )
    assert "canary" not in repr(RECEIPT)


@pytest.mark.parametrize("value", [output(), RECEIPT])
def test_an_output_is_a_value(value):
    for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), replace(value)):
        assert again == value
    assert replace(value, attempts=2) != value
    with pytest.raises(AttributeError):
        value.attempts = 2


def test_an_output_can_be_kept_as_a_row():
    row = {name: getattr(RECEIPT, name) for name in RECEIPT.__slots__}
    assert row["inference_id"] == "i-1"
    assert json.dumps({**row, "headers": dict(row["headers"])})
