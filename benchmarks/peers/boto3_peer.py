"""boto3: the client that most users have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import boto3
from account import ACCESS_KEY_ID, CONTENT_TYPE, REGION, SECRET_ACCESS_KEY, SERVICE
from botocore.config import Config

_DEFAULT_CONNECTIONS = 10


class SyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        # Tuned where it must be: more calls at once than the default has connections.
        config = (
            Config(max_pool_connections=in_flight) if in_flight > _DEFAULT_CONNECTIONS else None
        )
        self._client = boto3.client(
            "sagemaker-runtime",
            region_name=REGION,
            endpoint_url=url,
            verify=bundle,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=config,
        )

    def call(self, endpoint: str, body: bytes) -> bytes:
        answer = self._client.invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType=CONTENT_TYPE
        )
        return answer["Body"].read()

    def stream(self, endpoint: str, body: bytes) -> Iterator[bytes]:
        answer = self._client.invoke_endpoint_with_response_stream(
            EndpointName=endpoint, Body=body, ContentType=CONTENT_TYPE
        )
        for event in answer["Body"]:
            yield event["PayloadPart"]["Bytes"]

    def close(self) -> None:
        self._client.close()


def signings(
    url: str, headers: Mapping[str, str], body: bytes, count: int
) -> list[Callable[[], Mapping[str, str]]]:
    """What signs a request, `count` times; the request objects are made beforehand."""
    from functools import partial

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), SERVICE, REGION)

    def sign(request: AWSRequest) -> Mapping[str, str]:
        signer.add_auth(request)
        return request.headers

    return [
        partial(sign, AWSRequest(method="POST", url=url, headers=dict(headers), data=body))
        for _ in range(count)
    ]


def decode(reads: list[bytes]) -> Iterator[bytes]:
    """The payloads of an event stream that came in these reads."""
    from botocore.eventstream import EventStreamBuffer

    buffer = EventStreamBuffer()
    for read in reads:
        buffer.add_data(read)
        for event in buffer:
            yield event.payload
