import attrs
from _typeshed import Incomplete
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias
from wrapper._headers import Headers

__all__ = ['ModelRequest', 'ModelResult', 'ModelResponse', 'Model', 'ModelAnswer', 'ModelBrokenError', 'ModelUnreachableError']

@attrs.frozen
class ModelRequest:
    endpoint_name: str
    variant_name: str
    body: bytes = attrs.field(repr=False)
    headers: Headers
    @property
    def content_type(self) -> str | None: ...
    @property
    def accept(self) -> str | None: ...
    @property
    def custom_attributes(self) -> str | None: ...
    @property
    def target_model(self) -> str | None: ...
    @property
    def inference_id(self) -> str | None: ...
    @property
    def session_id(self) -> str | None: ...
    def text(self) -> str: ...
    def json(self) -> Any: ...
ModelResult: TypeAlias = bytes | bytearray | memoryview | str | Mapping[str, Any] | list[Any] | Iterator[bytes | str] | AsyncIterator[bytes | str]

@attrs.frozen
class ModelResponse:
    body: ModelResult = attrs.field(default=b'', repr=False)
    content_type: str | None = None
    status_code: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=Incomplete)
Model: TypeAlias = str | Callable[[ModelRequest], ModelResult | ModelResponse | Awaitable[ModelResult | ModelResponse]]

@attrs.frozen
class ModelAnswer:
    status_code: int
    headers: Headers
    chunks: AsyncGenerator[bytes]

class ModelBrokenError(Exception): ...
class ModelUnreachableError(Exception): ...
