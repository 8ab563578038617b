"""The local runtime as AWS's own client sees it: boto3, unmodified, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore import credentials as botocore_credentials
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EventStreamError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import wrapper
from wrapper._credentials import Credentials
from wrapper.local import (
    Endpoint,
    LocalRuntime,
    ModelRequest,
    ModelResponse,
    Variant,
    echo,
    faults,
)

_SESSION = boto3.Session()


def client_of(runtime: LocalRuntime, service: str = "sagemaker-runtime", **settings: Any) -> Any:
    """A boto3 client that is given the runtime's URL, region and credentials."""
    return client_for(runtime.environment, service, **settings)


def client_for(environment: dict[str, str], service: str = "sagemaker-runtime", **settings: Any):
    """A boto3 client with what is in an environment."""
    options = {
        "endpoint_url": environment["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"],
        "region_name": environment["AWS_REGION"],
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": environment.get("AWS_SESSION_TOKEN"),
        "config": Config(retries={"total_max_attempts": 1}, read_timeout=10),
        **settings,
    }
    client = _SESSION.client(service, **options)
    client.meta.events.register("after-call", lambda http_response, **_: _leave(http_response))
    _clients.append(client)
    return client


_clients: list[Any] = []  # of the test that runs
_answers: list[Any] = []


