import attrs
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias
from wrapper.local._object_store import ObjectStore

__all__ = ['RunModel', 'AsyncInference', 'AsyncInferences']

RunModel: TypeAlias = Callable[[bytes, float], Awaitable[tuple[str, bytes]]]

@attrs.frozen
class AsyncInference:
    inference_id: str
    output_location: str
    failure_location: str
    body: bytes | None = attrs.field(repr=False)
    input_path: Path | None
    expires: datetime
    ttl_seconds: int
    timeout_seconds: int
    run: RunModel = attrs.field(repr=False)

class AsyncInferences:
    def __init__(self, store: ObjectStore, region: str, clock: Callable[[], datetime]) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...
    def accept(self, parameters: Mapping[str, str], body: bytes, run: RunModel) -> AsyncInference: ...
