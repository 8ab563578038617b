"""httpx, signed by hand."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
from account import invocations_path
from hand_signing import signed_headers

_DEFAULT_KEPT_CONNECTIONS = 20


def _arguments(url: str, bundle: str, in_flight: int) -> dict[str, Any]:
    arguments: dict[str, Any] = {"base_url": url}
    if url.startswith("https:"):
        arguments["verify"] = ssl.create_default_context(cafile=bundle)
    if in_flight > _DEFAULT_KEPT_CONNECTIONS:
        # Tuned where it must be: more calls at once than connections are kept by default.
        arguments["limits"] = httpx.Limits(
            max_connections=in_flight, max_keepalive_connections=in_flight
        )
        arguments["timeout"] = 60.0  # under load its pool takes longer than the 5 s of the default
    return arguments


class SyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        self._client = httpx.Client(**_arguments(url, bundle, in_flight))
        self._host = self._client.base_url.netloc.decode()

    def call(self, endpoint: str, body: bytes) -> bytes:
        path = invocations_path(endpoint)
        answer = self._client.post(
            path, content=body, headers=signed_headers(self._host, path, body)
        )
        answer.raise_for_status()
        return answer.content

    def close(self) -> None:
        self._client.close()


class AsyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        self._client = httpx.AsyncClient(**_arguments(url, bundle, in_flight))
        self._host = self._client.base_url.netloc.decode()

    async def open(self) -> None:
        pass

    async def call(self, endpoint: str, body: bytes) -> bytes:
        path = invocations_path(endpoint)
        answer = await self._client.post(
            path, content=body, headers=signed_headers(self._host, path, body)
        )
        answer.raise_for_status()
        return answer.content

    async def close(self) -> None:
        await self._client.aclose()