def _leave(http_response: Any) -> None:
    _answers.append(http_response.raw)  # a body that broke, or was not read, keeps its socket


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Leave no socket of a client open: pytest would blame a later test."""
    _clients.clear()
    yield
    while _answers:
        _answers.pop().close()
    while _clients:
        _clients.pop().close()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[LocalRuntime, Any, Any]]:
    with LocalRuntime({"echo": echo}) as runtime:
        client, s3 = client_of(runtime), client_of(runtime, "s3")
        yield runtime, client, s3
        client.close()
        s3.close()


@pytest.fixture
def runtime(shared: tuple[LocalRuntime, Any, Any]) -> LocalRuntime:
    runtime = shared[0]
    runtime.faults.clear()
    runtime.requests.clear()
    runtime.endpoints.clear()
    runtime.endpoints["echo"] = echo
    return runtime


@pytest.fixture
def client(shared: tuple[LocalRuntime, Any, Any], runtime: LocalRuntime) -> Any:
    return shared[1]


@pytest.fixture
def s3(shared: tuple[LocalRuntime, Any, Any], runtime: LocalRuntime) -> Any:
    return shared[2]


def error_of(call: Callable[[], object]) -> dict[str, Any]:
    """The answer of the error that a call raises, as boto3 has it."""
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response


def chunks_of(answer: dict[str, Any]) -> list[bytes]:
    return [event["PayloadPart"]["Bytes"] for event in answer["Body"]]


# --- InvokeEndpoint ------------------------------------------------------------------------------


def test_a_model_is_given_what_the_caller_sent_and_the_caller_what_it_answered(runtime, client):
    seen: list[ModelRequest] = []

    def model(request: ModelRequest) -> ModelResponse:
        seen.append(request)
        return ModelResponse(
            {"y": 2},
            content_type="application/json; v=1",
            headers={"X-Amzn-SageMaker-Custom-Attributes": "took=3", "X-Not-Passed-On": "1"},
        )

    runtime.endpoints["m"] = model
    answer = client.invoke_endpoint(
        EndpointName="m",
        Body=b'{"x": 1}',
        ContentType="application/json",
        Accept="text/csv",
        CustomAttributes="trace=1",
        TargetModel="a b.tar.gz",
        InferenceId="id 1",
        EnableExplanations="`true`",
        PrefixAwareId="p",
        SessionId="session-1",
    )

    (request,) = seen
    assert request.json() == {"x": 1}
    assert dict(request.headers) == {
        "content-type": "application/json",
        "accept": "text/csv",
        "x-amzn-sagemaker-custom-attributes": "trace=1",
        "x-amzn-sagemaker-target-model": "a b.tar.gz",
        "x-amzn-sagemaker-inference-id": "id 1",
        "x-amzn-sagemaker-enable-explanations": "`true`",
        "x-amzn-sagemaker-prefix-aware-id": "p",
        "x-amzn-sagemaker-session-id": "session-1",
    }
    assert (request.endpoint_name, request.variant_name) == ("m", "AllTraffic")
    assert answer["Body"].read() == b'{"y": 2}'
    assert answer["ContentType"] == "application/json; v=1"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["CustomAttributes"] == "took=3"
    assert "NewSessionId" not in answer
    metadata = answer["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 200
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", metadata["RequestId"])
    assert "x-not-passed-on" not in metadata["HTTPHeaders"]
    received = runtime.requests[0]
    assert (received.operation, received.endpoint_name) == ("InvokeEndpoint", "m")
    assert (received.body, received.access_key_id) == (b'{"x": 1}', "AKIDLOCALRUNTIME")
    assert received.headers["User-Agent"].startswith("Boto3/")


@settings(max_examples=25, deadline=None)
@given(body=st.binary(max_size=200), attributes=st.text("abc =;,~\"'", max_size=20).map(str.strip))
def test_bodies_and_attributes_come_through_as_they_are(shared, body, attributes):
    runtime, client, _ = shared
    runtime.endpoints["mirror"] = lambda request: ModelResponse(
        request.body,
        headers={"X-Amzn-SageMaker-Custom-Attributes": request.custom_attributes or ""},
    )

    answer = client.invoke_endpoint(EndpointName="mirror", Body=body, CustomAttributes=attributes)

    assert answer["Body"].read() == body
    assert answer["CustomAttributes"] == attributes


def test_variants_containers_and_components_are_found_by_their_headers(runtime, client):
    def named(name: str) -> Callable[[ModelRequest], str]:
        return lambda request: f"{name}/{request.variant_name}"

    runtime.endpoints["m"] = Endpoint(
        variants={"live": named("live"), "shadow": Variant(named("shadow"), 0)},
        containers={"first": named("first")},
        inference_components={"llm": named("llm")},
    )

    def invoke(**parameters: str) -> tuple[str, bytes]:
        answer = client.invoke_endpoint(EndpointName="m", Body=b"", **parameters)
        return answer["InvokedProductionVariant"], answer["Body"].read()

    assert invoke() == ("live", b"live/live")
    assert invoke(TargetVariant="shadow") == ("shadow", b"shadow/shadow")
    assert invoke(TargetContainerHostname="first") == ("live", b"first/live")
    assert invoke(InferenceComponentName="llm") == ("live", b"llm/live")
    error = error_of(lambda: invoke(TargetVariant="x"))
    assert error["Error"]["Message"] == "Variant x of endpoint m not found."


def test_a_new_session_has_an_id_and_an_expiry(runtime, client):
    answer = client.invoke_endpoint(EndpointName="echo", Body=b"", SessionId="NEW_SESSION")

    session_id, _, expires = answer["NewSessionId"].partition("; Expires=")
    assert re.fullmatch("[0-9a-f-]{36}", session_id)
    ends = datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=1)
    # The id is one that the service takes back.
    client.invoke_endpoint(EndpointName="echo", Body=b"", SessionId=session_id)


def test_a_model_may_keep_sessions_itself(runtime, client):
    own = "mine-1; Expires=2030-01-01T00:00:00Z"
    runtime.endpoints["opens"] = lambda _: ModelResponse(
        headers={"X-Amzn-SageMaker-New-Session-Id": own}
    )
    runtime.endpoints["closes"] = lambda request: ModelResponse(
        headers={"X-Amzn-SageMaker-Closed-Session-Id": request.session_id or ""}
    )

    opened = client.invoke_endpoint(EndpointName="opens", Body=b"", SessionId="NEW_SESSION")
    closed = client.invoke_endpoint(EndpointName="closes", Body=b"", SessionId="mine-1")

    assert opened["NewSessionId"] == own
    assert closed["ClosedSessionId"] == "mine-1"


def test_an_unknown_endpoint_is_a_validation_error(client):
    with pytest.raises(client.exceptions.ValidationError) as caught:
        client.invoke_endpoint(EndpointName="nobody", Body=b"")

    response = caught.value.response
    assert response["Message"] == "Endpoint nobody of account 111122223333 not found."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "ValidationError"
    assert response["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"EndpointName": "not valid"},
        {"EndpointName": "a/../b"},
        {"EndpointName": "%2e%2e"},
        {"ContentType": "x" * 1025},
        {"TargetVariant": "-"},
        {"InferenceId": "i" * 65},
        {"SessionId": "NEW SESSION"},
    ],
)
def test_parameters_are_checked_by_the_services_rules(client, parameters):
    error = error_of(
        lambda: client.invoke_endpoint(**{"EndpointName": "echo", "Body": b"", **parameters})
    )

    assert error["Error"]["Code"] == "ValidationError"
    assert "failed to satisfy constraint" in error["Error"]["Message"]


@pytest.mark.parametrize(("status", "side"), [(400, "client"), (503, "server")])
def test_what_a_model_answers_from_400_on_is_a_model_error(runtime, client, status, side):
    runtime.endpoints["m"] = lambda _: ModelResponse("no, thanks", status_code=status)

    with pytest.raises(client.exceptions.ModelError) as caught:
        client.invoke_endpoint(EndpointName="m", Body=b"")

    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == status
    assert response["OriginalMessage"] == "no, thanks"
    assert response["LogStreamArn"] == (
        "arn:aws:logs:us-east-1:111122223333:log-group:/aws/sagemaker/Endpoints/m"
    )
    assert response["Message"].startswith(
        f'Received {side} error ({status}) from primary with message "no, thanks". See https://'
    )


def test_a_model_that_raises_is_a_model_error_with_the_reason(runtime, client):
    runtime.endpoints["m"] = lambda request: request.json()["missing"]

    error = error_of(lambda: client.invoke_endpoint(EndpointName="m", Body=b"{}"))

    assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (500, "KeyError: 'missing'")


@pytest.mark.parametrize("operation", ["invoke_endpoint", "invoke_endpoint_with_response_stream"])
def test_a_model_that_takes_too_long_has_timed_out(operation):
    async def sleeps(request: ModelRequest) -> bytes:
        await asyncio.sleep(30)
        return b""

    with LocalRuntime({"m": sleeps}, invocation_timeout=0.1, stream_timeout=0.1) as runtime:
        invoke = getattr(client_of(runtime), operation)
        error = error_of(lambda: invoke(EndpointName="m", Body=b""))

    assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error["OriginalStatusCode"] == 0
    assert error["OriginalMessage"].startswith(
        "Your invocation timed out while waiting for a response from container primary."
    )


def test_25_mib_pass_byte_for_byte_and_one_more_is_explained(runtime, client):
    block = bytes(range(256)) * 4096  # 1 MiB
    body = block * 25

    answer = client.invoke_endpoint(EndpointName="echo", Body=body)
    assert answer["Body"].read() == body

    error = error_of(lambda: client.invoke_endpoint(EndpointName="echo", Body=body + b"x"))
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert error["Error"]["Code"] == "RequestEntityTooLargeException"
    assert "26214400 bytes" in error["Error"]["Message"]


def test_other_paths_and_methods_are_not_there(runtime):
    with httpx.Client(base_url=runtime.url) as plain:
        unknown = plain.post("/endpoints/e/nothing")
        wrong = plain.get("/endpoints/echo/invocations")

    assert (unknown.status_code, unknown.headers["x-amzn-errortype"]) == (
        404,
        "UnknownOperationException",
    )
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert [(item.method, item.operation) for item in runtime.requests] == [
        ("POST", None),
        ("GET", None),
    ]


# --- InvokeEndpointWithResponseStream ------------------------------------------------------------


def test_a_models_parts_are_payload_parts(runtime, client):
    def model(request: ModelRequest) -> ModelResponse:
        return ModelResponse(
            (word for word in request.text().split()),
            content_type="text/event-stream",
            headers={"X-Amzn-SageMaker-Custom-Attributes": "a=1"},
        )

    runtime.endpoints["m"] = model
    answer = client.invoke_endpoint_with_response_stream(
        EndpointName="m", Body=b"one two three", Accept="text/event-stream"
    )

    assert chunks_of(answer) == [b"one", b"two", b"three"]
    assert answer["ContentType"] == "text/event-stream"
    assert answer["CustomAttributes"] == "a=1"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "application/vnd.amazon.eventstream"
    assert headers["transfer-encoding"] == "chunked"


def test_every_part_is_sent_as_it_is_made(runtime, client):
    proceed = threading.Event()

    def model(request: ModelRequest) -> Iterator[bytes]:
        for _ in range(3):
            proceed.wait(5)
            proceed.clear()
            yield b"part"

    runtime.endpoints["m"] = model
    proceed.set()
    events = iter(client.invoke_endpoint_with_response_stream(EndpointName="m", Body=b"")["Body"])
    for _ in range(3):
        # The model is held until the part before has arrived here.
        assert next(events) == {"PayloadPart": {"Bytes": b"part"}}
        proceed.set()
    assert list(events) == []


def test_a_whole_answer_can_be_streamed_and_a_stream_answered_whole(runtime, client):
    large = os.urandom(3 * 1024 * 1024)
    runtime.endpoints["whole"] = lambda _: large
    runtime.endpoints["parts"] = lambda _: iter([b"a", b"", b"b"])

    streamed = client.invoke_endpoint_with_response_stream(EndpointName="whole", Body=b"")
    whole = client.invoke_endpoint(EndpointName="parts", Body=b"")

    assert b"".join(chunks_of(streamed)) == large
    assert whole["Body"].read() == b"ab"


def test_a_model_that_fails_before_its_stream_is_a_model_error(runtime, client):
    def model(request: ModelRequest) -> Iterator[bytes]:
        raise ValueError("not today")
        yield b""

    runtime.endpoints["m"] = model

    with pytest.raises(client.exceptions.ModelError, match="ValueError: not today"):
        client.invoke_endpoint_with_response_stream(EndpointName="m", Body=b"")


def test_a_model_that_fails_in_its_stream_is_a_model_stream_error(runtime, client):
    async def model(request: ModelRequest):
        yield b"begun"
        raise ValueError("broken")

    runtime.endpoints["m"] = model
    events = iter(client.invoke_endpoint_with_response_stream(EndpointName="m", Body=b"")["Body"])

    assert next(events) == {"PayloadPart": {"Bytes": b"begun"}}
    with pytest.raises(EventStreamError) as caught:
        next(events)
    assert caught.value.response["Error"] == {
        "Code": "ModelStreamError",
        "Message": "ValueError: broken",
    }


def test_a_stream_that_lasts_too_long_is_ended_with_a_reason():
    async def model(request: ModelRequest):
        yield b"begun"
        await asyncio.sleep(30)

    with LocalRuntime({"m": model}, stream_timeout=0.1) as runtime:
        client = client_of(runtime)
        answer = client.invoke_endpoint_with_response_stream(EndpointName="m", Body=b"")
        with pytest.raises(EventStreamError, match="Your invocation timed out"):
            chunks_of(answer)


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_model_may_stop_when_the_client_has_left(runtime, client, kind):
    stopped = threading.Event()

    def plain(request: ModelRequest) -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
                time.sleep(0.001)
        finally:
            stopped.set()

    async def asynchronous(request: ModelRequest):
        try:
            yield b"x"
            await asyncio.sleep(30)
        finally:
            stopped.set()

    runtime.endpoints["m"] = plain if kind == "plain" else asynchronous
    body = client.invoke_endpoint_with_response_stream(EndpointName="m", Body=b"")["Body"]
    next(iter(body))
    body.close()

    assert stopped.wait(5)


def test_a_new_session_is_not_for_streams(client):
    error = error_of(
        lambda: client.invoke_endpoint_with_response_stream(
            EndpointName="echo", Body=b"", SessionId="NEW_SESSION"
        )
    )

    assert error["Error"]["Code"] == "ValidationError"


# --- model containers ----------------------------------------------------------------------------


class Container(BaseHTTPRequestHandler):
    """A model container as people write them, on the standard library."""

    protocol_version = "HTTP/1.1"
    server: ContainerServer

    def do_GET(self) -> None:
        self.server.pings += 1
        self._answer(self.server.ping_status if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, dict(self.headers.items()), body))
        if body == b"fail":
            self._answer(422, b'{"detail": "no"}')
        elif body == b"hang up":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif body.startswith(b"stream"):
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for word in body.split():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(word), word))
                time.sleep(0.02)
            if b"break" in body:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.wfile.write(b"0\r\n\r\n")
        else:
            self._answer(200, body[::-1])

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/x-answer")
        self.send_header("x-amzn-sagemaker-custom-attributes", "from=container")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class ContainerServer(ThreadingHTTPServer):
    daemon_threads = True
    pings = 0
    ping_status = 200

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Container)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def container(runtime: LocalRuntime) -> Iterator[ContainerServer]:
    with ContainerServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        runtime.endpoints["c"] = server.url
        yield server
        server.shutdown()
        thread.join()


def test_a_container_is_pinged_once_and_then_invoked(container, client):
    for _ in range(2):
        answer = client.invoke_endpoint(
            EndpointName="c",
            Body=b"abc",
            ContentType="text/plain",
            Accept="application/x-answer",
            TargetModel="m.tar.gz",
        )
        assert answer["Body"].read() == b"cba"
        assert answer["ContentType"] == "application/x-answer"
        assert answer["CustomAttributes"] == "from=container"

    assert container.pings == 1
    path, headers, body = container.seen[0]
    assert (path, body) == ("/invocations", b"abc")
    lower = {name.lower(): value for name, value in headers.items()}
    assert lower["content-type"] == "text/plain"
    assert lower["accept"] == "application/x-answer"
    assert lower["x-amzn-sagemaker-target-model"] == "m.tar.gz"
    # What is between the caller and the service is not the container's to see.
    assert not {"authorization", "x-amz-date", "amz-sdk-request"} & lower.keys()


def test_a_containers_stream_is_passed_on_as_it_comes(container, client):
    answer = client.invoke_endpoint_with_response_stream(EndpointName="c", Body=b"stream a b")

    assert answer["ContentType"] == "text/event-stream"
    assert chunks_of(answer) == [b"stream", b"a", b"b"]


def test_a_containers_stream_that_breaks_is_a_model_stream_error(container, client):
    answer = client.invoke_endpoint_with_response_stream(EndpointName="c", Body=b"stream break")

    with pytest.raises(EventStreamError) as caught:
        chunks_of(answer)
    assert caught.value.response["Error"]["Code"] == "ModelStreamError"


@pytest.mark.parametrize("operation", ["invoke_endpoint", "invoke_endpoint_with_response_stream"])
def test_a_containers_error_is_a_model_error(container, client, operation):
    error = error_of(lambda: getattr(client, operation)(EndpointName="c", Body=b"fail"))

    assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (422, '{"detail": "no"}')


def test_a_container_that_hangs_up_is_a_model_error_and_pinged_again(container, client):
    error = error_of(lambda: client.invoke_endpoint(EndpointName="c", Body=b"hang up"))

    assert error["OriginalStatusCode"] == 0
    assert "could not get a response from the c endpoint" in error["OriginalMessage"]
    client.invoke_endpoint(EndpointName="c", Body=b"fine")
    assert container.pings == 2


def test_a_container_that_is_not_ready_is_unavailable_until_it_is(container, client):
    container.ping_status = 503
    with pytest.raises(client.exceptions.ServiceUnavailable, match="/ping: status 503"):
        client.invoke_endpoint(EndpointName="c", Body=b"abc")
    assert container.seen == []

    container.ping_status = 200
    assert client.invoke_endpoint(EndpointName="c", Body=b"abc")["Body"].read() == b"cba"


def test_a_container_that_is_not_there_is_unavailable(runtime, client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        runtime.endpoints["c"] = f"http://127.0.0.1:{unused.getsockname()[1]}"

        error = error_of(lambda: client.invoke_endpoint(EndpointName="c", Body=b""))

    assert error["Error"]["Code"] == "ServiceUnavailable"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 503


MLFLOW_CONTAINER = """
import socket, sys, uvicorn
import mlflow.pyfunc
from mlflow.pyfunc import scoring_server

