"""Signature Version 4 for any httpx client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime

import httpx

from wrapper._credentials import Credentials
from wrapper.credentials import CredentialsLike, as_source
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
    `X-Amz-Content-Sha256: UNSIGNED-PAYLOAD`; a body that came without a length is then sent
    with one, since S3 and others refuse a request without it. A redirect that httpx follows is not
    signed again.

    Args:
        credentials: As for a client: `Credentials`, a provider, a boto3 session, a function that
            returns credentials (or, for an async client, an awaitable of them), or None for
            whatever AWS's own tools would find.
        region: For example `us-east-1`.
        service: The signing name.
        clock: Gives the time of signing as an aware `datetime`; the system's clock by default.

    Raises:
        ConfigurationError: `credentials` is none of these. While sending: the region, the service
            or a setting that is used to find credentials is malformed.
        CredentialsError: While sending: there are no credentials, or they are malformed.
        ParameterError: While sending: a header is malformed.
    """

    requires_request_body = True

    def __init__(
        self,
        credentials: CredentialsLike | None,
        region: str,
        service: str = "sagemaker",
        *,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._credentials = as_source(credentials)
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
        self._sign(request, self._credentials.get())
        yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Reads the body, asks for credentials, signs."""
        if _signs_body(request):
            await request.aread()
        self._sign(request, await self._credentials.get_async())
        yield request

    def _sign(self, request: httpx.Request, credentials: Credentials) -> None:
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
