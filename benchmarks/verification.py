"""Checks the signatures of requests that the server kept, by computing them anew with botocore."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.peers.account import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SERVICE

__all__ = ["InvalidRequestError", "parse_head", "verify"]

_MAX_CLOCK_SKEW = timedelta(minutes=5)
_MUST_BE_SIGNED = {"host", "x-amz-date"}


class InvalidRequestError(Exception):
    """A request that the service would have refused: what was measured does not count."""


def parse_head(head: str) -> tuple[str, str, dict[str, str]]:
    """Method, target and headers (names in lower case) of a request."""
    request_line, *lines = head.split("\r\n")
    method, target, _ = request_line.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() in headers:
            raise InvalidRequestError(f"the header {name} is there twice")
        headers[name.lower()] = value.strip()
    return method, target, headers


def verify(
    method: str, target: str, headers: Mapping[str, str], body_sha256: str, *, now: datetime
) -> None:
    """Check a request as the service would.

    Args:
        method: The HTTP method.
        target: The path as sent.
        headers: By name in lower case.
        body_sha256: Of the body that came, in hex.
        now: The time, aware.

    Raises:
        InvalidRequestError: Says what is wrong.
    """
    algorithm, _, rest = headers.get("authorization", "").partition(" ")
    if algorithm != "AWS4-HMAC-SHA256":
        raise InvalidRequestError("the request is not signed")
    claim = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed = claim["SignedHeaders"].split(";")
    missing = (_MUST_BE_SIGNED - set(signed)) | (set(signed) - set(headers))
    if missing:
        raise InvalidRequestError(f"not signed, or not there: {', '.join(sorted(missing))}")
    date = headers["x-amz-date"]
    signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(now - signed_at) > _MAX_CLOCK_SKEW:
        raise InvalidRequestError(f"signed at {date}, which is not now")
    if claim["Credential"] != f"{ACCESS_KEY_ID}/{date[:8]}/{REGION}/{SERVICE}/aws4_request":
        raise InvalidRequestError(f"signed for {claim['Credential']}")

    request = AWSRequest(method=method, url=f"http://{headers['host']}{target}")
    for name in signed:
        request.headers[name] = headers[name]
    # This is what really came; where the client signs the header too, it must say the same.
    if headers.get("x-amz-content-sha256", body_sha256) != body_sha256:
        raise InvalidRequestError("x-amz-content-sha256 is not the hash of the body")
    request.context["timestamp"] = date
    signer = _Signer(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), SERVICE, REGION)
    signer.body_sha256 = body_sha256
    text = signer.string_to_sign(request, signer.canonical_request(request))
    if signer.signature(text, request) != claim["Signature"]:
        raise InvalidRequestError("the signature does not match the request")


class _Signer(SigV4Auth):
    body_sha256: str

    def payload(self, request: AWSRequest) -> str:
        del request
        return self.body_sha256
