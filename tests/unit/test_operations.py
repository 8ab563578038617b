"""The seam: each operation's facts and the requests it builds, against botocore's service model."""

from __future__ import annotations

import botocore.session
import pytest

from wrapper import ParameterError
from wrapper._operations import (
    INVOKE_ENDPOINT,
    INVOKE_ENDPOINT_ASYNC,
    INVOKE_ENDPOINT_WITH_RESPONSE_STREAM,
    OPERATIONS,
    SERVICE_ID,
    SIGNING_NAME,
    Operation,
    WireRequest,
)

MODEL = botocore.session.Session().get_service_model("sagemaker-runtime")
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: op.function)


def nothing(operation: Operation) -> dict[str, object]:
    """No parameter given but the name."""
    return {rule.name: None for rule in operation.rules} | {"endpoint_name": "e"}


def test_the_service_is_the_one_that_botocore_knows():
    assert str(MODEL.service_id) == SERVICE_ID
    assert MODEL.signing_name == SIGNING_NAME


def test_every_operation_of_the_service_is_here_but_the_one_over_http_2():
    assert {operation.name for operation in OPERATIONS} == {
        name
        for name in MODEL.operation_names
        if "Bidirectional" not in name  # another protocol, on another port
    }


@each_operation
def test_an_operation_has_the_facts_of_the_service_model(operation):
    model = MODEL.operation_model(operation.name)
    members = model.input_shape.members
    body = model.input_shape.serialization["payload"]
    required = {rule.argument for rule in operation.rules if rule.required}
    assert required == {"endpoint_name"}
    assert operation.body_required == (body in model.input_shape.required_members)
    assert len(operation.rules) == len(members) - 1
    sensitive = {name for name, shape in members.items() if shape.metadata.get("sensitive")}
    assert sensitive - {body} == {"CustomAttributes"}
    assert operation.sensitive == {"custom_attributes"}
    assert operation.errors == {
        shape.metadata.get("error", {}).get("httpStatusCode"): shape.name
        for shape in model.error_shapes
        if not shape.name.endswith(("StreamError", "StreamFailure"))  # these come as events
    }
    assert set(operation.response_headers.values()) == {
        shape.serialization["name"].lower()
        for shape in model.output_shape.members.values()
        if shape.serialization.get("location") == "header"
    }


@each_operation
def test_a_request_with_nothing_given_has_a_path_and_no_headers(operation):
    path = {
        "invoke_endpoint": "/endpoints/e/invocations",
        "invoke_endpoint_async": "/endpoints/e/async-invocations",
        "invoke_endpoint_with_response_stream": "/endpoints/e/invocations-response-stream",
    }[operation.function]
    assert operation.request(nothing(operation), b"ab") == WireRequest("POST", path, {}, b"ab")


def test_the_names_on_the_wire_are_each_operations_own():
    values = {"content_type": "a/b", "accept": "c/d"}
    headers = {
        operation.function: operation.request(nothing(operation) | values, b"").headers
        for operation in OPERATIONS
    }
    assert headers == {
        "invoke_endpoint": {"Content-Type": "a/b", "Accept": "c/d"},
        "invoke_endpoint_async": {
            "X-Amzn-SageMaker-Content-Type": "a/b",
            "X-Amzn-SageMaker-Accept": "c/d",
        },
        "invoke_endpoint_with_response_stream": {
            "Content-Type": "a/b",
            "X-Amzn-SageMaker-Accept": "c/d",
        },
    }


@each_operation
def test_the_name_is_required(operation):
    with pytest.raises(ParameterError) as caught:
        operation.request(nothing(operation) | {"endpoint_name": None}, b"")
    assert str(caught.value) == "endpoint_name: it is required"
    assert caught.value.parameter == "endpoint_name"


def test_the_body_of_a_queued_inference_may_be_missing():
    values = nothing(INVOKE_ENDPOINT_ASYNC) | {"input_location": "s3://b/k"}
    assert INVOKE_ENDPOINT_ASYNC.request(values, None).body == b""
    for operation in (INVOKE_ENDPOINT, INVOKE_ENDPOINT_WITH_RESPONSE_STREAM):
        assert operation.body_required


def test_a_request_shows_nothing_of_its_content():
    values = nothing(INVOKE_ENDPOINT) | {"custom_attributes": "canary"}
    request = INVOKE_ENDPOINT.request(values, b"canary")
    assert repr(request) == "<WireRequest POST /endpoints/e/invocations, 6 bytes>"
