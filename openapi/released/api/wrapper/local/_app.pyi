from collections.abc import Callable
from datetime import datetime
from starlette.types import Receive, Scope, Send
from types import TracebackType
from typing import Self
from wrapper.local._endpoints import Endpoints
from wrapper.local._invocations import Limits
from wrapper.local._object_store import ObjectStore
from wrapper.local._requests import RequestLog
from wrapper.local._signatures import SignatureVerifier
from wrapper.local.faults import Faults

__all__ = ['App']

class App:
    def __init__(self, *, endpoints: Endpoints, region: str, verifier: SignatureVerifier, store: ObjectStore, limits: Limits, faults: Faults, requests: RequestLog, clock: Callable[[], datetime]) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
