"""aiohttp, signed by hand."""

from __future__ import annotations

import ssl

import aiohttp
from account import invocations_path
from hand_signing import signed_headers

_DEFAULT_CONNECTIONS = 100


class AsyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        is_tls = url.startswith("https:")
        self._url = url
        self._host = url.partition("://")[2]
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=ssl.create_default_context(cafile=bundle) if is_tls else True,
                # Tuned where it must be: more calls at once than the default has connections.
                limit=max(in_flight, _DEFAULT_CONNECTIONS),
            )
        )

    async def open(self) -> None:
        pass

    async def call(self, endpoint: str, body: bytes) -> bytes:
        path = invocations_path(endpoint)
        headers = signed_headers(self._host, path, body)
        async with self._session.post(self._url + path, data=body, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def close(self) -> None:
        await self._session.close()