class Doubles(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2

mlflow.pyfunc.save_model(sys.argv[1], python_model=Doubles(), pip_requirements=[])
app = scoring_server.init(mlflow.pyfunc.load_model(sys.argv[1]))
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
"""


@pytest.mark.slow
def test_mlflows_model_server_is_a_container(runtime, client, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", MLFLOW_CONTAINER, str(tmp_path / "model")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        runtime.endpoints["m"] = f"http://127.0.0.1:{int(process.stdout.readline())}"

        answer = client.invoke_endpoint(
            EndpointName="m", Body=b'{"inputs": [[1, 2]]}', ContentType="application/json"
        )
        assert json.loads(answer["Body"].read()) == {"predictions": [[2, 4]]}
        assert answer["ContentType"] == "application/json"
        error = error_of(
            lambda: client.invoke_endpoint(EndpointName="m", Body=b"{", ContentType="text/x")
        )
        assert error["OriginalStatusCode"] == 415
        assert "text/x" in error["OriginalMessage"]
    finally:
        process.kill()
        process.communicate()


# --- InvokeEndpointAsync and S3 ------------------------------------------------------------------


def wait_for_object(s3: Any, location: str) -> dict[str, Any]:
    """The object at an `s3://` location, once it is there."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    deadline = time.monotonic() + 5
    while True:
        try:
            return s3.get_object(Bucket=bucket, Key=key)
        except s3.exceptions.NoSuchKey:
            assert time.monotonic() < deadline, f"nothing came at {location}"
            time.sleep(0.01)


def test_an_async_inference_puts_its_output_where_the_answer_said(runtime, client, s3):
    seen: list[ModelRequest] = []

    def model(request: ModelRequest) -> str:
        seen.append(request)
        return request.text().upper()

    runtime.endpoints["m"] = model
    s3.put_object(Bucket="inputs", Key="folder/my file.txt", Body=b"stored")
    answer = client.invoke_endpoint_async(
        EndpointName="m",
        InputLocation="s3://inputs/folder/my file.txt",
        ContentType="text/plain",
        Accept="text/csv",
        CustomAttributes="a=1",
        InferenceId="mine",
        S3OutputPathExtension="team",
        Filename="out.txt",
    )

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "mine"
    assert answer["OutputLocation"].endswith("/async-endpoint-outputs/m/team/out.txt")
    assert answer["FailureLocation"].endswith("-error.out")
    output = wait_for_object(s3, answer["OutputLocation"])
    assert output["Body"].read() == b"STORED"
    assert output["ContentType"] == "text/plain; charset=utf-8"
    assert dict(seen[0].headers) == {
        "content-type": "text/plain",
        "accept": "text/csv",
        "x-amzn-sagemaker-custom-attributes": "a=1",
        "x-amzn-sagemaker-inference-id": "mine",
    }


def test_an_async_inference_can_have_its_input_inline(client, s3):
    answer = client.invoke_endpoint_async(EndpointName="echo", Body=b"inline")

    assert re.fullmatch("[0-9a-f-]{36}", answer["InferenceId"])
    assert wait_for_object(s3, answer["OutputLocation"])["Body"].read() == b"inline"


def test_an_async_inference_that_fails_says_why_at_the_failure_location(runtime, client, s3):
    runtime.endpoints["m"] = lambda _: ModelResponse("no", status_code=400)
    answer = client.invoke_endpoint_async(EndpointName="m", Body=b"x")

    failure = wait_for_object(s3, answer["FailureLocation"])

    assert (
        failure["Body"]
        .read()
        .startswith(b'Received client error (400) from primary with message "no".')
    )


def test_an_async_inference_is_given_its_time_and_no_more(runtime, client, s3):
    async def sleeps(request: ModelRequest) -> bytes:
        await asyncio.sleep(30)
        return b""

    runtime.endpoints["m"] = sleeps
    answer = client.invoke_endpoint_async(EndpointName="m", Body=b"x", InvocationTimeoutSeconds=1)

    assert b"timed out" in wait_for_object(s3, answer["FailureLocation"])["Body"].read()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "not neither"),
        ({"Body": b"x", "InputLocation": "s3://inputs/a"}, "not both"),
        ({"Body": b"x" * 128_001}, "length less than or equal to 128000"),
        ({"InputLocation": "file:///etc/passwd"}, "regular expression pattern"),
        ({"InputLocation": "s3://inputs/../../../../etc/passwd"}, "'..' segment"),
        ({"InputLocation": "https://inputs.s3.amazonaws.com/a"}, "s3://bucket/key"),
        ({"Body": b"x", "S3OutputPathExtension": "../.."}, "'..' segment"),
        ({"Body": b"x", "EndpointName": "nobody"}, "Endpoint nobody of account"),
    ],
)
def test_an_async_inference_that_cannot_be_is_refused(client, parameters, said):
    error = error_of(lambda: client.invoke_endpoint_async(**{"EndpointName": "echo", **parameters}))

    assert error["Error"]["Code"] == "ValidationError"
    assert said in error["Error"]["Message"]


