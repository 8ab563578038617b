import attrs
from collections.abc import Callable
from datetime import datetime
from wrapper._headers import Headers
from wrapper.local._async_inference import AsyncInferences
from wrapper.local._endpoints import Endpoints
from wrapper.local._exchange import Exchange
from wrapper.local._service_model import Operation

__all__ = ['Limits', 'Call', 'Invocations']

@attrs.frozen
class Limits:
    invocation_seconds: float = 60.0
    stream_seconds: float = 480.0
    body_bytes: int = 25 * 1024 * 1024

@attrs.frozen
class Call:
    operation: Operation
    endpoint_name: str
    headers: Headers
    body: bytes

class Invocations:
    def __init__(self, *, endpoints: Endpoints, region: str, limits: Limits, clock: Callable[[], datetime]) -> None: ...
    async def aclose(self) -> None: ...
    async def invoke(self, call: Call, exchange: Exchange) -> None: ...
    async def stream(self, call: Call, exchange: Exchange) -> None: ...
    async def enqueue(self, call: Call, exchange: Exchange, queue: AsyncInferences) -> None: ...
