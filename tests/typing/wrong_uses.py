"""What users get wrong. Type checkers must reject every line that says so, and no other.

It is checked, never run.
"""

# ruff: noqa: B018
from __future__ import annotations

from datetime import timedelta

import httpx

import wrapper
from wrapper import (
    AsyncSageMakerRuntimeClient,
    Credentials,
    RetryPolicy,
    SageMakerRuntimeClient,
    SigV4Auth,
    Timeout,
)


def options() -> None:
    SageMakerRuntimeClient(region_name="eu-west-1")  # rejected
    SageMakerRuntimeClient("eu-west-1", "https://example.com")  # rejected
    SageMakerRuntimeClient(5)  # rejected
    SageMakerRuntimeClient(use_fips="false")  # rejected
    SageMakerRuntimeClient(endpoint_url=httpx.URL("https://example.com"))  # rejected
    SageMakerRuntimeClient(credentials=("AKID", "secret"))  # rejected
    SageMakerRuntimeClient(credentials="AKID")  # rejected
    SageMakerRuntimeClient(credentials=lambda: ("AKID", "secret"))  # rejected
    SageMakerRuntimeClient(retries="3")  # rejected
    SageMakerRuntimeClient(retries={"max_attempts": 5})  # rejected
    SageMakerRuntimeClient(timeout="5")  # rejected
    SageMakerRuntimeClient(timeout=(5, 60))  # rejected
    SageMakerRuntimeClient(timeout=timedelta(seconds=5))  # rejected
    SageMakerRuntimeClient(transport=httpx.AsyncHTTPTransport())  # rejected
    AsyncSageMakerRuntimeClient(transport=httpx.HTTPTransport())  # rejected
    SageMakerRuntimeClient(proxy={"https": "http://localhost"})  # rejected
    Timeout("5")  # rejected
    RetryPolicy(max_attempts="5")  # rejected
    RetryPolicy(attempts=5)  # rejected
    Credentials("AKID")  # rejected
    Credentials("AKID", None)  # rejected
    SigV4Auth(("AKID", "secret"), "eu-west-1")  # rejected
    wrapper.Client()  # rejected


def calls(client: SageMakerRuntimeClient) -> None:
    client.invoke_endpoint("churn")  # rejected
    client.invoke_endpoint(b"churn", b"")  # rejected
    client.invoke_endpoint({"a": 1}, "churn")  # rejected
    client.invoke_endpoint("churn", 5)  # rejected
    client.invoke_endpoint("churn", None)  # rejected
    client.invoke_endpoint("churn", {1, 2})  # rejected
    client.invoke_endpoint("churn", b"", "text/csv")  # rejected
    client.invoke_endpoint("churn", b"", content_type=b"text/csv")  # rejected
    client.invoke_endpoint("churn", b"", ContentType="text/csv")  # rejected
    client.invoke_endpoint("churn", b"", enable_explanations=True)  # rejected
    client.invoke_endpoint("churn", b"", timeout="5")  # rejected
    client.invoke_endpoint(EndpointName="churn", Body=b"")  # rejected
    client.invoke_endpoint_async("churn", "s3://bucket/key")  # rejected
    client.invoke_endpoint_async("churn", body=b"", request_ttl_seconds="60")  # rejected
    client.invoke_endpoint_async("churn", body=b"", request_ttl_seconds=60.0)  # rejected
    client.invoke_endpoint_async("churn", body=b"", target_variant="blue")  # rejected
    client.invoke_endpoint_with_response_stream("churn", b"", target_model="a")  # rejected
    client.invoke("churn", b"")  # rejected


def answers(client: SageMakerRuntimeClient) -> None:
    output = client.invoke_endpoint("churn", b"")
    output["Body"]  # rejected
    output.body.read()  # rejected
    output.attempts = 2  # rejected
    output.content_type.lower()  # rejected
    output.body + "text"  # rejected
    output.headers["x-a"] = "b"  # rejected
    receipt = client.invoke_endpoint_async("churn", body=b"")
    receipt.output_location.removeprefix("s3://")  # rejected
    receipt.body  # rejected


def streams(client: SageMakerRuntimeClient) -> None:
    stream = client.invoke_endpoint_with_response_stream("chat", b"")
    for part in stream:
        part.encode()  # rejected
    for line in stream.iter_lines():
        line.decode()  # rejected
    for event in stream.iter_sse():
        event["data"]  # rejected
    stream["Body"]  # rejected
    stream.read(10)  # rejected


async def asynchronously(client: AsyncSageMakerRuntimeClient) -> None:
    output = client.invoke_endpoint("churn", b"")
    output.body  # rejected
    await client.invoke_endpoint("churn")  # rejected
    with await client.invoke_endpoint_with_response_stream("chat", b""):  # rejected
        pass
    async with client.invoke_endpoint_with_response_stream("chat", b""):  # rejected
        pass
    stream = await client.invoke_endpoint_with_response_stream("chat", b"")
    for _ in stream:  # rejected
        pass
    async for line in stream.iter_lines():
        line.decode()  # rejected
    with client:  # rejected
        pass


async def mixed(client: SageMakerRuntimeClient) -> None:
    await client.invoke_endpoint("churn", b"")  # rejected
    async with client:  # rejected
        pass