def test_a_directory_can_stand_for_s3(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.bin").write_bytes(b"from a file")
    with LocalRuntime(s3_root=tmp_path) as runtime:
        answer = client_of(runtime).invoke_endpoint_async(
            EndpointName="echo", InputLocation="s3://data/in.bin"
        )
        wait_for_object(client_of(runtime, "s3"), answer["OutputLocation"])

    path = tmp_path / answer["OutputLocation"].removeprefix("s3://")
    assert path.read_bytes() == b"from a file"


@pytest.mark.parametrize(
    "key", ["a", "b/c/d", "with space+plus", "ü/ß~%2F", "a#b?c=d&e", "x=(1)'!*"]
)
def test_objects_are_put_and_got(s3, key):
    data = os.urandom(300_000)

    put = s3.put_object(Bucket="bucket", Key=key, Body=data, ContentType="x/y")
    got = s3.get_object(Bucket="bucket", Key=key)

    assert got["Body"].read() == data
    assert got["ContentType"] == "x/y"
    assert got["ETag"] == put["ETag"]
    head = s3.head_object(Bucket="bucket", Key=key)
    assert head["ContentLength"] == len(data)
    ranged = s3.get_object(Bucket="bucket", Key=key, Range="bytes=10-19")
    assert ranged["Body"].read() == data[10:20]
    assert ranged["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_boto3s_file_transfers_work(s3, tmp_path):
    (tmp_path / "in").write_bytes(os.urandom(10_000))

    s3.upload_file(str(tmp_path / "in"), "bucket", "uploaded")
    s3.download_file("bucket", "uploaded", str(tmp_path / "out"))

    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()
    s3.upload_fileobj(io.BytesIO(b"from memory"), "bucket", "uploaded")
    assert s3.get_object(Bucket="bucket", Key="uploaded")["Body"].read() == b"from memory"


def test_a_missing_object_is_no_such_key(s3):
    with pytest.raises(s3.exceptions.NoSuchKey) as caught:
        s3.get_object(Bucket="bucket", Key="nothing/here")
    assert caught.value.response["Error"]["Key"] == "nothing/here"
    assert caught.value.response["ResponseMetadata"]["RequestId"]

    error = error_of(lambda: s3.head_object(Bucket="bucket", Key="nothing/here"))
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_an_object_can_be_got_and_put_by_a_presigned_url(runtime):
    s3 = client_of(runtime, "s3", config=Config(signature_version="s3v4"))
    where = {"Bucket": "bucket", "Key": "pre signed"}
    put = httpx.put(s3.generate_presigned_url("put_object", Params=where), content=b"by url")
    assert put.status_code == 200, put.text
    url = s3.generate_presigned_url("get_object", Params=where)

    assert httpx.get(url).content == b"by url"
    tampered = httpx.get(url.replace("signed?", "signed2?"))
    assert tampered.status_code == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in tampered.content
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, runtime, "clock_offset", timedelta(0))
        runtime.clock_offset = timedelta(hours=2)
        expired = httpx.get(url)
    assert (expired.status_code, b"<Code>AccessDenied</Code>" in expired.content) == (403, True)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a!b*'(c)+=,;:@&$d", "a!b*'(c) =,;:@&$d"),
        ("a%21b%2B%20c/d", "a!b+ c/d"),
        ("%C3%BC~-_.", "ü~-_."),
    ],
)
def test_a_path_that_was_not_quoted_is_signed_as_s3_reads_it(runtime, s3, path, key):
    with httpx.Client(
        auth=wrapper.SigV4Auth(runtime.credentials, runtime.region, service="s3"), trust_env=False
    ) as client:
        url = f"{runtime.url}/bucket/{path}"
        put = client.put(url, content=b"mine")
        assert put.status_code == 200, put.text
        assert client.get(url).content == b"mine"
    assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == b"mine"


