import asyncio
from _typeshed import Incomplete
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import NamedTuple
from wrapper._credentials import Credentials
from wrapper.credentials._provider import Provider

__all__ = ['RefreshingCredentials']

class _Held(NamedTuple):
    credentials: Credentials
    check_at: float
    expires_at: float

class _Failure(NamedTuple):
    error: Exception
    traceback: TracebackType | None

class _Refresh:
    def __init__(self) -> None: ...
    def led_by(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Credentials]) -> None: ...
    def is_abandoned(self) -> bool: ...
    def needs(self, loop: asyncio.AbstractEventLoop | None) -> bool: ...
    def future(self) -> Future[_Outcome]: ...
    def take_future(self) -> Future[_Outcome] | None: ...
    def wait(self, future: Future[_Outcome]) -> Credentials | None: ...
    async def wait_async(self, future: Future[_Outcome]) -> Credentials | None: ...

class RefreshingCredentials(Provider):
    name: str
    provider: Incomplete
    def __init__(self, provider: Provider, *, clock: Callable[[], float] = ...) -> None: ...
    def get(self) -> Credentials: ...
    async def get_async(self) -> Credentials: ...
    def renew(self, refused: Credentials) -> Credentials: ...
    async def renew_async(self, refused: Credentials) -> Credentials: ...
    __call__ = get
    load = get
    load_async = get_async

class _Turn(NamedTuple):
    credentials: Credentials | None = None
    refresh: _Refresh | None = None
    future: Future[_Outcome] | None = None
