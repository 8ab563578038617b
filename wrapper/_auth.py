"""Signature Version 4 for any httpx client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import UTC, datetime
from inspect import isawaitable, iscoroutine

import httpx

from wrapper._credentials import Credentials, CredentialsProvider
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.sigv4 import UNSIGNED_PAYLOAD, authorization_headers, payload_hash

__all__ = ["SigV4Auth"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SigV4Auth(httpx.Auth):
    """Signs every request of an httpx client, sync or async, as it goes over the wire.

    ```python
    httpx.Client(auth=SigV4Auth(Credentials("AKIA…", "…"), "us-east-1"))
    ```

    The body is read into memory to be hashed, unless the request says
    `X-Amz-Content-Sha256: UNSIGNED-PAYLOAD`; one that came without a length is then sent with one,
    since S3 and others refuse a request without. A redirect that httpx follows is not signed again.

    Args:
        credentials: Who signs, or a callable that returns it, called before each signing. For an
            async client it may return an awaitable.
        region: For example `us-east-1`.
        service: The signing name.
        clock: Gives the time of signing as an aware `datetime`; the system's clock by default.

    Raises:
        ConfigurationError: `credentials` is neither `Credentials` nor callable. While sending: the
            region or the service is malformed, or a sync client got an awaitable.
        CredentialsError: While sending: the credentials are malformed.
        ParameterError: While sending: a header is malformed.
    """

    requires_request_body = True

    def __init__(
        self,
        credentials: Credentials | CredentialsProvider | Callable[[], Awaitable[Credentials]],
        region: str,
        service: str = "sagemaker",
        *,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        if not isinstance(credentials, Credentials) and not callable(credentials):
            raise ConfigurationError(
                "credentials must be Credentials, or a callable that returns them, "
                f"not {type(credentials).__name__}",
                setting="credentials",
            )
        self._credentials = credentials
        self._region = region
        self._service = service
        self._clock = clock

    def __repr__(self) -> str:
        return f"SigV4Auth(region={self._region!r}, service={self._service!r})"

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Reads the body, asks for credentials, signs."""
        if _signs_body(request):
            request.read()
        credentials = self._provided()
        if isawaitable(credentials):
            if iscoroutine(credentials):
                credentials.close()
            raise ConfigurationError(
                "the credentials provider returned an awaitable, which only an async client can "
                "wait for; give a sync client a provider that returns Credentials",
                setting="credentials",
            )
        self._sign(request, credentials)
        yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Reads the body, asks for credentials, signs."""
        if _signs_body(request):
            await request.aread()
        credentials = self._provided()
        if isawaitable(credentials):
            credentials = await credentials
        self._sign(request, credentials)
        yield request

    def _provided(self) -> Credentials | Awaitable[Credentials]:
        if isinstance(self._credentials, Credentials):
            return self._credentials
        return self._credentials()

    def _sign(self, request: httpx.Request, credentials: object) -> None:
        if not isinstance(credentials, Credentials):
            raise CredentialsError(
                f"the credentials provider returned {type(credentials).__name__}, not Credentials"
            )
        headers = request.headers
        for stale in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            headers.pop(stale, None)
        headers.setdefault("Host", request.url.netloc.decode("ascii"))
        if _signs_body(request):
            hashed = payload_hash(request.content)
            if "Transfer-Encoding" in headers:
                del headers["Transfer-Encoding"]
                headers["Content-Length"] = str(len(request.content))
        else:
            hashed = UNSIGNED_PAYLOAD
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        added = authorization_headers(
            request.method,
            headers["Host"],
            path,
            # The very bytes of a value are signed: surrogateescape gives them back unchanged.
            [
                (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
                for name, value in headers.raw
            ],
            hashed,
            query=query,
            credentials=credentials,
            region=self._region,
            service=self._service,
            now=self._clock(),
        )
        headers.update(added)


def _signs_body(request: httpx.Request) -> bool:
    given: str | None = request.headers.get("X-Amz-Content-Sha256")
    return given != UNSIGNED_PAYLOAD
