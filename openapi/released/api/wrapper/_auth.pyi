import httpx
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import datetime
from wrapper._credentials import Credentials, CredentialsProvider

__all__ = ['SigV4Auth']

class SigV4Auth(httpx.Auth):
    requires_request_body: bool
    def __init__(self, credentials: Credentials | CredentialsProvider | Callable[[], Awaitable[Credentials]], region: str, service: str = 'sagemaker', *, clock: Callable[[], datetime] = ...) -> None: ...
    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]: ...
    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]: ...