def test_the_old_presigned_form_is_refused_with_advice(runtime):
    s3 = client_of(runtime, "s3", config=Config(signature_version="s3"))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"})
    answer = httpx.get(url)
    assert answer.status_code == 400
    assert "AWSAccessKeyId=" in url
    assert "s3v4" in answer.text


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"aws_secret_access_key": "wrong"}, 403, "SignatureDoesNotMatch"),
        ({"aws_access_key_id": "AKIDNOBODY"}, 403, "InvalidAccessKeyId"),
        ({"region_name": "eu-west-1"}, 403, "SignatureDoesNotMatch"),
    ],
)
def test_s3s_signatures_are_checked(runtime, settings, status, code):
    other = client_of(runtime, "s3", **settings)

    for call in (
        lambda: other.get_object(Bucket="bucket", Key="k"),
        lambda: other.put_object(Bucket="bucket", Key="k", Body=b"x"),
    ):
        error = error_of(call)
        assert (error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]) == (
            status,
            code,
        )


def test_a_body_that_is_not_the_signed_one_is_not_stored(runtime, s3):
    keys = runtime.credentials
    request = AWSRequest("PUT", f"{runtime.url}/bucket/tampered", data=b"signed")
    request.headers["x-amz-content-sha256"] = SigV4Auth(None, "s3", "").payload(request)
    signer = SigV4Auth(
        botocore_credentials.Credentials(keys.access_key_id, keys.secret_access_key),
        "s3",
        runtime.region,
    )
    signer.add_auth(request)

    answer = httpx.put(request.url, content=b"other", headers=dict(request.headers.items()))

    assert answer.status_code == 400
    assert b"XAmzContentSHA256Mismatch" in answer.content
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="bucket", Key="tampered")


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_objects_are_not_for_everybody(runtime, method):
    assert httpx.request(method, f"{runtime.url}/bucket/key").status_code in {400, 403}


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "a/../../../etc/passwd", "a//b", "./a", "x" * 1000]
)
def test_keys_do_not_lead_out(s3, key):
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket="bucket", Key=key, Body=b"")
    assert caught.value.response["Error"]["Code"] in {"InvalidArgument", "SignatureDoesNotMatch"}


def test_a_connection_is_good_after_a_put_that_was_refused_before_its_body(s3):
    s3.put_object(Bucket="bucket", Key="file", Body=b"x")
    for _ in range(3):  # boto3 waits to be told to continue, and then would use it again
        error = error_of(lambda: s3.put_object(Bucket="bucket", Key="file/below", Body=b"x" * 9999))
        assert error["Error"]["Message"] == "Cannot be stored: File exists."
        s3.put_object(Bucket="bucket", Key="file", Body=b"y")


@pytest.mark.parametrize("path", ["/bucket/key", "/endpoints/echo/nothing"])
def test_a_client_that_still_sends_sees_the_answer(runtime, path):
    for _ in range(5):
        answer = httpx.put(f"{runtime.url}{path}", content=bytes(5_000_000))
        assert answer.status_code in {403, 404}


def test_the_rest_of_s3_is_not_implemented(s3):
    error = error_of(lambda: s3.list_objects_v2(Bucket="bucket"))

    assert (error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]) == (
        501,
        "NotImplemented",
    )


# --- signatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException", "The Canonical String"),
        (
            {"aws_access_key_id": "AKIDNOBODY"},
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            {"aws_session_token": "unasked"},
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            {"region_name": "eu-west-1"},
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'eu-west-1'.",
        ),
    ],
)
def test_a_client_with_the_wrong_keys_is_refused(runtime, settings, code, said):
    other = client_of(runtime, **settings)

    error = error_of(lambda: other.invoke_endpoint(EndpointName="echo", Body=b""))

    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error["Error"]["Code"] == code
    assert said in error["Error"]["Message"]
    assert runtime.requests[0].access_key_id is None


