"""What goes into a model and what comes out of it, whether it is a container or a callable."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from wrapper._headers import Headers

__all__ = [
    "Model",
    "ModelAnswer",
    "ModelBrokenError",
    "ModelRequest",
    "ModelResponse",
    "ModelResult",
    "ModelUnreachableError",
]


@attrs.frozen
class ModelRequest:
    """What a model is asked: what the service passes on to a container's `POST /invocations`.

    Attributes:
        endpoint_name: The endpoint that was invoked.
        variant_name: The production variant the model was chosen for.
        body: The request's body.
        headers: The headers the container gets: `Content-Type`, `Accept` and the
            `X-Amzn-SageMaker-…` ones of the call; names compare without case.
    """

    endpoint_name: str
    variant_name: str
    body: bytes = attrs.field(repr=False)
    headers: Headers

    @property
    def content_type(self) -> str | None:
        """The body's media type, or None."""
        return self.headers.get("content-type")

    @property
    def accept(self) -> str | None:
        """The media type wanted, or None."""
        return self.headers.get("accept")

    @property
    def custom_attributes(self) -> str | None:
        """The call's custom attributes, or None."""
        return self.headers.get("x-amzn-sagemaker-custom-attributes")

    @property
    def target_model(self) -> str | None:
        """The model asked for on a multi-model endpoint, or None."""
        return self.headers.get("x-amzn-sagemaker-target-model")

    @property
    def inference_id(self) -> str | None:
        """The caller's id of this inference, or None."""
        return self.headers.get("x-amzn-sagemaker-inference-id")

    @property
    def session_id(self) -> str | None:
        """The stateful session's id, `NEW_SESSION`, or None."""
        return self.headers.get("x-amzn-sagemaker-session-id")

    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


ModelResult: TypeAlias = (
    bytes
    | bytearray
    | memoryview
    | str
    | Mapping[str, Any]
    | list[Any]
    | Iterator[bytes | str]
    | AsyncIterator[bytes | str]
)
"""What a callable may answer: bytes, text, JSON, or an iterator of the parts of a stream."""


@attrs.frozen
class ModelResponse:
    """An answer whose media type, status or headers matter.

    Attributes:
        body: Bytes, text, JSON (a mapping or list), or an iterator of bytes or text.
        content_type: By default `application/octet-stream`, `text/plain; charset=utf-8` for text,
            `application/json` for JSON.
        status_code: What the container answers; from 400 on the caller gets a `ModelError`.
        headers: More headers. The service passes on `X-Amzn-SageMaker-Custom-Attributes`,
            `X-Amzn-SageMaker-New-Session-Id` and `X-Amzn-SageMaker-Closed-Session-Id`.
    """

    body: ModelResult = attrs.field(default=b"", repr=False)
    content_type: str | None = None
    status_code: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=lambda value: repr(list(value)))


Model: TypeAlias = (
    str
    | Callable[[ModelRequest], ModelResult | ModelResponse | Awaitable[ModelResult | ModelResponse]]
)
"""A model: a container's base URL (`http://127.0.0.1:8080`), or a callable.

A plain function runs in a thread of its own, a coroutine function on the server's event loop. A
string without `http://` or `https://` names a callable to import: `package.module:name`.
"""


@attrs.frozen
class ModelAnswer:
    """What a model answered, before the service makes its own answer of it.

    Attributes:
        status_code: The container's HTTP status.
        headers: The container's headers.
        chunks: The body's bytes as they come.
    """

    status_code: int
    headers: Headers
    chunks: AsyncGenerator[bytes]


class ModelBrokenError(Exception):
    """The model failed after its answer had begun."""


class ModelUnreachableError(Exception):
    """The container gave no answer."""
