from _typeshed import Incomplete
from collections.abc import Callable, Mapping
from typing import NamedTuple
from wrapper._config import Verify
from wrapper.credentials._steps import Steps

__all__ = ['HttpAnswer', 'HttpFailed', 'Exchange', 'send', 'send_with_retries']

class HttpAnswer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

class HttpFailed(Exception):
    timed_out: Incomplete
    def __init__(self, reason: str, *, timed_out: bool = False) -> None: ...

class Exchange:
    method: Incomplete
    url: Incomplete
    headers: Incomplete
    body: Incomplete
    timeout: Incomplete
    verify: Incomplete
    proxy: Incomplete
    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b'', *, timeout: float, verify: Verify = True, proxy: str | None = None) -> None: ...
    def perform(self) -> HttpAnswer: ...
    async def perform_async(self) -> HttpAnswer: ...

class _Body:
    content: bytes
    def __init__(self, seconds: float) -> None: ...
    def add(self, piece: bytes) -> None: ...

def send(exchange: Exchange) -> Steps[HttpAnswer]: ...
def send_with_retries(exchange: Exchange, is_final: Callable[[HttpAnswer], bool], *, pause: float = 1.0) -> Steps[HttpAnswer]: ...
