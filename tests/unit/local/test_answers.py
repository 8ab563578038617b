"""Error answers, as the clients' parsers see them."""

from __future__ import annotations

import json

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import RestJSONParser, RestXMLParser

from wrapper.local._answers import STATUS_CODES, AnsweredError, model_error

MODEL = ServiceModel(Loader().load_service_model("sagemaker-runtime", "service-2"))


def parsed(error: AnsweredError) -> dict[str, object]:
    """The answer as botocore reads it."""
    headers, body = error.as_json()
    shape = MODEL.operation_model("InvokeEndpoint").output_shape
    answer = {"status_code": error.status_code, "headers": headers, "body": body}
    return RestJSONParser().parse(answer, shape)


def test_the_statuses_of_the_services_own_errors_are_the_models():
    modelled = {
        shape.name: shape.metadata["error"]["httpStatusCode"]
        for shape in MODEL.error_shapes
        if "error" in shape.metadata
    }

    assert modelled.items() <= STATUS_CODES.items()


@pytest.mark.parametrize("code", sorted(STATUS_CODES))
@pytest.mark.parametrize("message", ["What was wrong.", None, ""])
def test_botocore_reads_code_and_message(code, message):
    error = parsed(AnsweredError(code, message))["Error"]

    assert error == {"Code": code, "Message": message}


def test_the_services_own_errors_spell_message_as_their_model_does():
    assert json.loads(AnsweredError("ModelError", "m").as_json()[1]) == {"Message": "m"}
    assert json.loads(AnsweredError("ThrottlingException", None).as_json()[1]) == {"message": None}


def test_xml_is_what_s3_answers():
    headers, body = AnsweredError("NoSuchKey", "<&>", members={"Key": "a<b"}).as_xml("id-1")

    assert headers == {"content-type": "application/xml"}
    answer = {"status_code": 404, "headers": {}, "body": body}
    read = RestXMLParser().parse(answer, None)
    assert read["Error"] == {"Code": "NoSuchKey", "Message": "<&>", "Key": "a<b"}
    assert b"<RequestId>id-1</RequestId>" in body


def test_a_model_error_says_what_the_container_said_and_where_its_logs_are():
    error = model_error(
        region="eu-west-1", endpoint_name="e", container="primary", status_code=418, message="tea"
    )

    assert error.status_code == 424
    assert error.message == (
        'Received client error (418) from primary with message "tea". See '
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logEventViewer:group=/aws/sagemaker/Endpoints/e in account 111122223333 for more "
        "information."
    )
    assert error.members == {
        "OriginalStatusCode": 418,
        "OriginalMessage": "tea",
        "LogStreamArn": "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/sagemaker/Endpoints/e",
    }


@pytest.mark.parametrize(("status", "side"), [(400, "client"), (500, "server"), (0, "server")])
def test_a_model_error_blames_the_client_or_the_server(status, side):
    error = model_error(
        region="r", endpoint_name="e", container="c", status_code=status, message=""
    )

    assert (error.message or "").startswith(f"Received {side} error ({status}) from c ")


def test_a_message_over_the_limit_is_cut():
    error = model_error(
        region="r", endpoint_name="e", container="c", status_code=500, message="x" * 5000
    )

    assert "and could not load the entire response body. See" in (error.message or "")
    assert error.members["OriginalMessage"] == "x" * 2048
