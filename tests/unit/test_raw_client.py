"""The raw client, by itself: right on the wire, whatever is asked and whatever is answered."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sagemaker_runtime import Client
from sagemaker_runtime.api.runtime import (
    invoke_endpoint,
    invoke_endpoint_async,
    invoke_endpoint_with_response_stream,
)
from sagemaker_runtime.errors import UnexpectedStatus
from sagemaker_runtime.models import (
    InternalDependencyException,
    InvokeEndpointAsyncOutput,
    ModelError,
)
from sagemaker_runtime.types import Response
from wrapper import Credentials, SigV4Auth

URL = "https://runtime.sagemaker.eu-west-1.amazonaws.com"
Exchange = Callable[..., tuple[httpx.Request, Response[Any]]]


@pytest.fixture(params=["sync", "async"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    """Call an operation through a transport that answers, in both ways."""

    def run(
        operation: Any,
        *arguments: Any,
        answer: httpx.Response | None = None,
        raise_on_unexpected_status: bool = False,
        **parameters: Any,
    ) -> tuple[httpx.Request, Response[Any]]:
        seen: list[httpx.Request] = []

        def handle(asked: httpx.Request) -> httpx.Response:
            seen.append(asked)
            return answer or httpx.Response(200)

        client = Client(
            URL,
            auth=SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "eu-west-1"),
            httpx_args={"transport": httpx.MockTransport(handle)},
            raise_on_unexpected_status=raise_on_unexpected_status,
        )
        parameters |= {"client": client}
        if request.param == "sync":
            response = operation.sync_detailed(*arguments, **parameters)
        else:
            response = asyncio.run(operation.asyncio_detailed(*arguments, **parameters))
        return seen[0], response

    return run


def test_invoke_endpoint_sends_its_method_path_headers_and_bytes(exchange: Exchange) -> None:
    sent, _ = exchange(
        invoke_endpoint,
        "churn",
        body=b"\x00\xff1,2",
        content_type="text/csv",
        accept="application/json",
        x_amzn_sage_maker_target_model="a b.tar.gz",
        x_amzn_sage_maker_session_id="NEW_SESSION",
    )
    assert sent.method == "POST"
    assert str(sent.url) == f"{URL}/endpoints/churn/invocations"
    assert sent.content == b"\x00\xff1,2"
    ours = {
        name: value
        for name, value in sent.headers.items()
        if name.startswith("x-amzn") or name in {"content-type", "accept", "content-length"}
    }
    assert ours == {
        "content-type": "text/csv",
        "accept": "application/json",
        "content-length": "5",
        "x-amzn-sagemaker-target-model": "a b.tar.gz",
        "x-amzn-sagemaker-session-id": "NEW_SESSION",
    }
    assert sent.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def test_invoke_endpoint_async_sends_its_headers_and_no_body(exchange: Exchange) -> None:
    sent, response = exchange(
        invoke_endpoint_async,
        "churn",
        x_amzn_sage_maker_input_location="s3://bucket/input.json",
        x_amzn_sage_maker_content_type="application/json",
        x_amzn_sage_maker_request_ttl_seconds=60,
        answer=httpx.Response(202, json={"InferenceId": "i-1"}),
    )
    assert str(sent.url) == f"{URL}/endpoints/churn/async-invocations"
    assert sent.headers["x-amzn-sagemaker-inputlocation"] == "s3://bucket/input.json"
    assert sent.headers["x-amzn-sagemaker-content-type"] == "application/json"
    assert sent.headers["x-amzn-sagemaker-requestttlseconds"] == "60"
    assert sent.content == b""
    assert "content-type" not in sent.headers
    assert response.status_code == 202
    assert isinstance(response.parsed, InvokeEndpointAsyncOutput)
    assert response.parsed.inference_id == "i-1"


def test_the_stream_operation_has_accept_under_its_own_name(exchange: Exchange) -> None:
    sent, response = exchange(
        invoke_endpoint_with_response_stream,
        "churn",
        body=b"{}",
        content_type="application/json",
        x_amzn_sage_maker_accept="text/event-stream",
        answer=httpx.Response(200, content=b"\x00\x00"),
    )
    assert str(sent.url) == f"{URL}/endpoints/churn/invocations-response-stream"
    assert sent.headers["x-amzn-sagemaker-accept"] == "text/event-stream"
    assert sent.headers["content-type"] == "application/json"
    assert response.parsed == b"\x00\x00"


def test_a_file_is_sent_as_its_bytes(exchange: Exchange) -> None:
    sent, _ = exchange(invoke_endpoint, "churn", body=io.BytesIO(b"from a file"))
    assert sent.read() == b"from a file"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b", b"/endpoints/a%2Fb/invocations"),
        ("a b", b"/endpoints/a%20b/invocations"),
        ("a%2Fb", b"/endpoints/a%252Fb/invocations"),
        ("a?b#c", b"/endpoints/a%3Fb%23c/invocations"),
        ("ü", b"/endpoints/%C3%BC/invocations"),
        ("a;b=c&d", b"/endpoints/a%3Bb%3Dc%26d/invocations"),
        ("...", b"/endpoints/.../invocations"),
    ],
)
def test_odd_endpoint_names_are_quoted(name: str, path: bytes, exchange: Exchange) -> None:
    sent, _ = exchange(invoke_endpoint, name, body=b"")
    assert sent.url.raw_path == path


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_an_endpoint_name_that_would_make_another_path_is_refused(
    name: str, exchange: Exchange
) -> None:
    with pytest.raises(ValueError, match="cannot be a segment of a path"):
        exchange(invoke_endpoint, name, body=b"")


@pytest.mark.parametrize("status", [200, 201, 299, 302, 404, 418, 480, 500, 503, 530, 599])
@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[1]", b'"text"', b"{", b"\xff\xfe"])
def test_any_status_and_any_body_is_survived(status: int, body: bytes, exchange: Exchange) -> None:
    _, response = exchange(
        invoke_endpoint, "churn", body=b"", answer=httpx.Response(status, content=body)
    )
    assert response.status_code == status
    assert response.content == body


def test_a_deeply_nested_error_body_is_survived(exchange: Exchange) -> None:
    answer = httpx.Response(424, content=b'{"Message":' + b"[" * 100_000)
    _, response = exchange(invoke_endpoint, "churn", body=b"", answer=answer)
    assert (response.status_code, response.parsed) == (424, None)


def test_errors_that_the_spec_knows_are_parsed(exchange: Exchange) -> None:
    answer = httpx.Response(424, json={"Message": None, "OriginalStatusCode": 500})
    _, response = exchange(invoke_endpoint, "churn", body=b"", answer=answer)
    assert isinstance(response.parsed, ModelError)
    assert (response.parsed.message, response.parsed.original_status_code) == (None, 500)

    answer = httpx.Response(530, json={"Message": "a dependency"})
    _, response = exchange(invoke_endpoint, "churn", body=b"", answer=answer)
    assert isinstance(response.parsed, InternalDependencyException)


def test_an_unknown_status_raises_when_asked_to_and_hides_the_body(exchange: Exchange) -> None:
    answer = httpx.Response(418, content=b"very private")
    with pytest.raises(UnexpectedStatus) as caught:
        exchange(invoke_endpoint, "churn", body=b"", answer=answer, raise_on_unexpected_status=True)
    assert caught.value.status_code == 418
    assert caught.value.content == b"very private"
    assert "private" not in str(caught.value)


def test_the_presigned_form_goes_into_the_query() -> None:
    kwargs = invoke_endpoint.get_kwargs(
        "churn",
        body=b"",
        x_amz_algorithm="AWS4-HMAC-SHA256",
        x_amz_date_query="20261123T120000Z",
        x_amz_expires=300,
        x_amz_signature="00ff",
    )
    assert kwargs["params"] == {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": "20261123T120000Z",
        "X-Amz-Expires": 300,
        "X-Amz-Signature": "00ff",
    }
    assert "X-Amz-Date" not in kwargs["headers"]


def test_the_header_form_goes_into_the_headers() -> None:
    kwargs = invoke_endpoint.get_kwargs(
        "churn",
        body=b"",
        x_amz_date_header="20261123T120000Z",
        x_amz_content_sha_256="00ff",
        x_amz_security_token_header="token",
    )
    assert "params" not in kwargs
    assert kwargs["headers"] == {
        "X-Amz-Date": "20261123T120000Z",
        "X-Amz-Content-Sha256": "00ff",
        "X-Amz-Security-Token": "token",
    }


def test_building_a_request_imports_no_httpx() -> None:
    import subprocess
    import sys

    program = (
        "import sys\n"
        "from sagemaker_runtime.api.runtime import invoke_endpoint\n"
        "invoke_endpoint.get_kwargs('churn', body=b'')\n"
        "print('httpx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
