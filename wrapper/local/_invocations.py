"""The three operations: what a call becomes for the model, and its answer for the caller."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta

import anyio
import attrs

from wrapper._headers import Headers
from wrapper.local._answers import AnsweredError, model_error
from wrapper.local._async_inference import AsyncInferences
from wrapper.local._callables import CallableModels
from wrapper.local._containers import Containers
from wrapper.local._endpoints import Endpoints, Target
from wrapper.local._exchange import Exchange
from wrapper.local._frames import exception_event, payload_parts
from wrapper.local._models import (
    ModelAnswer,
    ModelBrokenError,
    ModelRequest,
    ModelUnreachableError,
)
from wrapper.local._service_model import Operation

__all__ = ["Call", "Invocations", "Limits"]

_SESSION_LIFETIME = timedelta(hours=1)
_NEW_SESSION = "NEW_SESSION"
_NEW_SESSION_ID = "x-amzn-sagemaker-new-session-id"
_PASSED_ON = (
    "x-amzn-sagemaker-custom-attributes",
    _NEW_SESSION_ID,
    "x-amzn-sagemaker-closed-session-id",
)
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {}. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
# Parameters that are the service's own business, not the container's.
_NOT_FOR_THE_MODEL = {
    "EndpointName",
    "InputLocation",
    "S3OutputPathExtension",
    "Filename",
    "RequestTTLSeconds",
    "InvocationTimeoutSeconds",
}
_CONTAINER_HEADERS = {"ContentType": "content-type", "Accept": "accept"}


@attrs.frozen
class Limits:
    """What the service allows a call.

    Attributes:
        invocation_seconds: How long a real-time model may take.
        stream_seconds: How long a response stream may last.
        body_bytes: The largest request body.
    """

    invocation_seconds: float = 60.0
    stream_seconds: float = 480.0
    body_bytes: int = 25 * 1024 * 1024


@attrs.frozen
class Call:
    """A call of one of the operations, received and authenticated.

    Attributes:
        operation: Which.
        endpoint_name: As the path has it, percent-decoded.
        headers: The request's headers.
        body: The request's body.
    """

    operation: Operation
    endpoint_name: str
    headers: Headers
    body: bytes


class Invocations:
    """Answers calls; to be created on the event loop it is used on."""

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        region: str,
        limits: Limits,
        clock: Callable[[], datetime],
    ) -> None:
        self._endpoints = endpoints
        self._region = region
        self._limits = limits
        self._clock = clock
        self._callables = CallableModels()
        self._containers = Containers()

    async def aclose(self) -> None:
        """Close the connections to containers."""
        await self._containers.aclose()

    async def invoke(self, call: Call, exchange: Exchange) -> None:
        """`InvokeEndpoint`.

        Raises:
            AnsweredError: The call is not valid, or the model failed.
        """
        parameters, target = self._resolved(call)
        request = _model_request(call, parameters, target)
        status_code, headers, body = await self._whole(
            target, request, self._limits.invocation_seconds
        )
        if status_code >= 400:
            raise self._model_error(request, target, status_code, _text(body))
        answer_headers = {
            "content-type": headers.get("content-type", "application/octet-stream"),
            **_answered(exchange, target, headers),
        }
        if parameters.get("SessionId") == _NEW_SESSION and _NEW_SESSION_ID not in answer_headers:
            expires = self._clock() + _SESSION_LIFETIME
            answer_headers[_NEW_SESSION_ID] = (
                f"{uuid.uuid4()}; Expires={expires:%Y-%m-%dT%H:%M:%SZ}"
            )
        await exchange.answer(200, answer_headers, body)

    async def stream(self, call: Call, exchange: Exchange) -> None:
        """`InvokeEndpointWithResponseStream`.

        Raises:
            AnsweredError: The call is not valid, or the model failed before its answer began.
        """
        parameters, target = self._resolved(call)
        request = _model_request(call, parameters, target)
        failure: AnsweredError | None = None
        async with anyio.create_task_group() as group:

            async def leave() -> None:
                await exchange.disconnected()
                group.cancel_scope.cancel()

            group.start_soon(leave)  # nobody listens any more: the model may stop
            try:
                await self._stream(request, target, exchange)
            except AnsweredError as error:
                failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def enqueue(self, call: Call, exchange: Exchange, queue: AsyncInferences) -> None:
        """`InvokeEndpointAsync`.

        Raises:
            AnsweredError: The call is not valid.
        """
        parameters, target = self._resolved(call)
        if len(call.body) > call.operation.body_limit:
            raise AnsweredError(
                "ValidationError",
                "1 validation error detected: Value at 'body' failed to satisfy constraint: "
                f"Member must have length less than or equal to {call.operation.body_limit}",
            )
        request = _model_request(call, parameters, target)

        async def run(body: bytes, timeout_seconds: float) -> tuple[str, bytes]:
            status_code, headers, output = await self._whole(
                target, attrs.evolve(request, body=body), timeout_seconds
            )
            if status_code >= 400:
                raise self._model_error(request, target, status_code, _text(output))
            return headers.get("content-type", "application/octet-stream"), output

        inference = queue.accept(parameters, call.body, run)
        await exchange.answer(
            202,
            {
                "content-type": "application/json",
                "x-amzn-requestid": exchange.request_id,
                "x-amzn-sagemaker-outputlocation": inference.output_location,
                "x-amzn-sagemaker-failurelocation": inference.failure_location,
            },
            json.dumps({"InferenceId": inference.inference_id}).encode(),
        )

    async def _stream(self, request: ModelRequest, target: Target, exchange: Exchange) -> None:
        try:
            async with (
                asyncio.timeout(self._limits.stream_seconds),
                self._answer(target, request) as answer,
            ):
                if answer.status_code >= 400:
                    said = _text(b"".join([chunk async for chunk in answer.chunks]))
                    raise self._model_error(request, target, answer.status_code, said)
                content_type = answer.headers.get("content-type", "application/octet-stream")
                await exchange.start(
                    200,
                    {
                        "content-type": "application/vnd.amazon.eventstream",
                        "x-amzn-sagemaker-content-type": content_type,
                        **_answered(exchange, target, answer.headers),
                    },
                )
                async for chunk in answer.chunks:
                    for frame in payload_parts(chunk):
                        await exchange.write(frame)
        except TimeoutError:
            if not exchange.started:
                raise self._timed_out(request, target) from None
            await exchange.write(
                _stream_error("ModelInvocationTimeExceeded", _TIMED_OUT.format(target.container))
            )
        except ModelBrokenError as error:
            if not exchange.started:
                raise self._model_error(request, target, 500, str(error)) from None
            await exchange.write(_stream_error("StreamBroken", str(error)))
        except ModelUnreachableError as error:
            raise self._model_error(request, target, 0, str(error)) from None
        await exchange.end()

    async def _whole(
        self, target: Target, request: ModelRequest, timeout_seconds: float
    ) -> tuple[int, Headers, bytes]:
        """Status, headers and whole body of a model's answer."""
        try:
            async with (
                asyncio.timeout(timeout_seconds),
                self._answer(target, request) as answer,
            ):
                body = b"".join([chunk async for chunk in answer.chunks])
                return answer.status_code, answer.headers, body
        except TimeoutError:
            raise self._timed_out(request, target) from None
        except ModelBrokenError as error:
            raise self._model_error(request, target, 500, str(error)) from None
        except ModelUnreachableError as error:
            raise self._model_error(request, target, 0, str(error)) from None

    @asynccontextmanager
    async def _answer(self, target: Target, request: ModelRequest) -> AsyncGenerator[ModelAnswer]:
        answering = (
            self._containers.answer(target.model, request)
            if isinstance(target.model, str)
            else self._callables.answer(target.model, request)
        )
        async with answering as answer, aclosing(answer.chunks):
            yield answer

    def _resolved(self, call: Call) -> tuple[dict[str, str], Target]:
        parameters = call.operation.parse(call.endpoint_name, call.headers)
        endpoint = self._endpoints.find(call.endpoint_name)
        return parameters, endpoint.target(call.endpoint_name, parameters)

    def _timed_out(self, request: ModelRequest, target: Target) -> AnsweredError:
        return self._model_error(request, target, 0, _TIMED_OUT.format(target.container))

    def _model_error(
        self, request: ModelRequest, target: Target, status_code: int, message: str
    ) -> AnsweredError:
        return model_error(
            region=self._region,
            endpoint_name=request.endpoint_name,
            container=target.container,
            status_code=status_code,
            message=message,
        )


def _model_request(call: Call, parameters: Mapping[str, str], target: Target) -> ModelRequest:
    headers = [
        (_CONTAINER_HEADERS.get(item.name) or item.header, parameters[item.name])
        for item in call.operation.parameters
        if item.name in parameters and item.name not in _NOT_FOR_THE_MODEL and item.header
    ]
    return ModelRequest(
        endpoint_name=call.endpoint_name,
        variant_name=target.variant_name,
        body=call.body,
        headers=Headers(headers),
    )


def _answered(exchange: Exchange, target: Target, headers: Headers) -> dict[str, str]:
    """The headers that every answer of a model has, and those of its own that are passed on."""
    return {
        "x-amzn-requestid": exchange.request_id,
        "x-amzn-invoked-production-variant": target.variant_name,
        **{name: headers[name] for name in _PASSED_ON if name in headers},
    }


def _stream_error(error_code: str, message: str) -> bytes:
    return exception_event("ModelStreamError", {"Message": message, "ErrorCode": error_code})


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
