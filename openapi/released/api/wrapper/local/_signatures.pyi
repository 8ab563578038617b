import attrs
from _typeshed import Incomplete
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from wrapper._credentials import Credentials

__all__ = ['MAX_CLOCK_SKEW', 'ReceivedHead', 'SignatureVerifier']

MAX_CLOCK_SKEW: Incomplete

@attrs.frozen
class ReceivedHead:
    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    def get(self, name: str) -> str | None: ...

@attrs.frozen
class _Claim:
    access_key_id: str
    scope: tuple[str, str, str, str]
    signed_headers: Sequence[str]
    signature: str
    timestamp: str
    security_token: str | None
    canonical_query: str
    expires: timedelta | None

class _Recomputed(SigV4Auth):
    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders: ...

class _RecomputedForS3(_Recomputed): ...

class SignatureVerifier:
    def __init__(self, credentials: Iterable[Credentials], region: str, clock: Callable[[], datetime]) -> None: ...
    def verify(self, head: ReceivedHead, payload_hash: str, service: str) -> str: ...
