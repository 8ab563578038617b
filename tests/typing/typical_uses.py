"""What users write. Type checkers must accept every line; it is checked, never run."""

# ruff: noqa: T201
from __future__ import annotations

import asyncio
import json
import pickle
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_type

import boto3
import httpx

import wrapper
from wrapper import (
    AsyncResponseStream,
    AsyncSageMakerRuntimeClient,
    Body,
    Config,
    Credentials,
    CredentialsProvider,
    InvokeEndpointAsyncOutput,
    InvokeEndpointOutput,
    ModelError,
    ModelStreamError,
    ParameterError,
    ResponseStream,
    RetryEvent,
    RetryPolicy,
    SageMakerRuntimeClient,
    SageMakerRuntimeError,
    ServerSentEvent,
    ServiceError,
    SigV4Auth,
    StreamTruncatedError,
    Timeout,
    TransportError,
)


def shortest() -> None:
    client = wrapper.SageMakerRuntimeClient(region="eu-west-1")
    print(client.invoke_endpoint("churn", {"rows": [[1, 2, 3]]}).json())


def configured() -> None:
    SageMakerRuntimeClient()
    SageMakerRuntimeClient("eu-west-1")
    SageMakerRuntimeClient(
        "eu-west-1",
        endpoint_url="https://example.com",
        credentials=Credentials("AKID", "secret", "token", datetime.now(UTC)),
        profile="ops",
        use_fips=True,
        use_dualstack=False,
        timeout=5,
        retries=3,
        max_connections=10,
        verify=ssl.create_default_context(),
        proxy="http://localhost:3128",
        app_id="app",
        allow_insecure_http=True,
    )
    SageMakerRuntimeClient(
        timeout=Timeout(connect=1, read=None), retries=RetryPolicy(max_attempts=5)
    )
    SageMakerRuntimeClient(timeout=httpx.Timeout(5, read=None), verify="/etc/ssl/bundle.pem")
    SageMakerRuntimeClient(transport=httpx.HTTPTransport(), verify=False)
    SageMakerRuntimeClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    AsyncSageMakerRuntimeClient(transport=httpx.AsyncHTTPTransport())
    AsyncSageMakerRuntimeClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))


def from_anywhere() -> None:
    async def fetch() -> Credentials:
        return Credentials("AKID", "secret")

    provider: CredentialsProvider = lambda: Credentials("AKID", "secret")  # noqa: E731
    SageMakerRuntimeClient(credentials=provider)
    SageMakerRuntimeClient(credentials=boto3.Session())
    AsyncSageMakerRuntimeClient(credentials=fetch)


def bodies(client: SageMakerRuntimeClient, row: Mapping[str, float], rows: Sequence[float]) -> None:
    with Path("image.png").open("rb") as file:
        client.invoke_endpoint("churn", file, content_type="image/png")
    client.invoke_endpoint("churn", b"bytes")
    client.invoke_endpoint("churn", bytearray(b"bytes"))
    client.invoke_endpoint("churn", memoryview(b"bytes"))
    client.invoke_endpoint("churn", "1,2\n", content_type="text/csv")
    client.invoke_endpoint("churn", {"instances": [[1.0, 2.0], [3.0, 4.0]]})
    client.invoke_endpoint("churn", [1, 2, 3])
    client.invoke_endpoint("churn", ((1, 2), (3, 4)))
    client.invoke_endpoint("churn", row)
    client.invoke_endpoint("churn", rows)
    client.invoke_endpoint("churn", json.dumps(5), content_type="application/json")
    named: Body = {"a": 1}
    client.invoke_endpoint(endpoint_name="churn", body=named)


def every_parameter(client: SageMakerRuntimeClient) -> None:
    output = client.invoke_endpoint(
        "churn",
        b"",
        content_type="text/csv",
        accept="application/json",
        custom_attributes="a=1",
        target_model="model.tar.gz",
        target_variant="blue",
        target_container_hostname="first",
        inference_id="1",
        enable_explanations="`true`",
        inference_component_name="component",
        session_id="NEW_SESSION",
        prefix_aware_id="prefix",
        timeout=Timeout(read=600),
    )
    assert_type(output, InvokeEndpointOutput)
    assert_type(output.body, bytes)
    assert_type(output.text(), str)
    assert_type(output.json(), Any)
    assert_type(output.content_type, str | None)
    assert_type(output.invoked_production_variant, str | None)
    assert_type(output.custom_attributes, str | None)
    assert_type(output.new_session_id, str | None)
    assert_type(output.new_session_expires, datetime | None)
    assert_type(output.closed_session_id, str | None)
    assert_type(output.status_code, int)
    assert_type(output.request_id, str | None)
    assert_type(output.headers, Mapping[str, str])
    assert_type(output.attempts, int)

    receipt = client.invoke_endpoint_async(
        "churn",
        input_location="s3://bucket/key",
        content_type="text/csv",
        accept="application/json",
        custom_attributes="a=1",
        inference_id="1",
        s3_output_path_extension="path",
        filename="file.json",
        request_ttl_seconds=60,
        invocation_timeout_seconds=1,
        timeout=5.0,
    )
    assert_type(receipt, InvokeEndpointAsyncOutput)
    assert_type(receipt.inference_id, str | None)
    assert_type(receipt.output_location, str | None)
    assert_type(receipt.failure_location, str | None)
    client.invoke_endpoint_async("churn", body={"a": 1})


