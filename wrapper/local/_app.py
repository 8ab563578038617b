"""The ASGI application: which request is what, and what every request has to pass.

A request is received whole, its signature is checked, it is logged, and then a fault or the true
answer is given.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from starlette.types import Receive, Scope, Send

from wrapper._headers import Headers
from wrapper.local._answers import AnsweredError
from wrapper.local._async_inference import AsyncInferences
from wrapper.local._endpoints import Endpoints
from wrapper.local._exchange import BodyTooLargeError, Exchange
from wrapper.local._invocations import Call, Invocations, Limits
from wrapper.local._object_store import ObjectStore
from wrapper.local._requests import ReceivedRequest, RequestLog
from wrapper.local._s3 import OPERATIONS as S3_OPERATIONS
from wrapper.local._s3 import S3
from wrapper.local._service_model import Operation, operations
from wrapper.local._signatures import ReceivedHead, SignatureVerifier
from wrapper.local.faults import Faults

__all__ = ["App"]

_PATH = re.compile("/endpoints/([^/]*)/([^/]*)")

_logger = logging.getLogger("wrapper.local")


class App:
    """SageMaker Runtime, and a little of S3; an async context manager, to be used within it."""

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        region: str,
        verifier: SignatureVerifier,
        store: ObjectStore,
        limits: Limits,
        faults: Faults,
        requests: RequestLog,
        clock: Callable[[], datetime],
    ) -> None:
        self._verifier = verifier
        self._limits = limits
        self._faults = faults
        self._requests = requests
        self._clock = clock
        self._s3 = S3(store, verifier)
        self._queue = AsyncInferences(store, region, clock)
        self._invocations = Invocations(
            endpoints=endpoints, region=region, limits=limits, clock=clock
        )

    async def __aenter__(self) -> Self:
        await self._queue.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._queue.__aexit__(kind, error, traceback)
        await self._invocations.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self._clock)
        began = time.monotonic()
        try:
            await self._handle(exchange)
        except ConnectionResetError:
            pass  # the client left before it had sent everything
        except asyncio.CancelledError:
            pass  # the server stops, and has closed the connection
        except Exception:
            _logger.exception("the local runtime failed")
            if exchange.started:
                await exchange.close()
            else:
                await self._answer_error(
                    exchange,
                    AnsweredError("InternalFailure", "The local runtime failed: see its log."),
                )
        finally:
            _logger.info(
                "%s %s: %s after %.0f ms",
                exchange.head.method,
                exchange.head.path,
                exchange.status_code or "not answered",
                (time.monotonic() - began) * 1000,
            )

    async def _handle(self, exchange: Exchange) -> None:
        head = exchange.head
        match = _PATH.fullmatch(head.path)
        operation = operations().get(match[2]) if match else None
        if match is not None and operation is not None and head.method == "POST":
            endpoint_name = unquote(match[1])
            await self._serve(
                exchange,
                operation.name,
                endpoint_name,
                lambda: self._handle_call(exchange, operation, endpoint_name),
                before_body=True,
            )
        elif head.method in S3_OPERATIONS and not head.path.startswith("/endpoints/"):
            name = S3_OPERATIONS[head.method]
            await self._serve(
                exchange, name, None, lambda: self._handle_object(exchange, name), before_body=True
            )
        else:
            self._log(exchange, None, None, b"", None)
            await self._answer_error(exchange, _no_such_operation(exchange.head, operation))

    async def _handle_call(
        self, exchange: Exchange, operation: Operation, endpoint_name: str
    ) -> None:
        try:
            body, payload_hash = await exchange.read_body(self._limits.body_bytes)
        except BodyTooLargeError:
            self._log(exchange, operation.name, endpoint_name, b"", None)
            await self._answer_error(exchange, _too_large(self._limits.body_bytes))
            return
        try:
            signed_by = self._verifier.verify(exchange.head, payload_hash, "sagemaker")
        except AnsweredError as refusal:
            self._log(exchange, operation.name, endpoint_name, body, None)
            await self._answer_error(exchange, refusal)
            return
        headers = self._log(exchange, operation.name, endpoint_name, body, signed_by)
        call = Call(operation, endpoint_name, headers, body)

        async def serve() -> None:
            try:
                if operation.path_suffix == "async-invocations":
                    await self._invocations.enqueue(call, exchange, self._queue)
                elif operation.path_suffix == "invocations-response-stream":
                    await self._invocations.stream(call, exchange)
                else:
                    await self._invocations.invoke(call, exchange)
            except AnsweredError as error:
                await self._answer_error(exchange, error)

        await self._serve(exchange, operation.name, endpoint_name, serve)

    async def _handle_object(self, exchange: Exchange, operation_name: str) -> None:
        try:
            signed_by = self._s3.verify(exchange)
        except AnsweredError as refusal:
            self._log(exchange, operation_name, None, b"", None)
            await _answer_s3_error(exchange, refusal)
            return
        self._log(exchange, operation_name, None, b"", signed_by)

        async def serve() -> None:
            try:
                await self._s3.serve(exchange)
            except AnsweredError as error:
                await _answer_s3_error(exchange, error)

        await self._serve(exchange, operation_name, None, serve)

    async def _serve(
        self,
        exchange: Exchange,
        operation_name: str,
        endpoint_name: str | None,
        serve: Callable[[], Awaitable[None]],
        *,
        before_body: bool = False,
    ) -> None:
        """Give the true answer, or a fault in its place."""
        exchange.serve = serve
        fault = self._faults.take(operation_name, endpoint_name, before_body=before_body)
        await (serve() if fault is None else fault(exchange))

    def _log(
        self,
        exchange: Exchange,
        operation_name: str | None,
        endpoint_name: str | None,
        body: bytes,
        access_key_id: str | None,
    ) -> Headers:
        headers = Headers(exchange.head.headers)
        self._requests.add(
            ReceivedRequest(
                operation=operation_name,
                endpoint_name=endpoint_name,
                method=exchange.head.method,
                path=exchange.head.path,
                query=exchange.head.query,
                headers=headers,
                body=body,
                access_key_id=access_key_id,
            )
        )
        return headers

    async def _answer_error(self, exchange: Exchange, error: AnsweredError) -> None:
        await exchange.discard_body()
        headers, body = error.as_json()
        await exchange.answer(
            error.status_code, {**headers, "x-amzn-requestid": exchange.request_id}, body
        )


async def _answer_s3_error(exchange: Exchange, error: AnsweredError) -> None:
    await exchange.discard_body()
    headers, body = error.as_xml(exchange.request_id)
    await exchange.answer(
        error.status_code, {**headers, "x-amz-request-id": exchange.request_id}, body
    )


def _no_such_operation(head: ReceivedHead, operation: Operation | None) -> AnsweredError:
    if operation is None:
        return AnsweredError(
            "UnknownOperationException", f"Nothing is at {head.method} {head.path}."
        )
    return AnsweredError(
        "MethodNotAllowedException",
        f"{head.method} is not allowed here: POST is.",
        headers={"allow": "POST"},
    )


def _too_large(limit: int) -> AnsweredError:
    return AnsweredError(
        "RequestEntityTooLargeException",
        f"The request's body is larger than {limit} bytes. Send large inputs by way of S3 with "
        "InvokeEndpointAsync, or raise the local runtime's limit (max_body_bytes).",
    )
