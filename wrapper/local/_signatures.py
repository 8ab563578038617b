"""Checking the signature of a received request by recomputing it with botocore.

Both forms are checked: the `Authorization` header, and the query of a presigned URL
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
The messages are AWS's.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote_to_bytes

import attrs
from botocore import credentials as botocore_credentials
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders

from wrapper._credentials import Credentials
from wrapper.local._answers import AnsweredError

__all__ = ["MAX_CLOCK_SKEW", "ReceivedHead", "SignatureVerifier"]

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far the time of a signature may be from the server's."""

_ALGORITHM = "AWS4-HMAC-SHA256"
_AMZ_DATE = "%Y%m%dT%H%M%SZ"
_BLANKS = re.compile(r"[ \t]+")


@attrs.frozen
class ReceivedHead:
    """What a request's signature covers, the payload aside, exactly as it came.

    Attributes:
        method: The HTTP method.
        path: The path as on the wire: percent-encoded, not normalised.
        query: The query as on the wire, without `?`.
        headers: Names in lower case, and values, in the order they came.
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]

    def get(self, name: str) -> str | None:
        """The value of the header `name` (lower case), repeated ones joined by a comma."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None


@attrs.frozen
class _Claim:
    """What the request says about its signature."""

    access_key_id: str
    scope: tuple[str, str, str, str]  # date, region, service, "aws4_request"
    signed_headers: Sequence[str]
    signature: str
    timestamp: str
    security_token: str | None
    canonical_query: str
    expires: timedelta | None  # of a presigned URL