def streamed(client: SageMakerRuntimeClient) -> Iterator[str]:
    with client.invoke_endpoint_with_response_stream(
        "chat",
        {"prompt": "hello"},
        accept="text/event-stream",
        session_id="session",
        prefix_aware_id="prefix",
        timeout=60,
    ) as stream:
        assert_type(stream, ResponseStream)
        assert_type(stream.content_type, str | None)
        assert_type(stream.request_id, str | None)
        for part in stream:
            assert_type(part, bytes)
        for event in stream.iter_sse():
            assert_type(event, ServerSentEvent)
            if event.data == "[DONE]":
                break
            yield event.json()["text"]
        for text in stream.iter_text():
            assert_type(text, str)
        for line in stream.iter_lines():
            assert_type(line, str)
        for value in stream.iter_json():
            assert_type(value, Any)
        assert_type(stream.read(), bytes)
        stream.close()


def caught(client: SageMakerRuntimeClient) -> str:
    try:
        return client.invoke_endpoint("churn", b"").text()
    except ModelError as error:
        assert_type(error.original_status_code, int | None)
        assert_type(error.original_message, str | None)
        assert_type(error.log_stream_arn, str | None)
        return error.message or ""
    except ServiceError as error:
        assert_type(error.code, str | None)
        assert_type(error.status_code, int)
        assert_type(error.is_retryable, bool)
        return error.headers["x-amzn-requestid"]
    except ParameterError as error:
        assert_type(error.parameter, str | None)
        assert_type(error.rule, str | None)
        return str(error)
    except TransportError as error:
        assert_type(error.possibly_processed, bool)
        assert_type(error.attempts, int)
        return ""
    except StreamTruncatedError as error:
        return error.request_id or ""
    except ModelStreamError as error:
        return error.error_code or ""
    except SageMakerRuntimeError:
        return ""


async def asynchronously() -> None:
    async with AsyncSageMakerRuntimeClient("eu-west-1", timeout=5) as client:
        output = await client.invoke_endpoint("churn", {"a": 1}, inference_id="1")
        assert_type(output, InvokeEndpointOutput)
        receipt = await client.invoke_endpoint_async("churn", input_location="s3://b/k")
        assert_type(receipt, InvokeEndpointAsyncOutput)
        async with await client.invoke_endpoint_with_response_stream("chat", "hello") as stream:
            assert_type(stream, AsyncResponseStream)
            async for part in stream:
                assert_type(part, bytes)
            async for line in stream.iter_lines():
                assert_type(line, str)
            async for event in stream.iter_sse():
                assert_type(event, ServerSentEvent)
            assert_type(await stream.read(), bytes)
            await stream.close()
        first, second = await asyncio.gather(
            client.invoke_endpoint("churn", b"1"), client.invoke_endpoint("churn", b"2")
        )
        assert_type((first.body, second.body), tuple[bytes, bytes])


async def lines(client: AsyncSageMakerRuntimeClient) -> AsyncIterator[str]:
    async with await client.invoke_endpoint_with_response_stream("chat", b"") as stream:
        async for line in stream.iter_lines():
            yield line


class Predictor:
    """A client as an attribute, in a class of the user's own."""

    def __init__(self, client: SageMakerRuntimeClient | None = None) -> None:
        self.client = client or SageMakerRuntimeClient()

    def predict(self, row: list[float]) -> float:
        return float(self.client.invoke_endpoint("churn", {"row": row}).json()["prediction"])


class Tracing(SageMakerRuntimeClient):
    """A client that is extended."""

    def invoke_churn(self, body: Body) -> InvokeEndpointOutput:
        return self.invoke_endpoint("churn", body)


def told(event: RetryEvent) -> None:
    print(event.attempt, event.max_attempts, event.action.value, event.delay, event.error)


def others(client: SageMakerRuntimeClient) -> None:
    RetryPolicy(
        max_attempts=5,
        retry_timeouts=True,
        model_not_ready_patience=0,
        total_timeout=60,
        on_retry=told,
    )
    assert_type(client.config, Config)
    print(client.config.explain(), client.config.region, wrapper.__version__)
    httpx.Client(auth=SigV4Auth(Credentials("AKID", "secret"), "eu-west-1"))
    httpx.AsyncClient(auth=SigV4Auth(lambda: Credentials("AKID", "secret"), "eu-west-1", "s3"))
    again: SageMakerRuntimeClient = pickle.loads(pickle.dumps(client))
    call: Callable[[str, Body], InvokeEndpointOutput] = again.invoke_endpoint
    call("churn", b"")