def test_expired_credentials_are_refused():
    temporary = Credentials(
        "ASIA", "secret", "token", expiration=datetime.now(UTC) - timedelta(seconds=1)
    )
    with LocalRuntime(credentials=temporary) as runtime:
        client = client_of(runtime)
        error = error_of(lambda: client.invoke_endpoint(EndpointName="echo", Body=b""))

    assert error["Error"]["Code"] == "ExpiredTokenException"


def test_temporary_credentials_are_accepted_with_their_token():
    with LocalRuntime(credentials=Credentials("ASIA", "secret", "to/ken==")) as runtime:
        answer = client_of(runtime).invoke_endpoint(EndpointName="echo", Body=b"x")

    assert answer["Body"].read() == b"x"


def test_a_clock_that_is_off_is_told_the_time(runtime, client):
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, runtime, "clock_offset", timedelta(0))
        runtime.clock_offset = timedelta(minutes=6)
        error = error_of(lambda: client.invoke_endpoint(EndpointName="echo", Body=b""))

    assert error["Error"]["Code"] == "InvalidSignatureException"
    assert "Signature expired: " in error["Error"]["Message"]


def send(runtime: LocalRuntime, request: AWSRequest, body: bytes) -> tuple[int, bytes]:
    """Send a signed request exactly as it is."""
    parts = urlsplit(request.url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def signed(runtime: LocalRuntime, body: bytes, *, presigned: bool = False) -> AWSRequest:
    keys = botocore_credentials.Credentials(
        runtime.credentials.access_key_id, runtime.credentials.secret_access_key
    )
    request = AWSRequest(
        "POST",
        f"{runtime.url}/endpoints/echo/invocations",
        data=body,
        headers={
            "content-type": "application/octet-stream",
            "x-amzn-sagemaker-custom-attributes": "a b=1",
        },
    )
    signer = SigV4QueryAuth if presigned else SigV4Auth
    signer(keys, "sagemaker", runtime.region).add_auth(request)
    return request


@pytest.mark.parametrize("presigned", [False, True])
def test_both_forms_of_a_signature_are_accepted(runtime, presigned):
    body = b"" if presigned else b"\x00\xff"

    assert send(runtime, signed(runtime, body, presigned=presigned), body) == (200, body)


def test_a_request_without_a_signature_is_refused(runtime):
    answer = httpx.post(f"{runtime.url}/endpoints/echo/invocations", content=b"x")

    assert (answer.status_code, answer.headers["x-amzn-errortype"], answer.json()) == (
        403,
        "MissingAuthenticationTokenException",
        {"message": "Missing Authentication Token"},
    )


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_request_changed_on_its_way_is_refused(shared, data):
    runtime = shared[0]
    body = data.draw(st.binary(max_size=20))
    request = signed(runtime, body)
    names = ["content-type", "x-amzn-sagemaker-custom-attributes", "x-amz-date", "authorization"]
    what = data.draw(st.sampled_from(["body", "path", "query", *names]))
    if what == "body":
        body += b"!"
    elif what == "path":
        request.url = request.url.replace("/echo/", "/other/")
    elif what == "query":
        request.url += "?x=1"
    else:
        value = request.headers[what]
        at = data.draw(st.integers(0, len(value) - 1))
        other = data.draw(st.sampled_from("qZ7"))
        changed = value[:at] + other + value[at + 1 :]
        if changed == value:
            return
        del request.headers[what]
        request.headers[what] = changed

    status, answer = send(runtime, request, body)

    assert status in {400, 403}
    assert (
        status == 403
        or b"Authorization" in answer
        or b"Date must be" in answer
        or (b"Credential must" in answer or b"Unsupported AWS" in answer)
    )


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("ValidationError", 400),
        ("ModelError", 424),
        ("InternalDependencyException", 530),
        ("ModelNotReadyException", 429),
        # the statuses that mocks made from the first OpenAPI document answer
        ("InternalFailure", 480),
        ("ServiceUnavailable", 481),
        ("ValidationError", 482),
        ("ModelError", 483),
        ("InternalDependencyException", 484),
        ("ModelNotReadyException", 485),
        ("ThrottlingException", 400),
        ("AccessDeniedException", 403),
        ("ExpiredTokenException", 403),
        ("SignatureDoesNotMatch", 403),
    ],
)
def test_every_error_is_answered_on_request(runtime, client, code, status):
    runtime.faults.next(
        faults.error(code, "As asked.", status_code=status, headers={"Retry-After": "7"})
    )

    error = error_of(lambda: client.invoke_endpoint(EndpointName="echo", Body=b""))

    assert error["Error"] == {"Code": code, "Message": "As asked."}
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
    assert client.invoke_endpoint(EndpointName="echo", Body=b"x")["Body"].read() == b"x"


def test_a_message_can_be_null_and_members_can_be_added(runtime, client):
    runtime.faults.next(faults.error("ThrottlingException", None))
    runtime.faults.next(faults.error("ModelError", members={"OriginalStatusCode": 507}))

    first = error_of(lambda: client.invoke_endpoint(EndpointName="echo", Body=b""))
    second = error_of(lambda: client.invoke_endpoint(EndpointName="echo", Body=b""))

    assert first["Error"]["Message"] is None
    assert second["OriginalStatusCode"] == 507


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (502, b"<html><h1>Bad Gateway</h1></html>", "text/html"),
        (503, b"", None),
        (403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml"),
        (400, b'{"message":null}', "application/json"),
    ],
)
def test_an_answer_can_be_anything(runtime, status, body, content_type):
    runtime.faults.next(faults.answer(status, body, content_type=content_type), times=1)

    got = send_raw(runtime, signed(runtime, b"x"), b"x")

    assert got.status_code == status
    assert got.content == body
    assert got.headers.get("content-type") == content_type
    assert "x-amzn-requestid" not in got.headers


def send_raw(runtime: LocalRuntime, request: AWSRequest, body: bytes) -> httpx.Response:
    return httpx.post(request.url, content=body, headers=dict(request.headers.items()))


def test_a_fault_is_for_a_number_of_calls_and_boto3_signs_each_retry(runtime):
    retrying = client_of(
        runtime, config=Config(retries={"total_max_attempts": 3, "mode": "standard"})
    )
    runtime.faults.next(faults.error("ServiceUnavailable"), times=2)

    answer = retrying.invoke_endpoint(EndpointName="echo", Body=b"x")

    assert answer["Body"].read() == b"x"
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [item.access_key_id for item in runtime.requests] == ["AKIDLOCALRUNTIME"] * 3


