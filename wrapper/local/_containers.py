"""Model containers: `GET /ping`, `POST /invocations`.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from wrapper._headers import Headers
from wrapper.local._answers import AnsweredError
from wrapper.local._models import (
    ModelAnswer,
    ModelBrokenError,
    ModelRequest,
    ModelUnreachableError,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["Containers"]

_PING_TIMEOUT_SECONDS = 2.0  # the service's own


class Containers:
    """Talks to model containers; to be used on one event loop and closed there."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None  # made when first needed: its TLS is slow
        self._healthy: set[str] = set()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    @asynccontextmanager
    async def answer(self, url: str, request: ModelRequest) -> AsyncGenerator[ModelAnswer]:
        """Forward a request to the container at `url`.

        Raises:
            AnsweredError: `ServiceUnavailable` while the container has never been healthy.
            ModelUnreachableError: It gave no answer.
        """
        import httpx  # slow to import, and needed for containers alone

        if self._client is None:
            self._client = httpx.AsyncClient(
                # The bytes of the model are handed on as they are.
                headers={"user-agent": "sagemaker-local-runtime", "accept-encoding": "identity"},
                timeout=None,  # noqa: S113  # the caller's deadline covers all of it
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
                trust_env=False,  # a proxy must not come between
            )
        client, base = self._client, url.rstrip("/")
        await self._check_health(client, base)
        try:
            response = await client.send(
                client.build_request(
                    "POST", f"{base}/invocations", content=request.body, headers=request.headers
                ),
                stream=True,
            )
        except httpx.HTTPError as error:
            self._healthy.discard(base)
            raise ModelUnreachableError(
                f"Amazon SageMaker could not get a response from the {request.endpoint_name} "
                f"endpoint: POST {base}/invocations: {_described(error)}"
            ) from error
        try:
            yield ModelAnswer(
                response.status_code,
                Headers(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in response.headers.raw
                ),
                _chunks(response),
            )
        finally:
            await response.aclose()

    async def _check_health(self, client: httpx.AsyncClient, base: str) -> None:
        """Ask a container once whether it is ready, and again after it could not be reached."""
        if base in self._healthy:
            return
        import httpx

        try:
            ping = await client.get(f"{base}/ping", timeout=_PING_TIMEOUT_SECONDS)
        except httpx.HTTPError as error:
            raise _unhealthy(base, _described(error)) from error
        if ping.status_code != httpx.codes.OK:
            raise _unhealthy(base, f"status {ping.status_code}")
        self._healthy.add(base)


async def _chunks(response: httpx.Response) -> AsyncGenerator[bytes]:
    import httpx

    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    except httpx.HTTPError as error:
        raise ModelBrokenError(_described(error)) from error


def _unhealthy(base: str, why: str) -> AnsweredError:
    return AnsweredError(
        "ServiceUnavailable", f"The container is not healthy: GET {base}/ping: {why}"
    )


def _described(error: Exception) -> str:
    return str(error) or type(error).__name__
