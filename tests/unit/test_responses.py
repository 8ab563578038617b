"""Answers decoded, by both clients: into outputs, and into a typed error whatever comes."""

from __future__ import annotations

import json
import pickle
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import wrapper
from tests.faces import Credentials, Face, Recorder
from wrapper import ModelError, ServiceError

INVOKE = "invoke_endpoint"
QUEUE = "invoke_endpoint_async"
STREAM = "invoke_endpoint_with_response_stream"
OPERATIONS = (INVOKE, QUEUE, STREAM)
each_operation = pytest.mark.parametrize("operation", OPERATIONS)

# Name, status, the placeholder of the document that the project began with, and where it can come.
ROWS = [
    ("InternalFailure", 500, 480, OPERATIONS),
    ("ServiceUnavailable", 503, 481, OPERATIONS),
    ("ValidationError", 400, 482, OPERATIONS),
    ("ModelError", 424, 483, (INVOKE, STREAM)),
    ("InternalDependencyException", 530, 484, (INVOKE,)),
    ("ModelNotReadyException", 429, 485, (INVOKE,)),
]
# Those that any AWS service answers: name, status, class.
COMMON = [
    ("ThrottlingException", 400, wrapper.ThrottlingError),
    ("ThrottlingException", 429, wrapper.ThrottlingError),
    ("Throttling", 400, wrapper.ThrottlingError),
    ("TooManyRequestsException", 429, wrapper.ThrottlingError),
    ("RequestLimitExceeded", 503, wrapper.ThrottlingError),
    ("SlowDown", 503, wrapper.ThrottlingError),
    ("AccessDeniedException", 403, wrapper.AccessDeniedError),
    ("AccessDenied", 403, wrapper.AccessDeniedError),
    ("ExpiredTokenException", 403, wrapper.ExpiredTokenError),
    ("ExpiredToken", 400, wrapper.ExpiredTokenError),
    ("InvalidSignatureException", 403, wrapper.AccessDeniedError),
    ("SignatureDoesNotMatch", 403, wrapper.AccessDeniedError),
    ("UnrecognizedClientException", 403, wrapper.AccessDeniedError),
    ("InvalidClientTokenId", 403, wrapper.AccessDeniedError),
    ("MissingAuthenticationTokenException", 403, wrapper.AccessDeniedError),
    ("IncompleteSignatureException", 400, wrapper.AccessDeniedError),
    ("ValidationException", 400, wrapper.ValidationError),
    ("RequestEntityTooLargeException", 413, wrapper.PayloadTooLargeError),
    ("UnknownOperationException", 404, ServiceError),
    ("SomethingNewException", 418, ServiceError),
]


def fail(
    face: Face,
    status: int,
    headers: dict[str, str] | None = None,
    content: bytes | str = b"",
    operation: str = INVOKE,
    options: dict[str, Any] | None = None,
    **parameters: Any,
) -> ServiceError:
    """The error that an answer becomes."""
    body = content.encode() if isinstance(content, str) else content
    through = Recorder(status, headers, body)
    with pytest.raises(ServiceError) as caught:
        face.call({"transport": through, **(options or {})}, operation, "e", body=b"", **parameters)
    assert len(through.requests) == 1
    error = caught.value
    assert error.status_code == status
    assert error.attempts == 1
    text = str(error)
    assert text.isprintable()
    assert len(text) < 3000
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (text, vars(error))
    return error


NAMINGS = [
    pytest.param(lambda name: ({"x-amzn-errortype": name}, {}), id="header"),
    pytest.param(
        lambda name: (
            {"X-Amzn-ErrorType": f"{name}:http://internal.amazon.com/coral/com.amazon.coral/"},
            {},
        ),
        id="header with a URL",
    ),
    pytest.param(
        lambda name: ({"x-amzn-ErrorType": f"com.amazonaws.sagemakerruntime#{name}"}, {}),
        id="header with a namespace",
    ),
    pytest.param(lambda name: ({}, {"__type": name}), id="__type"),
    pytest.param(
        lambda name: ({}, {"__type": f"com.amazon.coral.service#{name}"}),
        id="__type with a namespace",
    ),
    pytest.param(lambda name: ({}, {"code": name}), id="code"),
    pytest.param(lambda name: ({}, {"Code": name}), id="Code"),
    pytest.param(
        lambda name: ({"x-amzn-errortype": "<not a name>"}, {"__type": name}), id="header unfit"
    ),
    pytest.param(
        lambda name: ({"x-amzn-errortype": name}, {"__type": "ValidationException"}),
        id="header before body",
    ),
]


