"""Calls through both clients with the examples of the spec, answered here: nothing is sent."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import attrs
import httpx

from sagemaker_runtime import contract
from scripts.contract import spec
from scripts.contract.python_names import python_name
from wrapper import Credentials, RetryPolicy

# Not from the package, whose lazy exports hide why a module does not import.
from wrapper._async_client import AsyncSageMakerRuntimeClient
from wrapper._client import SageMakerRuntimeClient

__all__ = ["CLIENTS", "Outcome", "call", "examples", "least_values", "told"]

CLIENTS = (SageMakerRuntimeClient, AsyncSageMakerRuntimeClient)

_BODY = b"body"


@attrs.define
class Outcome:
    """What came of a call.

    Attributes:
        request: What was sent; None when it did not come to that.
        output: What the method gave.
        streamed: The bytes of a response stream.
        error: What was raised, by the method or by the stream.
    """

    request: httpx.Request | None = None
    output: object = None
    streamed: bytes = b""
    error: Exception | None = None


def examples(document: dict[str, Any], operation: str) -> dict[str, str]:
    """The example of each parameter, as it shall be on the wire, by Python names."""
    found = {"body": _BODY.decode()}
    for _, _, described in spec.operations(document):
        if described["operationId"] == operation:
            found |= {
                python_name(parameter["x-amz-member"]): str(parameter["example"])
                for parameter in spec.parameters(document, described)
                if "x-amz-member" in parameter and "example" in parameter  # lint asks for one
            }
    return found


def least_values(
    facts: contract.Operation, examples: dict[str, str], name: str = ""
) -> tuple[dict[str, object], bytes | None]:
    """The least values, and the body, with which an operation can be asked with a parameter."""
    alternatives = facts.exactly_one_of
    chosen = {name} if name in alternatives else {*alternatives[-1:], name}
    values: dict[str, object] = {}
    body = None
    for parameter in facts.parameters:
        given = parameter.required or parameter.name in chosen
        example = examples.get(parameter.name) if given else None
        if parameter.location == "body":
            body = _BODY if given else None
        elif example is not None and parameter.type == "int":
            values[parameter.name] = int(example)
        else:
            values[parameter.name] = example
    return values, body


def call(
    client: type[Any],
    function: str,
    values: dict[str, object],
    body: bytes | None,
    answer: httpx.Response,
) -> Outcome:
    """Call a method of a client; a response stream is read to its end."""
    outcome = Outcome()

    def handle(request: httpx.Request) -> httpx.Response:
        outcome.request = request
        return answer

    made = client(
        "us-east-1",
        endpoint_url="https://localhost",
        credentials=Credentials("AKIDEXAMPLE", "secret"),
        retries=RetryPolicy(max_attempts=1, model_not_ready_patience=0),
        transport=httpx.MockTransport(handle),
    )
    arguments = {name: value for name, value in values.items() if value is not None}
    if body is not None:
        arguments["body"] = body
    try:
        asyncio.run(_call(getattr(made, function), arguments, outcome))
    except Exception as error:  # noqa: BLE001  # whatever comes of it is the outcome
        outcome.error = error
    return outcome


async def _call(method: Any, arguments: dict[str, object], outcome: Outcome) -> None:
    """Both clients' methods, awaited or not."""
    outcome.output = method(**arguments)
    if inspect.isawaitable(outcome.output):
        outcome.output = await outcome.output
    if (read := getattr(outcome.output, "read", None)) is not None:
        streamed = read()
        outcome.streamed = await streamed if inspect.isawaitable(streamed) else streamed


def told(error: Exception) -> str:
    """An exception as a value of a difference."""
    return f"{type(error).__name__}: {error}"