def test_faults_can_be_for_one_endpoint_or_operation(runtime, client):
    runtime.endpoints["other"] = echo
    runtime.faults.always(faults.error("InternalFailure"), endpoint="other")
    runtime.faults.next(faults.error("ValidationError"), operation="InvokeEndpointAsync")

    assert client.invoke_endpoint(EndpointName="echo", Body=b"x")["Body"].read() == b"x"
    for _ in range(2):
        with pytest.raises(client.exceptions.InternalFailure):
            client.invoke_endpoint(EndpointName="other", Body=b"x")
    with pytest.raises(client.exceptions.ValidationError):
        client.invoke_endpoint_async(EndpointName="echo", Body=b"x")


def test_an_answer_can_be_late(runtime, client):
    hasty = client_of(runtime, config=Config(retries={"total_max_attempts": 1}, read_timeout=0.1))
    runtime.faults.next(faults.delay(0.3))
    with pytest.raises(ReadTimeoutError):
        hasty.invoke_endpoint(EndpointName="echo", Body=b"x")

    runtime.faults.next(faults.delay(0.05, faults.error("ServiceUnavailable")))
    started = time.monotonic()
    with pytest.raises(client.exceptions.ServiceUnavailable):
        client.invoke_endpoint(EndpointName="echo", Body=b"x")
    assert time.monotonic() - started >= 0.05


def test_an_answer_can_drip(runtime, client):
    runtime.faults.next(faults.drip(0.02, size=2))
    started = time.monotonic()

    assert client.invoke_endpoint(EndpointName="echo", Body=b"abcde")["Body"].read() == b"abcde"
    assert time.monotonic() - started >= 0.04

    runtime.faults.next(faults.drip(0.001, size=7))
    streamed = client.invoke_endpoint_with_response_stream(EndpointName="echo", Body=b"abcde")
    assert chunks_of(streamed) == [b"abcde"]


def exchange_bytes(runtime: LocalRuntime, path: str = "invocations") -> tuple[bytes, bool]:
    """All bytes of an answer to `abcde`, and whether the connection was reset."""
    request = signed(runtime, b"abcde")
    request.url = request.url.replace("/invocations", f"/{path}")
    request.headers.replace_header("content-type", "application/octet-stream")
    keys = botocore_credentials.Credentials(
        runtime.credentials.access_key_id, runtime.credentials.secret_access_key
    )
    SigV4Auth(keys, "sagemaker", runtime.region).add_auth(request)
    parts = urlsplit(request.url)
    head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-length: 5\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(f"{head}connection: close\r\n\r\n".encode() + b"abcde")
        received = b""
        try:
            while data := connection.recv(65536):
                received += data
        except ConnectionResetError:
            return received, True
    return received, False


@pytest.mark.parametrize(("ending", "is_reset"), [("close", False), ("reset", True)])
def test_a_connection_can_be_cut_before_the_answer(runtime, client, ending, is_reset):
    runtime.faults.next(faults.cut(ending=ending), times=2)

    assert exchange_bytes(runtime) == (b"", is_reset)
    with pytest.raises(ConnectionClosedError):
        client.invoke_endpoint(EndpointName="echo", Body=b"x")


@pytest.mark.parametrize(("ending", "is_reset"), [("close", False), ("reset", True)])
@pytest.mark.parametrize("after", [0, 3])
def test_a_connection_can_be_cut_within_the_answer(runtime, client, ending, is_reset, after):
    runtime.faults.next(faults.cut(after, ending=ending), times=2)

    received, was_reset = exchange_bytes(runtime)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: 5" in head
    assert (body, was_reset) == (b"abcde"[:after], is_reset)
    answer = client.invoke_endpoint(EndpointName="echo", Body=b"abcde")
    with pytest.raises(ResponseStreamingError):
        answer["Body"].read()


def test_an_answer_can_end_early_as_if_that_were_all(runtime, client):
    runtime.faults.next(faults.cut(3, ending="end"))

    assert client.invoke_endpoint(EndpointName="echo", Body=b"abcde")["Body"].read() == b"abc"


FRAME = len(faults.payload_part(b"abcde"))


@pytest.mark.parametrize(
    ("framing", "ending", "chunked_end"),
    [
        ("chunked", "end", True),
        ("chunked", "close", False),
        ("connection-close", "close", None),
        ("connection-close", "end", None),
    ],
)
@pytest.mark.parametrize("after", [4, FRAME - 1, FRAME])
def test_a_stream_can_be_cut_within_a_frame(runtime, framing, ending, chunked_end, after):
    runtime.faults.next(faults.cut(after, ending=ending, framing=framing))

    received, was_reset = exchange_bytes(runtime, "invocations-response-stream")

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    head = head.lower()
    assert b"content-type: application/vnd.amazon.eventstream" in head
    assert b"content-length" not in head
    assert not was_reset
    frame = faults.payload_part(b"abcde")[:after]
    if chunked_end is None:
        assert b"transfer-encoding" not in head
        assert b"connection: close" in head
        assert body == frame
    else:
        assert b"transfer-encoding: chunked" in head
        assert body == b"%x\r\n%b\r\n" % (after, frame) + (b"0\r\n\r\n" if chunked_end else b"")


def test_a_chunked_stream_that_is_cut_is_seen_as_such(runtime):
    runtime.faults.next(faults.cut(FRAME, ending="close"))
    request = signed(runtime, b"abcde")
    connection = HTTPConnection(urlsplit(request.url).netloc, timeout=5)
    connection.request(
        "POST", "/endpoints/echo/invocations", b"abcde", dict(request.headers.items())
    )
    answer = connection.getresponse()
    if answer.length is not None:  # whole answers have a length: five bytes are the whole of it
        assert answer.read() == b"abcde"
    connection.close()

    runtime.faults.next(faults.stream(faults.payload_part(b"a"), ending="close"))
    connection.request(
        "POST",
        "/endpoints/echo/invocations",
        b"abcde",
        dict(signed(runtime, b"abcde").headers.items()),
    )
    with pytest.raises(IncompleteRead):
        connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize("at", [0, 4, 8, 11, 20, FRAME - 1])
def test_a_frame_can_be_corrupt(runtime, client, at):
    runtime.faults.next(faults.corrupt(at))
    answer = client.invoke_endpoint_with_response_stream(EndpointName="echo", Body=b"abcde")

    with pytest.raises(ChecksumMismatch):
        chunks_of(answer)


