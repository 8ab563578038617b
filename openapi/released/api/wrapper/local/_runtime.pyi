import asyncio
import attrs
import os
import socket
import threading
from _typeshed import Incomplete
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self
from wrapper._credentials import Credentials
from wrapper.local._endpoints import Endpoint
from wrapper.local._models import Model, ModelRequest, ModelResponse
from wrapper.local._server import Server

__all__ = ['LOCAL_CREDENTIALS', 'echo', 'LocalRuntime']

LOCAL_CREDENTIALS: Incomplete

async def echo(request: ModelRequest) -> ModelResponse: ...

@attrs.frozen
class _Running:
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    server: Server
    socket: socket.socket
    url: str

class LocalRuntime:
    endpoints: Incomplete
    faults: Incomplete
    requests: Incomplete
    region: Incomplete
    credentials: Incomplete
    clock_offset: Incomplete
    def __init__(self, endpoints: Mapping[str, Endpoint | Model] | None = None, *, credentials: Credentials | Iterable[Credentials] = ..., region: str = 'us-east-1', host: str = '127.0.0.1', port: int = 0, s3_root: str | os.PathLike[str] | None = None, invocation_timeout: float = 60.0, stream_timeout: float = 480.0, max_body_bytes: int = ..., allow_remote: bool = False) -> None: ...
    @property
    def url(self) -> str: ...
    @property
    def environment(self) -> dict[str, str]: ...
    def start(self) -> Self: ...
    def stop(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...
