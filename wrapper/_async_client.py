"""The asynchronous client: sends, sleeps, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from wrapper._base_client import BaseClient
from wrapper._bodies import Body, encode_body
from wrapper._calls import Effect, FetchCredentials, call
from wrapper._engine.async_engine import AsyncSocketEngine
from wrapper._engine.by_loop import EnginesByLoop
from wrapper._engine.exchange_errors import processed_before
from wrapper._errors import ReadTimeoutError
from wrapper._http import Answer, AsyncEngine, AsyncOpenAnswer, Request, read_whole_async
from wrapper._operations import (
    INVOKE_ENDPOINT,
    INVOKE_ENDPOINT_ASYNC,
    INVOKE_ENDPOINT_WITH_RESPONSE_STREAM,
    Operation,
)
from wrapper._outputs import InvokeEndpointAsyncOutput, InvokeEndpointOutput
from wrapper._responses import decode_async_output, decode_output
from wrapper._timeouts import BoundedTimeout, TimeoutLike

if TYPE_CHECKING:
    import httpx  # noqa: F401  # the base class's parameter names it

    from wrapper._streams import AsyncResponseStream

__all__ = ["AsyncSageMakerRuntimeClient"]


class AsyncSageMakerRuntimeClient(BaseClient["httpx.AsyncBaseTransport"]):
    """Invokes models on Amazon SageMaker, for asyncio.

    May be shared by tasks, used on one event loop after another, pickled, and used after a fork. An
    asynchronous context manager: leaving the block closes its connections.
    """

    _transport_method = "handle_async_request"
    _awaits = True
    _engines: EnginesByLoop[AsyncEngine]

    async def invoke_endpoint(
        self,
        endpoint_name: str,
        body: Body,
        *,
        content_type: str | None = None,
        accept: str | None = None,
        custom_attributes: str | None = None,
        target_model: str | None = None,
        target_variant: str | None = None,
        target_container_hostname: str | None = None,
        inference_id: str | None = None,
        enable_explanations: str | None = None,
        inference_component_name: str | None = None,
        session_id: str | None = None,
        prefix_aware_id: str | None = None,
        timeout: TimeoutLike | None = None,
    ) -> InvokeEndpointOutput:
        """Ask a model for an inference and wait for the answer.

        Args:
            endpoint_name: The name of the endpoint.
            body: The input: bytes, `str` (sent as UTF-8), a file open in binary mode (read from its
                position), or a mapping or sequence (sent as JSON).
            content_type: The media type of the body. By default `application/json` for a mapping or
                sequence, `text/plain; charset=utf-8` for `str`, else `application/octet-stream`.
            accept: The media type that the answer should have.
            custom_attributes: Anything to tell the container besides the body: at most 1024 visible
                ASCII characters. Never shown in errors and logs.
            target_model: Which model of a multi-model endpoint to ask.
            target_variant: Which production variant to ask.
            target_container_hostname: Which container of a multi-container endpoint to ask.
            inference_id: Your own id of this inference; captured data carries it.
            enable_explanations: A JMESPath expression that decides whether Clarify explains.
            inference_component_name: Which inference component of the endpoint to ask.
            session_id: `NEW_SESSION` to open a stateful session, or the id of an open one.
            prefix_aware_id: An id shared by requests with a common prompt prefix.
            timeout: Seconds for each phase, a `Timeout` or an `httpx.Timeout`; by default the
                client's.

        Returns:
            The model's answer.

        Raises:
            ParameterError: An argument breaks a rule of the service; nothing was sent.
            CredentialsError: There are no usable credentials.
            ModelError: The model's container answered with an error.
            ServiceError: The service answered with another error.
            TransportError: The exchange failed: no connection, a timeout, a broken answer.
        """
        content, content_type = encode_body(body, content_type)
        values = {
            "endpoint_name": endpoint_name,
            "content_type": content_type,
            "accept": accept,
            "custom_attributes": custom_attributes,
            "target_model": target_model,
            "target_variant": target_variant,
            "target_container_hostname": target_container_hostname,
            "inference_id": inference_id,
            "enable_explanations": enable_explanations,
            "inference_component_name": inference_component_name,
            "session_id": session_id,
            "prefix_aware_id": prefix_aware_id,
        }
        answer, attempts = await self._send(INVOKE_ENDPOINT, values, content, timeout)
        return decode_output(INVOKE_ENDPOINT, answer, attempts)

    async def invoke_endpoint_async(
        self,
        endpoint_name: str,
        *,
        input_location: str | None = None,
        body: Body | None = None,
        content_type: str | None = None,
        accept: str | None = None,
        custom_attributes: str | None = None,
        inference_id: str | None = None,
        s3_output_path_extension: str | None = None,
        filename: str | None = None,
        request_ttl_seconds: int | None = None,
        invocation_timeout_seconds: int | None = None,
        timeout: TimeoutLike | None = None,
    ) -> InvokeEndpointAsyncOutput:
        """Queue an inference; its result is written to Amazon S3.

        Give exactly one of `input_location` and `body`.

        Args:
            endpoint_name: The name of the endpoint.
            input_location: Where the input is: `s3://…` or `https://…`.
            body: The input itself, at most 128,000 bytes: bytes, `str` (sent as UTF-8), a file open
                in binary mode (read from its position), or a mapping or sequence (sent as JSON).
            content_type: The media type of the input. By default, for a body, `application/json`
                for a mapping or sequence, `text/plain; charset=utf-8` for `str`, else
                `application/octet-stream`.
            accept: The media type that the result should have.
            custom_attributes: Anything to tell the container besides the input: at most 1024
                visible ASCII characters. Never shown in errors and logs.
            inference_id: Your own id of this inference; by default the service generates one.
            s3_output_path_extension: A path to add to the endpoint's output path.
            filename: The file name of the result, in place of a generated one.
            request_ttl_seconds: Seconds that the request may wait in the queue: 60 to 21600; the
                service's default is 21600.
            invocation_timeout_seconds: Seconds that the model may work on the request: 1 to
                3600; the service's default is 900.
            timeout: Seconds for each phase, a `Timeout` or an `httpx.Timeout`; by default the
                client's.

        Returns:
            Where the result will be.

        Raises:
            ParameterError: An argument breaks a rule of the service; nothing was sent.
            CredentialsError: There are no usable credentials.
            ServiceError: The service answered with an error.
            TransportError: The exchange failed: no connection, a timeout, a broken answer.
        """
        content = None
        if body is not None:
            content, content_type = encode_body(body, content_type)
        values = {
            "endpoint_name": endpoint_name,
            "input_location": input_location,
            "content_type": content_type,
            "accept": accept,
            "custom_attributes": custom_attributes,
            "inference_id": inference_id,
            "s3_output_path_extension": s3_output_path_extension,
            "filename": filename,
            "request_ttl_seconds": request_ttl_seconds,
            "invocation_timeout_seconds": invocation_timeout_seconds,
        }
        answer, attempts = await self._send(INVOKE_ENDPOINT_ASYNC, values, content, timeout)
        return decode_async_output(INVOKE_ENDPOINT_ASYNC, answer, attempts)

    async def invoke_endpoint_with_response_stream(
        self,
        endpoint_name: str,
        body: Body,
        *,
        content_type: str | None = None,
        accept: str | None = None,
        custom_attributes: str | None = None,
        target_variant: str | None = None,
        target_container_hostname: str | None = None,
        inference_id: str | None = None,
        inference_component_name: str | None = None,
        session_id: str | None = None,
        prefix_aware_id: str | None = None,
        timeout: TimeoutLike | None = None,
    ) -> AsyncResponseStream:
        """Ask a model for an inference and receive the answer as it is produced.

        Args:
            endpoint_name: The name of the endpoint.
            body: The input: bytes, `str` (sent as UTF-8), a file open in binary mode (read from its
                position), or a mapping or sequence (sent as JSON).
            content_type: The media type of the body. By default `application/json` for a mapping or
                sequence, `text/plain; charset=utf-8` for `str`, else `application/octet-stream`.
            accept: The media type that the answer should have.
            custom_attributes: Anything to tell the container besides the body: at most 1024 visible
                ASCII characters. Never shown in errors and logs.
            target_variant: Which production variant to ask.
            target_container_hostname: Which container of a multi-container endpoint to ask.
            inference_id: Your own id of this inference; captured data carries it.
            inference_component_name: Which inference component of the endpoint to ask.
            session_id: The id of an open stateful session.
            prefix_aware_id: An id shared by requests with a common prompt prefix.
            timeout: Seconds for each phase, a `Timeout` or an `httpx.Timeout`; by default the
                client's. The read timeout counts between the events of the stream, too.

        Returns:
            The open stream: use it as a context manager and iterate over it.

        Raises:
            ParameterError: An argument breaks a rule of the service; nothing was sent.
            CredentialsError: There are no usable credentials.
            ModelError: The model's container answered with an error before the stream began.
            ServiceError: The service answered with another error.
            TransportError: The exchange failed: no connection, a timeout, a broken answer.
        """
        content, content_type = encode_body(body, content_type)
        values = {
            "endpoint_name": endpoint_name,
            "content_type": content_type,
            "accept": accept,
            "custom_attributes": custom_attributes,
            "target_variant": target_variant,
            "target_container_hostname": target_container_hostname,
            "inference_id": inference_id,
            "inference_component_name": inference_component_name,
            "session_id": session_id,
            "prefix_aware_id": prefix_aware_id,
        }
        answer, attempts = await self._open(
            INVOKE_ENDPOINT_WITH_RESPONSE_STREAM, values, content, timeout
        )
        from wrapper._streams import AsyncResponseStream

        return AsyncResponseStream(answer, attempts, self)

    async def close(self) -> None:
        """Close the client to new calls. Calls under way and open streams go on to their end.

        Await this on the event loop where the client was used.
        """
        self._closed = True
        engines = self._engines
        self._forget_connections()  # those of other loops must not serve any more either
        await engines.aclose()

    aclose = close  # the name that httpx and `contextlib.aclosing` have for it

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _send(
        self,
        operation: Operation,
        values: Mapping[str, object],
        body: bytes | None,
        timeout: TimeoutLike | None,
    ) -> tuple[Answer, int]:
        engine = self._engine()
        effects = call(self._settings, operation, values, body, timeout)
        return await self._run(effects, engine.send)

    async def _open(
        self,
        operation: Operation,
        values: Mapping[str, object],
        body: bytes | None,
        timeout: TimeoutLike | None,
    ) -> tuple[AsyncOpenAnswer, int]:
        engine = self._engine()

        async def send(request: Request) -> AsyncOpenAnswer | Answer:
            answer = await engine.open(request)
            if 200 <= answer.status < 300:
                return answer
            return await read_whole_async(answer)

        return await self._run(call(self._settings, operation, values, body, timeout), send)

    async def _run(
        self,
        effects: Generator[Effect, object, tuple[object, int]],
        send: Callable[[Request], Awaitable[object]],
    ) -> tuple[Any, int]:
        result: object
        try:
            effect = next(effects)
            while True:
                try:
                    if isinstance(effect, Request):
                        if isinstance(effect.timeout, BoundedTimeout):
                            result = await _within(effect.timeout, send(effect))
                        else:
                            result = await send(effect)
                    elif not isinstance(effect, FetchCredentials):
                        result = await asyncio.sleep(effect)  # type: ignore[func-returns-value]
                    elif effect.refused is None:
                        result = await self._credentials.get_async()
                    else:
                        result = await self._credentials.renew_async(effect.refused)
                except Exception as error:  # noqa: BLE001  # the call decides what it means
                    effect = effects.throw(error)
                else:
                    effect = effects.send(result)
        except StopIteration as stop:
            done: tuple[Any, int] = stop.value
            return done

    def _engine(self) -> AsyncEngine:
        engine = self._engines.get()
        if engine is not None:
            return engine
        self._check_open()
        if self._original is not None:
            return self._original._engine()  # noqa: SLF001  # of this class
        return self._engines.make(self._new_engine)

    def _new_engine(self) -> AsyncEngine:
        if self._goes_through_httpx():
            from wrapper._engine.httpx_engine import AsyncHttpxEngine

            return AsyncHttpxEngine(self._engine_settings(), self._transport)
        return AsyncSocketEngine(verify=self.config.verify, max_connections=self._max_connections)

    def _forget_connections(self) -> None:
        self._engines = EnginesByLoop()


async def _within(timeout: BoundedTimeout, sending: Awaitable[object]) -> object:
    """Send, and end with the call even where an answer drips in so that none of its phases does."""
    seconds = timeout.whole
    guard = asyncio.timeout(None if seconds is None else seconds + _GRACE_SECONDS)
    try:
        async with guard:
            return await sending
    except TimeoutError as error:
        if not guard.expired():
            raise
        raise ReadTimeoutError(
            "the answer did not end in time", possibly_processed=processed_before(error.__cause__)
        ) from error


# The engine, which knows how far the exchange had come, shall be first to end it.
_GRACE_SECONDS = 0.01
