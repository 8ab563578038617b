from collections.abc import Mapping
from wrapper.local._exchange import Exchange
from wrapper.local._object_store import ObjectStore
from wrapper.local._signatures import SignatureVerifier

__all__ = ['OPERATIONS', 'S3']

OPERATIONS: Mapping[str, str]

class S3:
    def __init__(self, store: ObjectStore, verifier: SignatureVerifier) -> None: ...
    def verify(self, exchange: Exchange) -> str: ...
    async def serve(self, exchange: Exchange) -> None: ...
