"""Against moto's server with real signature checking on: somebody else's AWS."""

from __future__ import annotations

import json
import urllib.request
import warnings
from collections.abc import Iterator
from typing import Any

import attrs
import boto3
import pytest

import wrapper
from wrapper import Credentials
from wrapper._values import replace

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # moto's own
    from moto.server import ThreadedMotoServer

pytestmark = pytest.mark.slow  # importing moto takes seconds

REGION = "us-east-1"
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@attrs.frozen
class Moto:
    url: str
    credentials: Credentials

    def at(self, **options: Any) -> dict[str, Any]:
        """The options of a client."""
        given = {"region": REGION, "endpoint_url": self.url, "credentials": self.credentials}
        return {**given, **options}

    def post(self, path: str, content: bytes, content_type: str = "application/json") -> None:
        request = urllib.request.Request(  # a loopback address
            f"{self.url}/moto-api/{path}", content, {"content-type": content_type}
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status in {200, 201}

    def client(self, service: str, credentials: Credentials | None = None) -> Any:
        keys = credentials or self.credentials
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
        )


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        anybody = Moto(url, Credentials("unchecked", "unchecked"))
        # moto's state is the process's, and this fixture may be made twice in one: begin anew.
        anybody.post("reset-auth", b"inf", "text/plain")
        anybody.post("reset", b"", "text/plain")
        # A user with a key, as long as moto believes everybody.
        iam = anybody.client("iam")
        iam.create_user(UserName="user")
        key = iam.create_access_key(UserName="user")["AccessKey"]
        iam.put_user_policy(UserName="user", PolicyName="all", PolicyDocument=json.dumps(ALLOWED))
        moto = Moto(url, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
        moto.post("reset-auth", b"0", "text/plain")  # from here on every signature is checked
        yield moto
    finally:
        server.stop()


def names() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"endpoint-{number}"


name = names()  # moto answers the same again where it was asked before


def test_an_inference_is_answered(face, moto):
    result = {
        "Body": '{"label": "cat"}',
        "ContentType": "application/json",
        "InvokedProductionVariant": "blue",
        "CustomAttributes": "a=1",
    }
    content = json.dumps({"region": REGION, "results": [result]}).encode()
    moto.post("static/sagemaker/endpoint-results", content)
    output = face.call(
        moto.at(),
        "invoke_endpoint",
        next(name),
        {"pixels": [1, 2]},
        accept="application/json",
        custom_attributes="b=2;  two blanks\tand a tab",
        target_model="model.tar.gz",
        inference_id="inference 1",
    )
    assert output.json() == {"label": "cat"}
    assert output.content_type == "application/json"
    assert output.invoked_production_variant == "blue"
    assert output.custom_attributes == "a=1"
    assert output.status_code == 200
    assert output.request_id
    assert output.attempts == 1


@pytest.mark.parametrize("is_failure", [False, True])
def test_a_queued_inference_leaves_its_result_in_s3(face, moto, is_failure):
    result = {"data": "the result", "is_failure": is_failure}
    content = json.dumps({"region": REGION, "results": [result]}).encode()
    moto.post("static/sagemaker/async-endpoint-results", content)
    output = face.call(
        moto.at(),
        "invoke_endpoint_async",
        next(name),
        # moto refuses the signature of every request without a body, those of boto3 too.
        body="1,2",
        inference_id="inference-1",
        request_ttl_seconds=60,
        invocation_timeout_seconds=3600,
    )
    assert output.inference_id == "inference-1"
    assert output.status_code == 200  # the service answers 202
    assert output.request_id
    location = output.failure_location if is_failure else output.output_location
    bucket, _, key = location.removeprefix("s3://").partition("/")
    stored = moto.client("s3").get_object(Bucket=bucket, Key=key)
    assert stored["Body"].read() == b"the result"


def test_an_id_is_made_up_where_none_was_given(face, moto):
    output = face.call(moto.at(), "invoke_endpoint_async", next(name), body="1,2")
    assert output.inference_id


def test_temporary_credentials_are_accepted(face, moto):
    moto.client("iam").create_role(
        RoleName=f"role-{face.is_async}", AssumeRolePolicyDocument=json.dumps(ALLOWED)
    )
    moto.client("iam").put_role_policy(
        RoleName=f"role-{face.is_async}", PolicyName="all", PolicyDocument=json.dumps(ALLOWED)
    )
    given = moto.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::123456789012:role/role-{face.is_async}", RoleSessionName="session"
    )["Credentials"]
    credentials = Credentials(
        given["AccessKeyId"],
        given["SecretAccessKey"],
        given["SessionToken"],
        given["Expiration"],
    )
    output = face.call(moto.at(credentials=credentials), "invoke_endpoint", next(name), "1,2")
    assert output.status_code == 200
    wrong = replace(credentials, session_token="not-the-token")
    with pytest.raises(wrapper.AccessDeniedError):
        face.call(moto.at(credentials=wrong), "invoke_endpoint", next(name), "1,2")


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("invoke_endpoint", {"body": "1,2"}),
        ("invoke_endpoint_async", {"input_location": "s3://b/k"}),
    ],
)
@pytest.mark.parametrize("is_key_known", [True, False])
def test_wrong_secrets_are_a_typed_403(face, moto, operation, body, is_key_known):
    known = moto.credentials
    credentials = (
        Credentials(known.access_key_id, "canary-secret")
        if is_key_known
        else Credentials("AKIAUNKNOWNUNKNOWN00", known.secret_access_key)
    )
    with pytest.raises(wrapper.AccessDeniedError) as caught:
        face.call(moto.at(credentials=credentials), operation, next(name), **body)
    error = caught.value
    assert error.status_code == 403
    assert error.code == ("SignatureDoesNotMatch" if is_key_known else "InvalidClientTokenId")
    assert error.message
    assert error.attempts == 1
    assert not error.is_retryable
    assert "canary" not in str(error) + repr(error)


def test_any_region_is_signed_for(face, moto):
    """moto takes the region from the signature."""
    output = face.call(moto.at(region="eu-west-1"), "invoke_endpoint", next(name), "1,2")
    assert output.text() == "body"


def test_what_moto_does_not_have_is_an_error_of_the_service(face, moto):
    found, error = face.read(moto.at(), body="1,2")
    assert found == []
    assert type(error) is wrapper.ServiceError
    assert error.status_code == 404