@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize(("name", "status", "seed_status", "where"), ROWS)
def test_an_error_of_the_service_is_known_by_its_name(
    face, name, status, seed_status, where, naming
):
    headers, document = naming(name)
    for operation in OPERATIONS:
        for answered in (status, 400):  # the name decides, whatever the status says
            body = json.dumps({**document, "Message": "what happened"})
            error = fail(face, answered, {**headers, "x-amzn-requestid": "r-1"}, body, operation)
            assert type(error) is getattr(wrapper, name)
            assert error.code == name
            assert error.message == "what happened"
            assert error.request_id == "r-1"
            said = f"{name}: what happened (status {answered}, request id r-1)"
            assert str(error) == said


@pytest.mark.parametrize("content", [b"", b"{}", b'{"Message":null}', b"not JSON", b"[]", b"null"])
@each_operation
@pytest.mark.parametrize(("name", "status", "seed_status", "where"), ROWS)
def test_an_error_of_the_service_is_known_by_its_status_alone(
    face, name, status, seed_status, where, operation, content
):
    error = fail(face, seed_status, {}, content, operation)
    assert type(error) is getattr(wrapper, name)
    assert error.code == name
    error = fail(face, status, {}, content, operation)
    if operation in where:
        assert type(error) is getattr(wrapper, name)
        assert error.code == name
        assert str(error).startswith(f"{name}: the service gave no message")
    else:  # the operation does not have it, so that the status means what it means everywhere
        assert type(error) is (wrapper.ThrottlingError if status == 429 else ServiceError)
    assert error.message is None
    assert error.request_id is None


@pytest.mark.parametrize(("name", "status", "kind"), COMMON)
@pytest.mark.parametrize("naming", NAMINGS[:8])
def test_an_error_of_any_aws_service_is_known_by_its_name(face, name, status, kind, naming):
    headers, document = naming(name)
    for operation, message in ((INVOKE, "what happened"), (QUEUE, None), (STREAM, "again")):
        body = json.dumps({**document, "message": message})
        error = fail(face, status, headers, body, operation)
        assert type(error) is kind
        assert error.code == name
        assert error.message == message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, wrapper.AccessDeniedError),
        (403, wrapper.AccessDeniedError),
        (413, wrapper.PayloadTooLargeError),
        (301, ServiceError),
        (304, ServiceError),
        (404, ServiceError),
        (408, ServiceError),
        (418, ServiceError),
        (501, ServiceError),
        (502, ServiceError),
        (504, ServiceError),
        (599, ServiceError),
        (999, ServiceError),
    ],
)
@each_operation
def test_a_status_means_what_it_means_everywhere(face, status, kind, operation):
    error = fail(face, status, operation=operation)
    assert type(error) is kind
    assert error.code is None
    assert str(error).startswith(f"{kind.__name__}: ")


@pytest.mark.parametrize(
    "content",
    [
        "<?xml version='1.0'?>\n<Error><Code>{}</Code><Message>{}</Message></Error>",
        "<ErrorResponse xmlns='a'><Error><Code>{}</Code><Message>{}</Message></Error>",
        " \n<Response><Errors><Error><Code> {} </Code><Message>{}</Message></Error></Errors>",
    ],
)
@each_operation
def test_an_error_in_xml_is_read_too(face, content, operation):
    escaped = "a &lt;b&gt; &amp;amp; &quot;c&quot;"
    xml = content.format("SignatureDoesNotMatch", escaped)
    error = fail(face, 403, {"content-type": "application/xml"}, xml, operation)
    assert type(error) is wrapper.AccessDeniedError
    assert error.code == "SignatureDoesNotMatch"
    assert error.message == 'a <b> &amp; "c"'


HTML = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><center>"
    "<h1>502 Bad Gateway</h1><code>canary</code></center></body></html>"
)


@each_operation
def test_the_page_of_a_proxy_is_an_error_without_its_text(face, operation):
    error = fail(face, 502, {"content-type": "text/html"}, HTML, operation)
    assert type(error) is ServiceError
    assert error.code is None
    assert error.message is None
    assert error.is_retryable
    assert "canary" not in str(error)
    error = fail(face, 503, {"content-type": "text/html"}, HTML, operation)
    assert type(error) is wrapper.ServiceUnavailable


