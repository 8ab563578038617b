"""This project's client, from the wheel that users install: every default left as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from account import ACCESS_KEY_ID, CONTENT_TYPE, REGION, SECRET_ACCESS_KEY, SERVICE

import wrapper


class SyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        del in_flight  # the default will do
        self._client = wrapper.SageMakerRuntimeClient(
            REGION,
            endpoint_url=url,
            credentials=wrapper.Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY),
            verify=bundle,
        )

    def call(self, endpoint: str, body: bytes) -> bytes:
        return self._client.invoke_endpoint(endpoint, body, content_type=CONTENT_TYPE).body

    def stream(self, endpoint: str, body: bytes) -> Iterator[bytes]:
        with self._client.invoke_endpoint_with_response_stream(
            endpoint, body, content_type=CONTENT_TYPE
        ) as parts:
            yield from parts

    def close(self) -> None:
        self._client.close()


class AsyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        del in_flight  # the default will do
        self._client = wrapper.AsyncSageMakerRuntimeClient(
            REGION,
            endpoint_url=url,
            credentials=wrapper.Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY),
            verify=bundle,
        )

    async def open(self) -> None:
        pass

    async def call(self, endpoint: str, body: bytes) -> bytes:
        answer = await self._client.invoke_endpoint(endpoint, body, content_type=CONTENT_TYPE)
        return answer.body

    async def stream(self, endpoint: str, body: bytes) -> AsyncIterator[bytes]:
        async with await self._client.invoke_endpoint_with_response_stream(
            endpoint, body, content_type=CONTENT_TYPE
        ) as parts:
            async for part in parts:
                yield part

    async def close(self) -> None:
        await self._client.close()


def signings(
    url: str, headers: Mapping[str, str], body: bytes, count: int
) -> list[Callable[[], Mapping[str, str]]]:
    """What signs a request, `count` times, as the client does it for each attempt of a call."""
    from datetime import UTC, datetime
    from urllib.parse import urlsplit

    from wrapper.sigv4 import authorization_headers, payload_hash

    parts = urlsplit(url)
    credentials = wrapper.Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
    pairs = list(headers.items())

    def sign() -> Mapping[str, str]:
        return authorization_headers(
            "POST",
            parts.netloc,
            parts.path,
            pairs,
            payload_hash(body),
            credentials=credentials,
            region=REGION,
            service=SERVICE,
            now=datetime.now(UTC),
        )

    return [sign] * count


def decode(reads: list[bytes]) -> Iterator[bytes]:
    """The payloads of an event stream that came in these reads."""
    from wrapper.eventstream import EventStreamDecoder

    decoder = EventStreamDecoder()
    for read in reads:
        for message in decoder.feed(read):
            yield message.payload
    decoder.close()
