"""The little of S3 that clients of async inference need: GetObject, HeadObject, PutObject.

Path-style (`/{bucket}/{key}`), on the runtime's own port: none of SageMaker Runtime's operations
uses these methods. Signatures are checked with service `s3`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from os import stat_result
from pathlib import Path
from urllib.parse import unquote

import anyio.to_thread
from starlette.responses import FileResponse

from wrapper.local._answers import AnsweredError
from wrapper.local._exchange import Exchange
from wrapper.local._object_store import InvalidLocationError, ObjectStore
from wrapper.local._signatures import SignatureVerifier

__all__ = ["OPERATIONS", "S3"]

OPERATIONS: Mapping[str, str] = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject"}

_UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
_CODES = {  # SageMaker's names of the reasons to refuse a signature, and S3's
    "MissingAuthenticationTokenException": "AccessDenied",
    "IncompleteSignatureException": "AuthorizationHeaderMalformed",
    "UnrecognizedClientException": "InvalidAccessKeyId",
    "ExpiredTokenException": "ExpiredToken",
    "InvalidSignatureException": "SignatureDoesNotMatch",
}


class S3:
    """Serves a store's objects.

    Args:
        store: Where the objects are.
        verifier: Checks the signatures.
    """

    def __init__(self, store: ObjectStore, verifier: SignatureVerifier) -> None:
        self._store = store
        self._verifier = verifier

    def verify(self, exchange: Exchange) -> str:
        """The access key id that signed a request.

        Raises:
            AnsweredError: With S3's code.
        """
        head = exchange.head
        presigned = head.get("authorization") is None
        payload = _UNSIGNED_PAYLOAD if presigned else head.get("x-amz-content-sha256")
        if payload is None:
            raise AnsweredError("InvalidArgument", "The header x-amz-content-sha256 is missing.")
        if payload.startswith("STREAMING-"):
            raise AnsweredError("NotImplemented", "Chunked uploads are not implemented.")
        try:
            return self._verifier.verify(head, payload, "s3")
        except AnsweredError as refusal:
            message = refusal.message or ""
            if message.startswith(("Signature expired", "Signature not yet current")):
                code = "AccessDenied" if presigned else "RequestTimeTooSkewed"
            else:
                code = _CODES[refusal.code]
            raise AnsweredError(code, message) from None

    async def serve(self, exchange: Exchange) -> None:
        """Give the true answer.

        Raises:
            AnsweredError: With S3's code.
        """
        location = unquote(exchange.head.path.replace("+", " ").removeprefix("/"))
        bucket, _, key = location.partition("/")
        if not key:
            raise AnsweredError(
                "NotImplemented", "Of S3, GetObject, HeadObject and PutObject alone are here."
            )
        try:
            path = self._store.path(bucket, key)
        except InvalidLocationError as error:
            raise AnsweredError("InvalidArgument", str(error)) from None
        if exchange.head.method == "PUT":
            await self._put(exchange, path)
        else:
            await self._get(exchange, path, key)

    async def _get(self, exchange: Exchange, path: Path, key: str) -> None:
        status = self._store.status(path)
        if status is None:
            raise AnsweredError(
                "NoSuchKey", "The specified key does not exist.", members={"Key": key}
            )
        response = FileResponse(
            path,
            headers={"etag": _etag(status), "x-amz-request-id": exchange.request_id},
            media_type=self._store.content_type(path),
            stat_result=status,
        )
        await response(exchange.scope, exchange.receive, exchange.send)

    async def _put(self, exchange: Exchange, path: Path) -> None:
        declared = exchange.head.get("x-amz-content-sha256") or _UNSIGNED_PAYLOAD
        digest = hashlib.sha256()
        try:
            with self._store.writing(path, exchange.head.get("content-type")) as file:
                async for chunk in exchange.body_chunks():
                    digest.update(chunk)
                    await anyio.to_thread.run_sync(file.write, chunk)
                if declared not in {_UNSIGNED_PAYLOAD, digest.hexdigest()}:
                    raise AnsweredError(
                        "XAmzContentSHA256Mismatch",
                        "The provided 'x-amz-content-sha256' header does not match what was "
                        "computed.",
                    )
        except OSError as error:
            if isinstance(error, ConnectionResetError):
                raise
            raise AnsweredError("InvalidArgument", f"Cannot be stored: {error.strerror}.") from None
        status = self._store.status(path)
        etag = {"etag": _etag(status)} if status else {}  # taken away again meanwhile
        await exchange.answer(200, {**etag, "x-amz-request-id": exchange.request_id})


def _etag(status: stat_result) -> str:
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