@pytest.mark.parametrize(
    "document",
    [
        {"__type": 5, "message": 5},
        {"__type": None, "message": None},
        {"__type": ["ValidationError"], "message": {"a": 1}},
        {"__type": "", "message": ""},
        {"__type": "two words", "Message": True},
        {"__type": "x" * 1000},
        {"__type": "#", "message": []},
        {"__type": ":ValidationError"},
    ],
)
def test_members_of_the_wrong_type_are_as_good_as_none(face, document):
    error = fail(face, 400, {}, json.dumps(document))
    assert type(error) is wrapper.ValidationError  # by its status
    assert error.code == "ValidationError"
    assert error.message is None


@pytest.mark.parametrize(
    "members",
    [
        {"OriginalStatusCode": "500", "OriginalMessage": 5, "LogStreamArn": []},
        {"OriginalStatusCode": True, "OriginalMessage": None, "LogStreamArn": None},
        {"OriginalStatusCode": 500.5},
        {"OriginalStatusCode": None, "OriginalMessage": ""},
        {},
    ],
)
def test_facts_of_a_model_error_of_the_wrong_type_are_none(face, members):
    error = fail(face, 424, {}, json.dumps({"Message": "m", **members}))
    assert type(error) is ModelError
    assert (error.original_status_code, error.original_message, error.log_stream_arn) == (
        *(None, None, None),
    )


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (
            302,
            {"Location": "https://u:canary@portal.example/login?canary"},
            "https://portal.example,",
        ),
        (
            301,
            {"Location": "/canary"},
            "it redirects to elsewhere, and a signature is for one host",
        ),
        (
            403,
            {"Content-Type": "Text/HTML; charset=utf-8"},
            "it is an HTML page: check the endpoint",
        ),
        (403, {"Content-Type": "application/json"}, "the service gave no message (status"),
        (304, {}, "the service gave no message (status"),
    ],
)
def test_an_answer_that_is_not_the_services_says_what_it_is(face, status, headers, said):
    error = fail(face, status, headers, b"<html>canary</html>")
    assert said in str(error)
    assert "canary" not in str(error)


def test_a_byte_order_mark_is_no_part_of_an_error(face):
    for document in ('\ufeff{"message": "m"}', "\ufeff<Error><Message>m</Message></Error>"):
        assert fail(face, 400, {}, document).message == "m"


def test_a_model_error_has_the_facts_and_its_text_repeats_nothing_that_the_container_said(face):
    canary = 'Traceback: bad input "canary"\n{"a": "canary"}'
    document = {
        "Message": f'Received server error (500) from primary with message "{canary}". See '
        "https://us-east-1.console.aws.amazon.com/cloudwatch for more information.",
        "OriginalStatusCode": 500,
        "OriginalMessage": canary,
        "LogStreamArn": "arn:aws:logs:us-east-1:111122223333:log-group:/aws/sagemaker/Endpoints/e",
    }
    for operation in (INVOKE, STREAM):
        error = fail(face, 424, {"x-amzn-requestid": "r-1"}, json.dumps(document), operation)
        assert type(error) is ModelError
        assert error.code == "ModelError"
        assert error.original_status_code == 500
        assert error.original_message == canary
        assert error.log_stream_arn == document["LogStreamArn"]
        assert error.message == document["Message"]
        assert not error.is_retryable
        assert str(error) == (
            'ModelError: Received server error (500) from primary with message "(see '
            'original_message)". See https://us-east-1.console.aws.amazon.com/cloudwatch for more '
            "information. (status 424, request id r-1)"
        )


@pytest.mark.parametrize(
    ("message", "original"),
    [
        ('Received client error (400) from primary with message "canary and mo', "canary and more"),
        ('Received client error (400) from primary with message "canary and more"', "canary"),
        ('Received client error (400) from primary with message "canary"', None),
        ("The model said canary and failed", "canary"),
        ("canary", "canary"),
    ],
)
def test_a_container_is_not_quoted_however_its_message_was_cut(face, message, original):
    document = {"Message": message, "OriginalMessage": original}
    error = fail(face, 424, {}, json.dumps(document))
    assert "canary" not in str(error)
    assert error.message == message


def test_a_short_word_of_a_container_does_not_tear_the_message_apart(face):
    document = {"Message": "Received server error (500)", "OriginalMessage": "e"}
    error = fail(face, 424, {}, json.dumps(document))
    assert str(error).startswith("ModelError: Received server error (500) (status")


