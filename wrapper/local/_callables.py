"""Python callables as models."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import anyio.to_thread

from wrapper._headers import Headers
from wrapper.local._models import (
    ModelAnswer,
    ModelBrokenError,
    ModelRequest,
    ModelResponse,
)

__all__ = ["CallableModels"]

_MAX_THREADS = 128
_END = object()

_logger = logging.getLogger("wrapper.local")


class CallableModels:
    """Runs callables; to be created on the event loop they are used on."""

    def __init__(self) -> None:
        self._threads = anyio.CapacityLimiter(_MAX_THREADS)

    @asynccontextmanager
    async def answer(
        self, model: Callable[[ModelRequest], Any], request: ModelRequest
    ) -> AsyncGenerator[ModelAnswer]:
        """Call a model. A model that raises has answered 500, as a container would."""
        try:
            response = _as_response(await self._call(model, request))
            content_type, chunks = self._encode(response.body)
            headers = _checked(response, content_type)
            # A model that fails before its first bytes has not begun to answer.
            first = await anext(chunks, b"")
        except Exception as error:  # noqa: BLE001  # whatever the model raises is its answer
            _report(request, error)
            cause = error.__cause__ if isinstance(error, ModelBrokenError) else error
            yield ModelAnswer(500, Headers(), _once(_described(cause or error).encode()))
            return
        try:
            yield ModelAnswer(
                response.status_code, headers, _reporting(request, _rejoined(first, chunks))
            )
        finally:
            await chunks.aclose()

    async def _call(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Call a function; in a thread, unless it is a coroutine function."""
        target = function if inspect.isroutine(function) else type(function).__call__
        if inspect.iscoroutinefunction(target) or inspect.isasyncgenfunction(target):
            result = function(*arguments)
        else:
            result = await self._in_thread(function, *arguments)
        return await result if isinstance(result, Awaitable) else result

    async def _in_thread(self, function: Callable[..., Any], *arguments: object) -> Any:
        def attempt() -> tuple[Any, BaseException | None]:
            try:
                return function(*arguments), None
            except BaseException as error:  # noqa: BLE001  # neither `SystemExit` nor
                # `StopIteration` may reach the event loop
                return None, error

        result, error = await anyio.to_thread.run_sync(
            attempt, abandon_on_cancel=True, limiter=self._threads
        )
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            raise error
        if error is not None:
            raise RuntimeError(_described(error)) from error
        return result

    def _encode(self, body: object) -> tuple[str, AsyncGenerator[bytes]]:
        """A result's media type and its bytes."""
        if isinstance(body, bytes | bytearray | memoryview):
            return "application/octet-stream", _once(bytes(body))
        if isinstance(body, str):
            return "text/plain; charset=utf-8", _once(body.encode())
        if isinstance(body, Mapping | list):
            return "application/json", _once(json.dumps(body, default=_refuse).encode())
        if isinstance(body, AsyncIterator):
            return "application/octet-stream", _iterated_async(body)
        if isinstance(body, Iterator):
            return "application/octet-stream", self._iterated(body)
        raise TypeError(
            f"a model returned {type(body).__name__}; it must return bytes, str, a dict or a list "
            "(sent as JSON), an iterator of bytes or str, or a ModelResponse"
        )

    async def _iterated(self, parts: Iterator[object]) -> AsyncGenerator[bytes]:
        left = False

        def step() -> object:
            part = next(parts, _END)
            if left and isinstance(parts, Generator):  # while it made this part
                parts.close()
            return part

        try:
            while True:
                try:
                    part = await self._in_thread(step)
                    if part is _END:
                        return
                    chunk = _part(part)
                except Exception as error:
                    raise ModelBrokenError(_described(error)) from error
                yield chunk
        finally:
            left = True
            if isinstance(parts, Generator):
                # `ValueError`: a thread is inside the generator; it will close it.
                with anyio.CancelScope(shield=True), suppress(ValueError):
                    await self._in_thread(parts.close)


async def _iterated_async(parts: AsyncIterator[object]) -> AsyncGenerator[bytes]:
    try:
        while True:
            try:
                chunk = _part(await anext(parts))
            except StopAsyncIteration:
                return
            except Exception as error:
                raise ModelBrokenError(_described(error)) from error
            yield chunk
    finally:
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()


async def _once(data: bytes) -> AsyncGenerator[bytes]:
    yield data


async def _rejoined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _reporting(request: ModelRequest, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except ModelBrokenError as error:
        _report(request, error)
        raise


def _report(request: ModelRequest, error: Exception) -> None:
    cause = error.__cause__ if isinstance(error, ModelBrokenError) else error
    _logger.error("the model of endpoint %s failed", request.endpoint_name, exc_info=cause)


def _as_response(result: object) -> ModelResponse:
    # What it may be is checked where it is encoded.
    return result if isinstance(result, ModelResponse) else ModelResponse(result)  # type: ignore[arg-type]


def _checked(response: ModelResponse, default_content_type: str) -> Headers:
    headers = {"Content-Type": response.content_type or default_content_type, **response.headers}
    for name, value in headers.items():
        if not (name + value).isascii() or not (name + value).isprintable():
            raise ValueError(f"the header {name!r} must be printable ASCII")
    if not 200 <= response.status_code <= 599:
        raise ValueError(f"status_code={response.status_code} must be from 200 to 599")
    return Headers(headers.items())


def _part(part: object) -> bytes:
    if isinstance(part, str):
        return part.encode()
    if isinstance(part, bytes | bytearray | memoryview):
        return bytes(part)
    raise TypeError(f"a model's iterator gave {type(part).__name__}; it must give bytes or str")


def _refuse(value: object) -> object:
    raise TypeError(f"a model returned JSON with a {type(value).__name__} in it")


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