def test_a_stream_can_be_made_by_hand(runtime, client):
    runtime.faults.next(
        faults.stream(
            faults.payload_part(b"one"),
            0.01,
            faults.event("SomethingNew", b"{}", "application/json"),
            faults.payload_part(b"two"),
        )
    )
    answer = client.invoke_endpoint_with_response_stream(EndpointName="echo", Body=b"")
    events = list(answer["Body"])

    assert events[0] == {"PayloadPart": {"Bytes": b"one"}}
    assert events[-1] == {"PayloadPart": {"Bytes": b"two"}}
    assert answer["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize(
    ("frame", "code", "message"),
    [
        (
            faults.exception_event(
                "ModelStreamError", {"Message": "m", "ErrorCode": "StreamBroken"}
            ),
            "ModelStreamError",
            "m",
        ),
        (
            faults.exception_event("InternalStreamFailure", {"Message": "i"}),
            "InternalStreamFailure",
            "i",
        ),
        (faults.error_event("InternalError", "e"), "InternalError", "e"),
    ],
)
def test_a_stream_can_end_in_an_error(runtime, client, frame, code, message):
    runtime.faults.next(faults.stream(faults.payload_part(b"one"), frame))
    events = iter(
        client.invoke_endpoint_with_response_stream(EndpointName="echo", Body=b"")["Body"]
    )

    assert next(events) == {"PayloadPart": {"Bytes": b"one"}}
    with pytest.raises(EventStreamError) as caught:
        next(events)
    assert caught.value.response["Error"] == {"Code": code, "Message": message}


def test_a_fault_can_come_before_the_body_is_read(runtime):
    runtime.faults.next(faults.cut(ending="reset"), before_body=True)
    head = (
        b"POST /endpoints/echo/invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n"
    )
    parts = urlsplit(runtime.url)

    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(head)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)

    assert len(runtime.requests) == 0


def test_a_body_can_be_left_unread_for_a_while(runtime, client):
    runtime.faults.next(faults.delay(0.05), before_body=True)

    assert client.invoke_endpoint(EndpointName="echo", Body=b"x" * 200_000)["Body"].read()


def test_a_fault_can_be_written_by_hand(runtime, client):
    async def half(exchange: faults.Exchange) -> None:
        await exchange.start(200, {"content-type": "text/plain", "content-length": "100"})
        await exchange.write(b"only this")
        await exchange.reset()

    runtime.faults.next(half)
    answer = client.invoke_endpoint(EndpointName="echo", Body=b"")

    assert answer["ContentType"] == "text/plain"
    with pytest.raises(ResponseStreamingError):
        answer["Body"].read()


def test_objects_can_be_faulty_too(runtime, s3):
    s3.put_object(Bucket="bucket", Key="k", Body=b"abcde")
    runtime.faults.next(faults.cut(2), operation="GetObject")

    answer = s3.get_object(Bucket="bucket", Key="k")

    with pytest.raises(ResponseStreamingError):
        answer["Body"].read()


def test_a_fault_that_fails_itself_is_an_internal_failure(runtime, client, caplog):
    async def broken(exchange: faults.Exchange) -> None:
        raise ZeroDivisionError

    runtime.faults.next(broken)

    with pytest.raises(client.exceptions.InternalFailure, match="see its log"):
        client.invoke_endpoint(EndpointName="echo", Body=b"")
    assert "ZeroDivisionError" in caplog.text


# --- many calls at once --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_thousand_calls_at_once_are_all_answered():
    running, peak = 0, 0

    async def model(request: ModelRequest) -> bytes:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(3)
        running -= 1
        return request.body

    async def call(runtime: LocalRuntime, number: int) -> None:
        body = b"%d " % number * 500
        request = signed(runtime, body)
        parts = urlsplit(request.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\n"
        head += f"content-length: {len(body)}\r\nconnection: close\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        writer.write(head.encode() + b"\r\n" + body)
        answer = await reader.read(-1)
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"\r\n\r\n" + body)

    async def main(runtime: LocalRuntime) -> None:
        await asyncio.gather(*(call(runtime, number) for number in range(1000)))

    with LocalRuntime({"echo": model}) as runtime:
        asyncio.run(main(runtime))

    assert peak == 1000


# --- the command line ----------------------------------------------------------------------------


@contextlib.contextmanager
def command(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A runtime started from a shell, and the line that it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wrapper.local", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def settings_of(line: str) -> dict[str, str]:
    """The variables that the line says to export."""
    return dict(pair.split("=", 1) for pair in line.partition("export ")[2].split())


def test_the_command_prints_one_line_and_ends_cleanly(tmp_path):
    (tmp_path / "my_models.py").write_text("def double(request):\n    return request.body * 2\n")
    arguments = ["--endpoint", "double=my_models:double", "--variant", "ab/a=my_models:double"]
    arguments += ["--variant", "ab/b:0=my_models:double", "--s3-root", str(tmp_path / "s3")]
    path = os.pathsep.join([str(tmp_path), *sys.path])
    with command(*arguments, "--region", "eu-west-1", PYTHONPATH=path) as (process, line):
        found = re.fullmatch(
            r"SageMaker Runtime on (http://127\.0\.0\.1:\d+) with double, ab; to call it: "
            r"unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE; export (.+)\n",
            line,
        )
        assert found, line
        told = settings_of(line)
        assert told["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] == found[1]
        client = client_for(told)
        answer = client.invoke_endpoint(EndpointName="double", Body=b"ab")
        assert answer["Body"].read() == b"abab"
        answer = client.invoke_endpoint(EndpointName="ab", Body=b"")
        assert answer["InvokedProductionVariant"] == "a"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)

    assert (process.returncode, out) == (0, "")
    assert [re.sub(r"\d+ ms", "… ms", line) for line in err.splitlines()] == [
        "POST /endpoints/double/invocations: 200 after … ms",
        "POST /endpoints/ab/invocations: 200 after … ms",
    ]
    assert (tmp_path / "s3").is_dir()


def test_the_command_takes_credentials_and_does_not_print_them():
    with command("--quiet", "--access-key-id", "AKIDMINE", AWS_SECRET_ACCESS_KEY="very-secret") as (
        process,
        line,
    ):
        assert "very-secret" not in line
        assert settings_of(line)["AWS_ACCESS_KEY_ID"] == "AKIDMINE"
        client = client_for(settings_of(line) | {"AWS_SECRET_ACCESS_KEY": "very-secret"})
        assert client.invoke_endpoint(EndpointName="echo", Body=b"x")["Body"].read() == b"x"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_an_address_in_use_is_one_line(runtime):
    port = urlsplit(runtime.url).port
    with command("--port", str(port)) as (process, line):
        out, err = process.communicate(timeout=10)

    assert (process.returncode, line, out) == (2, "", "")
    assert err == (
        f"python -m wrapper.local: error: cannot listen on 127.0.0.1 port {port}: "
        "Address already in use\n"
    )
