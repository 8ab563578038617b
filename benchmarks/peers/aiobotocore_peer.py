"""aiobotocore: botocore over aiohttp."""

from __future__ import annotations

from collections.abc import AsyncIterator

from account import ACCESS_KEY_ID, CONTENT_TYPE, REGION, SECRET_ACCESS_KEY
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

_DEFAULT_CONNECTIONS = 10


class AsyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        # Tuned where it must be: more calls at once than the default has connections.
        tuned = in_flight > _DEFAULT_CONNECTIONS
        self._context = get_session().create_client(
            "sagemaker-runtime",
            region_name=REGION,
            endpoint_url=url,
            verify=bundle,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=AioConfig(max_pool_connections=in_flight) if tuned else None,
        )

    async def open(self) -> None:
        self._client = await self._context.__aenter__()

    async def call(self, endpoint: str, body: bytes) -> bytes:
        answer = await self._client.invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType=CONTENT_TYPE
        )
        async with answer["Body"] as stream:
            return await stream.read()

    async def stream(self, endpoint: str, body: bytes) -> AsyncIterator[bytes]:
        answer = await self._client.invoke_endpoint_with_response_stream(
            EndpointName=endpoint, Body=body, ContentType=CONTENT_TYPE
        )
        async for event in answer["Body"]:
            yield event["PayloadPart"]["Bytes"]

    async def close(self) -> None:
        await self._context.__aexit__(None, None, None)