@each_operation
def test_too_large_a_payload_is_explained(face, operation):
    for content, said in (
        (b"", "the service gave no message"),
        (b'{"message":"too large"}', "too large"),
    ):
        error = fail(face, 413, {}, content, operation)
        assert type(error) is wrapper.PayloadTooLargeError
        assert str(error).startswith(f"PayloadTooLargeError: {said}; the request's body is larger")
        assert "invoke_endpoint_async" in str(error)


@pytest.mark.parametrize(
    "content",
    [
        b'{"message":' * 200_000,
        b'{"a":' + b"[" * 200_000,
        b'{"message": "' + b"x" * 1_000_000 + b'"}',
        b'{"message": ' + b"9" * 1_000_000 + b"}",
        b"<Code>" * 150_000,
        b"<Error><Message>" + b"x" * 1_000_000,
        b"<" + b" " * 1_000_000,
        b" " * 1_000_000,
        b'{"message": "\xff\xfe"}',
        b'\xef\xbb\xbf{"message": "with a byte order mark"}',
        b'{"message": "\\ud800 \\u001b[31m \\u202e \\u0000 \\r\\n next line"}',
        b'{"message": "a", "message": "b"}',
    ],
    ids=lambda content: repr(content[:20]),
)
@each_operation
def test_a_hostile_body_is_decoded_quickly_into_a_short_line(face, content, operation):
    begin = time.process_time()
    error = fail(face, 400, {}, content, operation)
    assert time.process_time() - begin < 2
    assert type(error) is wrapper.ValidationError


def test_what_a_terminal_would_obey_is_spelled_out(face):
    message = "a\x1b[31mred\x07 \u202eb \ud800\nforged: line"
    error = fail(face, 400, {}, json.dumps({"message": message}))
    assert error.message == message
    assert str(error).startswith(
        r"ValidationError: a\x1b[31mred\x07 \u202eb \ud800 forged: line (status"
    )


@pytest.mark.parametrize("header", ["x-amzn-requestid", "x-amz-request-id", "X-Amzn-RequestId"])
def test_the_request_id_is_read_from_either_header(face, header):
    assert fail(face, 500, {header: "r-1"}).request_id == "r-1"
    both = {"x-amz-request-id": "other", "x-amzn-requestid": "r-1"}
    assert fail(face, 500, both).request_id == "r-1"


@pytest.mark.parametrize("attributes", ["canary-attributes", "canary  with \t blanks", "canary\tx"])
def test_what_the_request_held_is_masked_where_the_service_repeats_it(face, attributes):
    folded = " ".join(attributes.split())
    message = (
        "The request signature we calculated does not match.\n"
        f"x-amz-security-token:canary-token\nx-amzn-sagemaker-custom-attributes:{folded}\n"
        f"and once more {attributes} canary-token"
    )
    error = fail(
        face,
        403,
        {"x-amzn-errortype": "InvalidSignatureException"},
        json.dumps({"message": message}),
        options={"credentials": Credentials("AKID", "canary-secret", "canary-token")},
        custom_attributes=attributes,
    )
    assert type(error) is wrapper.AccessDeniedError
    assert error.message is not None
    assert "canary" not in str(error) + repr(error) + error.message
    assert "x-amz-security-token:***" in error.message


json_text = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["__type", "code", "message", "Message", "OriginalMessage", "OriginalStatusCode"]
            ),
            inner,
        )
    ),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())


@settings(max_examples=80)
@given(
    status=st.one_of(
        st.integers(300, 999), st.sampled_from([400, 403, 413, 424, 429, 480, 483, 500, 530])
    ),
    error_type=st.none() | st.text(st.characters(codec="latin-1", min_codepoint=0x20), max_size=40),
    content=st.one_of(json_text, st.binary(max_size=60), st.text(max_size=60).map(str.encode)),
    operation=st.sampled_from(OPERATIONS),
)
@example(
    status=424,
    error_type=None,
    content=b'{"Message": "\\"", "OriginalMessage": "\\""}',
    operation=INVOKE,
)
def test_whatever_comes_becomes_a_typed_error(face, status, error_type, content, operation):
    headers = {} if error_type is None else {"x-amzn-errortype": error_type.encode("latin-1")}
    error = fail(face, status, headers, content, operation)
    assert error.code is None or error.code.isascii()
    assert error.message is None or isinstance(error.message, str)


# Outputs


def succeed(
    face: Face, operation: str, headers: dict[str, str], content: bytes = b"", status: int = 200
) -> Any:
    through = Recorder(status, headers, content)
    return face.call({"transport": through}, operation, "e", body=b"")


