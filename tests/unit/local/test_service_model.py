"""The service model's rules, as the local runtime applies them."""

from __future__ import annotations

import pytest

from wrapper.local._answers import AnsweredError
from wrapper.local._service_model import operations

INVOKE = operations()["invocations"]
ASYNC = operations()["async-invocations"]
STREAM = operations()["invocations-response-stream"]


def test_the_three_operations_are_found_by_the_end_of_their_path():
    assert {suffix: item.name for suffix, item in operations().items()} == {
        "invocations": "InvokeEndpoint",
        "async-invocations": "InvokeEndpointAsync",
        "invocations-response-stream": "InvokeEndpointWithResponseStream",
    }


def test_the_limits_of_bodies_are_the_models():
    assert (INVOKE.body_limit, ASYNC.body_limit) == (6_291_456, 128_000)


@pytest.mark.parametrize(
    ("operation", "header", "name", "value"),
    [
        (INVOKE, "content-type", "ContentType", "text/csv"),
        (INVOKE, "accept", "Accept", "application/json"),
        (ASYNC, "x-amzn-sagemaker-content-type", "ContentType", "text/csv"),
        (ASYNC, "x-amzn-sagemaker-accept", "Accept", "application/json"),
        (STREAM, "x-amzn-sagemaker-accept", "Accept", "application/json"),
        (INVOKE, "x-amzn-sagemaker-custom-attributes", "CustomAttributes", "a" * 1024),
        (INVOKE, "x-amzn-sagemaker-target-model", "TargetModel", "folder/model v1.tar.gz"),
        (INVOKE, "x-amzn-sagemaker-target-variant", "TargetVariant", "a--b"),
        (INVOKE, "x-amzn-sagemaker-session-id", "SessionId", "NEW_SESSION"),
        (INVOKE, "x-amzn-sagemaker-inference-component", "InferenceComponentName", "a-1"),
        (INVOKE, "x-amzn-sagemaker-enable-explanations", "EnableExplanations", "`true`"),
        (INVOKE, "x-amzn-sagemaker-prefix-aware-id", "PrefixAwareId", "chat 7"),
        (ASYNC, "x-amzn-sagemaker-inputlocation", "InputLocation", "s3://bucket/a b/c"),
        (ASYNC, "x-amzn-sagemaker-requestttlseconds", "RequestTTLSeconds", "21600"),
        (ASYNC, "x-amzn-sagemaker-invocationtimeoutseconds", "InvocationTimeoutSeconds", "1"),
        (ASYNC, "x-amzn-sagemaker-filename", "Filename", "result.json"),
        (ASYNC, "x-amzn-sagemaker-s3outputpathextension", "S3OutputPathExtension", "a/b!"),
    ],
)
def test_a_valid_header_is_a_parameter(operation, header, name, value):
    assert operation.parse("e", {header: value}) == {"EndpointName": "e", name: value}


@pytest.mark.parametrize(
    ("operation", "header", "value", "said"),
    [
        (INVOKE, "x-amzn-sagemaker-target-variant", "", "regular expression pattern"),
        (INVOKE, "x-amzn-sagemaker-target-variant", "a" * 64, "length less than or equal to 63"),
        (INVOKE, "x-amzn-sagemaker-target-variant", "ends-", "regular expression pattern"),
        (INVOKE, "x-amzn-sagemaker-target-model", " space first", "regular expression pattern"),
        (INVOKE, "x-amzn-sagemaker-target-model", "", "length greater than or equal to 1"),
        (INVOKE, "x-amzn-sagemaker-inference-id", "tab\there", "regular expression pattern"),
        (INVOKE, "x-amzn-sagemaker-inference-id", "aé", "regular expression pattern"),
        (INVOKE, "accept", "é", "regular expression pattern"),
        (INVOKE, "x-amzn-sagemaker-session-id", "new_session", "regular expression pattern"),
        (STREAM, "x-amzn-sagemaker-session-id", "NEW_SESSION", "regular expression pattern"),
        (ASYNC, "x-amzn-sagemaker-inputlocation", "file:///etc/passwd", "regular expression"),
        (ASYNC, "x-amzn-sagemaker-requestttlseconds", "59", "greater than or equal to 60"),
        (ASYNC, "x-amzn-sagemaker-requestttlseconds", "21601", "less than or equal to 21600"),
        (ASYNC, "x-amzn-sagemaker-requestttlseconds", "sixty", "must be an integer"),
        (ASYNC, "x-amzn-sagemaker-requestttlseconds", "9" * 5000, "must be an integer"),
        (ASYNC, "x-amzn-sagemaker-filename", "a.tar.gz", "regular expression pattern"),
        (ASYNC, "x-amzn-sagemaker-s3outputpathextension", "s3://x", "regular expression"),
    ],
)
def test_an_invalid_header_is_a_validation_error(operation, header, value, said):
    with pytest.raises(AnsweredError) as caught:
        operation.parse("e", {header: value})

    assert (caught.value.status_code, caught.value.code) == (400, "ValidationError")
    assert caught.value.message is not None
    assert caught.value.message.startswith("1 validation error detected: Value")
    assert said in caught.value.message


def test_every_broken_rule_is_named_in_the_services_words():
    headers = {"x-amzn-sagemaker-target-variant": "-", "x-amzn-sagemaker-inference-id": ""}

    with pytest.raises(AnsweredError) as caught:
        INVOKE.parse("e", headers)

    assert caught.value.message == (
        "2 validation errors detected: Value '-' at 'targetVariant' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*; "
        "Value '' at 'inferenceId' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )


def test_a_sensitive_value_is_not_repeated():
    with pytest.raises(AnsweredError) as caught:
        INVOKE.parse("e", {"x-amzn-sagemaker-custom-attributes": "sécret"})

    assert caught.value.message is not None
    assert "Value at 'customAttributes'" in caught.value.message
    assert "cret" not in caught.value.message


def test_headers_of_other_operations_are_ignored():
    assert STREAM.parse("e", {"x-amzn-sagemaker-target-model": ""}) == {"EndpointName": "e"}