class _Recomputed(SigV4Auth):
    """botocore's signer, told which headers the client signed."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name, value in request.context["signed_headers"]:
            headers[name] = value  # adds: a repeated header keeps both values
        return headers

    def _header_value(self, value: str) -> str:
        # botocore folds all that Unicode calls white space; a server must not take a control
        # character for a space.
        return _BLANKS.sub(" ", value.strip(" \t"))


class _RecomputedForS3(_Recomputed):
    """The one service that keeps every segment, and encodes what it has read of the path."""

    def _normalize_url_path(self, path: str) -> str:
        return quote(unquote_to_bytes(path.replace("+", " ")), safe="/-_.~")


class SignatureVerifier:
    """Accepts the requests signed with one of the given credentials, and no others.

    Args:
        credentials: What is accepted. Expired credentials are recognised, and refused.
        region: The region a signature's scope must name.
        clock: Gives the server's time, aware.
    """

    def __init__(
        self, credentials: Iterable[Credentials], region: str, clock: Callable[[], datetime]
    ) -> None:
        self._credentials = {item.access_key_id: item for item in credentials}
        self._region = region
        self._clock = clock

    def verify(self, head: ReceivedHead, payload_hash: str, service: str) -> str:
        """Check that the request is signed, in time, for this service and as it came.

        Args:
            head: The request without its body.
            payload_hash: The hex SHA-256 of the body that came, or S3's `UNSIGNED-PAYLOAD`.
            service: The signing name the scope must have.

        Returns:
            The access key id that signed.

        Raises:
            AnsweredError: With the code and message AWS refuses such a request with.
        """
        claim = _claim_of(head)
        now = self._clock().astimezone(UTC)
        _check_time(claim, now)
        credentials = self._credentials.get(claim.access_key_id)
        if credentials is None or not _same(
            credentials.session_token or "", claim.security_token or ""
        ):
            raise AnsweredError(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            )
        if credentials.expiration is not None and credentials.expiration <= now:
            raise AnsweredError(
                "ExpiredTokenException", "The security token included in the request is expired"
            )
        self._check_scope(claim, service)
        self._check_signature(head, claim, credentials, payload_hash, service)
        return claim.access_key_id

    def _check_scope(self, claim: _Claim, service: str) -> None:
        date, region, claimed_service, terminator = claim.scope
        wrong = []
        if region != self._region:
            wrong.append(f"Credential should be scoped to a valid region, not '{region}'. ")
        if claimed_service != service:
            wrong.append(f"Credential should be scoped to correct service: '{service}'. ")
        if terminator != "aws4_request":
            wrong.append(
                "Credential should be scoped with a valid terminator: 'aws4_request', "
                f"not '{terminator}'. "
            )
        if date != claim.timestamp[:8]:
            wrong.append(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                f"from HTTP: '{date}' != '{claim.timestamp[:8]}', from '{claim.timestamp}'."
            )
        if wrong:
            raise AnsweredError("InvalidSignatureException", "".join(wrong))

    def _check_signature(
        self,
        head: ReceivedHead,
        claim: _Claim,
        credentials: Credentials,
        payload_hash: str,
        service: str,
    ) -> None:
        signed = set(claim.signed_headers)
        if "host" not in signed:
            raise AnsweredError(
                "InvalidSignatureException",
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            )
        if claim.expires is None:
            unsigned = {name for name, _ in head.headers if name.startswith("x-amz-")} - signed
            if unsigned:
                raise AnsweredError(
                    "InvalidSignatureException",
                    f"'{min(unsigned)}' must be a 'SignedHeader' in the AWS Authorization.",
                )
        missing = sorted(signed - {name for name, _ in head.headers})
        if missing:
            raise AnsweredError(
                "InvalidSignatureException",
                f"The signed header '{missing[0]}' is not in the request.",
            )
        signer = (_RecomputedForS3 if service == "s3" else _Recomputed)(
            botocore_credentials.Credentials(
                credentials.access_key_id, credentials.secret_access_key
            ),
            service,
            self._region,
        )
        request = AWSRequest(
            method=head.method,
            # A `#` in the target is part of the path: nothing after it may go unsigned.
            url=f"http://host{head.path.replace('#', '%23')}?{claim.canonical_query}",
            # What the header says is in the canonical headers; this is what really came.
            headers={"X-Amz-Content-SHA256": payload_hash},
        )
        request.context["timestamp"] = claim.timestamp
        request.context["signed_headers"] = [pair for pair in head.headers if pair[0] in signed]
        canonical_request = signer.canonical_request(request)
        string_to_sign = signer.string_to_sign(request, canonical_request)
        if not _same(signer.signature(string_to_sign, request), claim.signature):
            raise AnsweredError(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. Consult the service "
                "documentation for details.\n\n"
                f"The Canonical String for this request should have been\n'{canonical_request}'"
                f"\n\nThe String-to-Sign should have been\n'{string_to_sign}'\n",
            )


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def _check_time(claim: _Claim, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(claim.timestamp, _AMZ_DATE).replace(tzinfo=UTC)
    except ValueError:
        raise _incomplete(
            "Date must be in ISO-8601 'basic format'. "
            f"Got '{claim.timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
    latest, earliest = now + MAX_CLOCK_SKEW, now - MAX_CLOCK_SKEW
    if signed_at > latest:
        raise AnsweredError(
            "InvalidSignatureException",
            f"Signature not yet current: {claim.timestamp} is still later than "
            f"{latest:{_AMZ_DATE}} ({now:{_AMZ_DATE}} + 5 min.)",
        )
    if claim.expires is not None:
        earliest = now - claim.expires
    if signed_at < earliest:
        allowed = int((now - earliest).total_seconds())
        raise AnsweredError(
            "InvalidSignatureException",
            f"Signature expired: {claim.timestamp} is now earlier than {earliest:{_AMZ_DATE}} "
            f"({now:{_AMZ_DATE}} - "
            + (f"{allowed // 60} min.)" if claim.expires is None else f"{allowed} s)"),
        )


def _claim_of(head: ReceivedHead) -> _Claim:
    query = [
        (unquote_to_bytes(name), unquote_to_bytes(value))
        for name, _, value in (pair.partition("=") for pair in head.query.split("&") if pair)
    ]
    authorization = head.get("authorization")
    if authorization is not None:
        return _header_claim(head, authorization, query)
    parameters = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in query}
    if "x-amz-signature" in parameters or "x-amz-credential" in parameters:
        return _query_claim(parameters, query)
    if "awsaccesskeyid" in parameters:  # what boto3 still presigns for S3 by default
        raise _incomplete(
            "The authorization mechanism you have provided is not supported. Please use "
            "AWS4-HMAC-SHA256: with boto3, a client with Config(signature_version='s3v4')."
        )
    raise AnsweredError("MissingAuthenticationTokenException", "Missing Authentication Token")


def _header_claim(
    head: ReceivedHead, authorization: str, query: list[tuple[bytes, bytes]]
) -> _Claim:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != _ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{algorithm}'. Use '{_ALGORITHM}'.")
    given = [_trimmed(part.partition("=")) for part in rest.split(",")]
    parts = dict(given)
    timestamp = head.get("x-amz-date") or _amz_date_of(head.get("date") or "")
    wrong = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    if not timestamp:
        wrong.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if not wrong and len(given) > 3:
        wrong.append("Authorization header has a repeated or unknown parameter.")
    if wrong:
        raise _incomplete(" ".join(wrong))
    access_key_id, scope = _credential(parts["Credential"])
    return _Claim(
        access_key_id=access_key_id,
        scope=scope,
        signed_headers=parts["SignedHeaders"].split(";"),
        signature=parts["Signature"],
        timestamp=timestamp,
        security_token=head.get("x-amz-security-token"),
        canonical_query=_canonical_query(query),
        expires=None,
    )


def _query_claim(parameters: dict[str, str], query: list[tuple[bytes, bytes]]) -> _Claim:
    names = ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires")
    wrong = [
        f"AWS query-string parameters must include 'X-Amz-{name}'."
        for name in names
        if not parameters.get(f"x-amz-{name.lower()}")
    ]
    if wrong:
        raise _incomplete(" ".join(wrong))
    if parameters["x-amz-algorithm"] != _ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm'. Use '{_ALGORITHM}'.")
    expires = parameters["x-amz-expires"]
    if not re.fullmatch("[0-9]{1,6}", expires) or not 1 <= int(expires) <= 604800:
        raise _incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800.")
    access_key_id, scope = _credential(parameters["x-amz-credential"])
    return _Claim(
        access_key_id=access_key_id,
        scope=scope,
        signed_headers=parameters["x-amz-signedheaders"].split(";"),
        signature=parameters["x-amz-signature"],
        timestamp=parameters["x-amz-date"],
        security_token=parameters.get("x-amz-security-token"),
        canonical_query=_canonical_query(
            [pair for pair in query if pair[0].lower() != b"x-amz-signature"]
        ),
        expires=timedelta(seconds=int(expires)),
    )


def _trimmed(partition: tuple[str, str, str]) -> tuple[str, str]:
    name, _, value = partition
    return name.strip(), value.strip()


def _credential(text: str) -> tuple[str, tuple[str, str, str, str]]:
    access_key_id, *scope = text.rsplit("/", 4)
    if len(scope) != 4 or not access_key_id:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, "
            "e.g. keyid/date/region/service/term."
        )
    date, region, service, terminator = scope
    return access_key_id, (date, region, service, terminator)


def _amz_date_of(http_date: str) -> str:
    try:
        return parsedate_to_datetime(http_date).astimezone(UTC).strftime(_AMZ_DATE)
    except ValueError:
        return ""


def _canonical_query(pairs: list[tuple[bytes, bytes]]) -> str:
    # botocore takes a URL's query as already encoded: give it the one encoding that SigV4 knows.
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs
    )


def _incomplete(message: str) -> AnsweredError:
    return AnsweredError("IncompleteSignatureException", message)