# Whatever the case that the service or a proxy spells them in.
@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title, str])
def test_an_output_has_every_fact_of_the_answer(face, spell):
    headers = {
        "Content-Type": "application/json",
        "x-Amzn-Invoked-Production-Variant": "blue",
        "X-Amzn-SageMaker-Custom-Attributes": "canary",
        "X-Amzn-SageMaker-New-Session-Id": "session-1; Expires=2026-11-23T13:00:00Z",
        "X-Amzn-SageMaker-Closed-Session-Id": "session-0",
        "x-amzn-RequestId": "r-1",
    }
    output = succeed(face, INVOKE, {spell(k): v for k, v in headers.items()}, b'{"a": "canary"}')
    assert output.body == b'{"a": "canary"}'
    assert output.json() == {"a": "canary"}
    assert output.text() == '{"a": "canary"}'
    assert output.content_type == "application/json"
    assert output.invoked_production_variant == "blue"
    assert output.custom_attributes == "canary"
    assert output.new_session_id == "session-1"
    assert output.new_session_expires == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert output.closed_session_id == "session-0"
    assert output.status_code == 200
    assert output.request_id == "r-1"
    assert output.headers["x-AMZN-requestid"] == "r-1"
    assert output.attempts == 1
    assert "canary" not in repr(output) + str(output)


def test_an_answer_without_any_header_has_no_facts(face):
    output = succeed(face, INVOKE, {})
    facts = ("content_type", "invoked_production_variant", "custom_attributes", "request_id")
    facts += ("new_session_id", "new_session_expires", "closed_session_id")
    assert [getattr(output, name) for name in facts] == [None] * 7
    assert output.body == b""


@pytest.mark.parametrize(
    ("header", "session_id", "expires"),
    [
        ("s; Expires=2026-11-23T13:00:00Z", "s", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("s;Expires=2026-11-23T13:00:00Z", "s", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("s ; expires=2026-11-23T13:00:00.5Z", "s", datetime(2026, 11, 23, 13, 0, 0, 500000, UTC)),
        (
            "s; Expires=2026-11-23T13:00:00+01:00",
            "s",
            datetime(2026, 11, 23, 13, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("s; Expires=2026-11-23T13:00:00", "s", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("s; Expires = 2026-11-23T13:00:00Z", "s", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("s", "s", None),
        ("s;", "s", None),
        ("s; Expires=", "s", None),
        ("s; Expires=tomorrow", "s", None),
        ("s; Path=/", "s", None),
        ("s; Expires=2026-13-45T99:00:00Z", "s", None),
        ("", "", None),
    ],
)
def test_a_new_session_is_read_and_its_end_is_aware(face, header, session_id, expires):
    output = succeed(face, INVOKE, {"x-amzn-sagemaker-new-session-id": header})
    assert (output.new_session_id, output.new_session_expires) == (session_id, expires)


@pytest.mark.parametrize("status", [200, 202])
def test_a_queued_inference_has_every_fact_of_the_answer(face, status):
    headers = {
        "X-Amzn-SageMaker-OutputLocation": "s3://bucket/out",
        "x-amzn-sagemaker-failurelocation": "s3://bucket/failure",
        "x-amzn-requestid": "r-1",
    }
    output = succeed(face, QUEUE, headers, b'{"InferenceId": "i-1"}', status)
    assert output.inference_id == "i-1"
    assert output.output_location == "s3://bucket/out"
    assert output.failure_location == "s3://bucket/failure"
    assert output.status_code == status
    assert output.request_id == "r-1"
    assert output.headers["X-Amzn-RequestId"] == "r-1"
    assert output.attempts == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"<html>", b'{"InferenceId": null}', b'{"InferenceId": 5}'],
)
def test_a_receipt_without_a_readable_id_has_none(face, content):
    output = succeed(face, QUEUE, {}, content, 202)
    assert (output.inference_id, output.output_location, output.failure_location) == (
        *(None, None, None),
    )


@pytest.mark.parametrize("status", [200, 201, 204, 206, 299])
@each_operation
def test_every_2xx_is_a_success(face, status, operation):
    assert succeed(face, operation, {}, status=status).status_code == status


def test_a_repeated_header_is_joined_as_http_says(face):
    through = Recorder(200, [("x-a", "1"), ("X-A", "2")])
    output = face.call({"transport": through}, INVOKE, "e", b"")
    assert output.headers["x-a"] == "1, 2"
