"""AWS Signature Version 4, in the header form and in the presigned form: values in, values out.

The steps are public, in the order of AWS's own description (IAM user guide, "Create a signed AWS
API request"): `canonical_request`, `string_to_sign`, `signing_key`, `signature`. On top of them
stand `sign_request` (the headers to add to a request), `authorization_headers` (the same, and
faster, for a caller who has the parts and the body's hash at hand) and `presign_url`.

Nothing here reads a clock or sends anything. What follows from the credentials alone, a day's
signing key above all, is kept in a bounded cache.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from wrapper._canonical_request import (
    EMPTY_PAYLOAD_HASH,
    UNSIGNED_HEADERS,
    UNSIGNED_PAYLOAD,
    Body,
    HeaderPairs,
    assemble,
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_request,
    header_plan,
    names_and_values,
    payload_hash,
    percent_encode,
    query_pairs,
)
from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError, ParameterError

__all__ = [
    "ALGORITHM",
    "EMPTY_PAYLOAD_HASH",
    "UNSIGNED_HEADERS",
    "UNSIGNED_PAYLOAD",
    "Body",
    "HeaderPairs",
    "amz_date",
    "authorization_headers",
    "canonical_headers",
    "canonical_path",
    "canonical_query",
    "canonical_request",
    "credential_scope",
    "payload_hash",
    "presign_url",
    "sign_request",
    "signature",
    "signing_key",
    "string_to_sign",
]

ALGORITHM = "AWS4-HMAC-SHA256"
_MAX_EXPIRES = 7 * 24 * 3600
_VISIBLE = re.compile(r"[!-~]+").fullmatch
_SCOPE_PART = re.compile(r"[A-Za-z0-9_.*-]+").fullmatch
_AUTHORIZATION_QUERY = re.compile(
    r"X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Security-Token|Signature)"
).fullmatch
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


def amz_date(now: datetime) -> str:
    """The instant as `X-Amz-Date` has it: `20150830T123600Z`.

    Raises:
        ParameterError: `now` is not an aware datetime.
    """
    global _second  # noqa: PLW0603  # one reference, replaced whole, so that threads may race
    start, end, text = _second
    try:
        if start <= now < end:
            return text
    except TypeError:
        rule = "an aware datetime, such as datetime.now(timezone.utc)"
        raise ParameterError(f"now must be {rule}", parameter="now", rule=rule, value=now) from None
    start = now.astimezone(UTC).replace(microsecond=0)
    text = start.strftime("%Y%m%dT%H%M%SZ")
    _second = (start, start + timedelta(seconds=1), text)
    return text


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_second = (_EPOCH, _EPOCH, "")
"""The second last asked for: from, until, and as text."""


def credential_scope(amz_date: str, *, region: str, service: str) -> str:
    """The credential scope: `20150830/us-east-1/sagemaker/aws4_request`."""
    return f"{amz_date[:8]}/{region}/{service}/aws4_request"


def string_to_sign(canonical_request: str, *, amz_date: str, scope: str) -> str:
    """The string to sign, from the canonical request and the credential scope."""
    digest = sha256(canonical_request.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{ALGORITHM}\n{amz_date}\n{scope}\n{digest}"


def signing_key(secret_access_key: str, *, date: str, region: str, service: str) -> bytes:
    """The key that signs a day's requests to one service in one region.

    Args:
        secret_access_key: The credentials' secret.
        date: The day, `20150830`.
        region: For example `us-east-1`.
        service: The signing name, for example `sagemaker`.
    """
    key = f"AWS4{secret_access_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(signing_key: bytes, string_to_sign: str) -> str:
    """The signature, in lower-case hex."""
    return _KeyedHash(signing_key).sign(string_to_sign)


class _KeyedHash:
    """HMAC-SHA-256 (RFC 2104) with the key hashed in beforehand: half the work of a short text."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= 64 else sha256(key).digest()).ljust(64, b"\0")
        self._inner = sha256(block.translate(_INNER_PAD))
        self._outer = sha256(block.translate(_OUTER_PAD))

    def sign(self, text: str) -> str:
        inner = self._inner.copy()
        inner.update(text.encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


class Signer:
    """What credentials, day, region and service decide: the scope and the signing key.

    Attributes:
        added_names: The headers that signing adds, in lower case.
        credential: The access key id and the scope.
        scope: The credential scope.
    """

    __slots__ = ("_key", "added_names", "credential", "scope")

    def __init__(
        self, keys: tuple[str, str, str | None], date: str, region: str, service: str
    ) -> None:
        access_key_id, secret_access_key, session_token = keys
        _check_credential("access_key_id", access_key_id)
        _check_credential("secret_access_key", secret_access_key)
        if session_token:
            _check_credential("session_token", session_token)
        for setting, value in (("region", region), ("service", service)):
            if not isinstance(value, str) or not _SCOPE_PART(value):
                raise ConfigurationError(
                    f"{setting} {value!r} cannot be part of a credential scope; "
                    "give letters, digits and hyphens, as in 'us-east-1'",
                    setting=setting,
                )
        self.scope = credential_scope(date, region=region, service=service)
        self.credential = f"{access_key_id}/{self.scope}"
        self._key = _KeyedHash(
            signing_key(secret_access_key, date=date, region=region, service=service)
        )
        self.added_names = (
            "host",
            "x-amz-date",
            *(("x-amz-security-token",) if session_token else ()),
            *(("x-amz-content-sha256",) if service == "s3" else ()),
        )

    def signature(self, canonical_request: str, amz_date: str) -> str:
        """The signature of a request."""
        text = string_to_sign(canonical_request, amz_date=amz_date, scope=self.scope)
        return self._key.sign(text)

    def authorization(self, signed_headers: str, signature: str) -> str:
        """The value of the `Authorization` header."""
        return (
            f"{ALGORITHM} Credential={self.credential}, SignedHeaders={signed_headers}, "
            f"Signature={signature}"
        )


_cached_signer = lru_cache(maxsize=32)(Signer)


def cached_signer(credentials: Credentials, date: str, region: str, service: str) -> Signer:
    """The same object for the same credentials, day, region and service.

    Raises:
        CredentialsError: The credentials are malformed.
        ConfigurationError: The region or the service is malformed.
    """
    keys = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    return _cached_signer(keys, date[:8], region, service)


def _check_credential(name: str, value: str) -> None:
    if not _VISIBLE(value):
        if not value:
            what = "is empty"
        elif not value.isascii():
            what = "has a character that is not ASCII"
        elif not value.isprintable():
            what = "has a control character, perhaps a newline copied with it"
        else:
            what = "has a space"
        raise CredentialsError(f"{name} {what}; give it exactly as AWS issued it")


def authorization_headers(
    method: str,
    host: str,
    path: str,
    headers: HeaderPairs,
    payload_hash: str,
    *,
    query: str = "",
    credentials: Credentials,
    region: str,
    service: str = "sagemaker",
    now: datetime,
) -> dict[str, str]:
    """The headers to add to a request whose parts and body's hash are known.

    Args:
        method: Any HTTP method.
        host: The `Host` header as it is sent: with its port, unless that is the scheme's own.
        path: As sent: percent-encoded once.
        headers: The other headers. Those returned here replace any of the same name among them.
        payload_hash: The body's hash in lower-case hex (see `payload_hash`), or `UNSIGNED_PAYLOAD`.
        query: As sent: percent-encoded, without its `?`.
        credentials: Who signs.
        region: For example `us-east-1`.
        service: The signing name.
        now: An aware datetime.

    Returns:
        `X-Amz-Date` and `Authorization`; with temporary credentials `X-Amz-Security-Token`; for
        `s3`, or when `headers` has one, `X-Amz-Content-Sha256`.

    Raises:
        CredentialsError: The credentials are malformed.
        ConfigurationError: The region or the service is malformed.
        ParameterError: Another argument is malformed.
    """
    date = amz_date(now)
    token = credentials.session_token
    signer = cached_signer(credentials, date, region, service)
    names, values = names_and_values(headers)
    plan = header_plan(names, signer.added_names)
    values += (_checked_host(host), date)
    added = {"X-Amz-Date": date}
    if token:
        added["X-Amz-Security-Token"] = token
        values += (token,)
    if plan.sends_payload_hash:
        added["X-Amz-Content-Sha256"] = payload_hash
        values += (payload_hash,)
    canonical = assemble(
        method, path, query, plan, values, payload_hash=payload_hash, service=service
    )
    added["Authorization"] = signer.authorization(
        plan.signed_headers, signer.signature(canonical, date)
    )
    return added


def sign_request(
    method: str,
    url: str,
    headers: HeaderPairs,
    body: Body,
    *,
    credentials: Credentials,
    region: str,
    service: str = "sagemaker",
    now: datetime,
) -> dict[str, str]:
    """The headers to add to a request.

    Args:
        method: Any HTTP method.
        url: As sent: percent-encoded once. A fragment is neither sent nor signed.
        headers: The request's other headers. A `Host` among them is the one signed; those returned
            here replace any of the same name. With `X-Amz-Content-Sha256: UNSIGNED-PAYLOAD` among
            them the body is left out of the signature.
        body: What is sent.
        credentials: Who signs.
        region: For example `us-east-1`.
        service: The signing name.
        now: An aware datetime.

    Returns:
        See `authorization_headers`.

    Raises:
        CredentialsError: The credentials are malformed.
        ConfigurationError: The region or the service is malformed.
        ParameterError: Another argument is malformed.
    """
    headers = tuple(headers)
    _, host, path, query = _split_url(url)
    unsigned = _value_of("x-amz-content-sha256", headers) == UNSIGNED_PAYLOAD
    return authorization_headers(
        method,
        _value_of("host", headers) or host,
        path,
        headers,
        UNSIGNED_PAYLOAD if unsigned else payload_hash(body),
        query=query,
        credentials=credentials,
        region=region,
        service=service,
        now=now,
    )


def presign_url(
    method: str,
    url: str,
    headers: HeaderPairs = (),
    body: Body = b"",
    *,
    credentials: Credentials,
    region: str,
    service: str = "sagemaker",
    now: datetime,
    expires: int = 3600,
) -> str:
    """The URL with the authorization in its query: whoever has it can send the request.

    Args:
        method: Any HTTP method.
        url: As for `sign_request`. An authorization already in its query is replaced.
        headers: Headers that the sender must send with these values.
        body: What the sender must send; for `s3` it is not signed and may be anything.
        credentials: Who signs.
        region: For example `us-east-1`.
        service: The signing name.
        now: An aware datetime.
        expires: For how many seconds from `now` the URL is valid: 1 to 604,800 (seven days).

    Raises:
        CredentialsError: The credentials are malformed.
        ConfigurationError: The region or the service is malformed.
        ParameterError: Another argument is malformed.
    """
    if not isinstance(expires, int) or not 1 <= expires <= _MAX_EXPIRES:
        rule = f"a whole number of seconds from 1 to {_MAX_EXPIRES} (seven days)"
        raise ParameterError(
            f"expires must be {rule}, not {expires!r}",
            parameter="expires",
            rule=rule,
            value=expires,
        )
    date = amz_date(now)
    signer = cached_signer(credentials, date, region, service)
    base, host, path, query = _split_url(url)
    headers = tuple(headers)
    names, values = names_and_values(headers)
    values += (_checked_host(_value_of("host", headers) or host),)
    plan = header_plan(names, ("host",))
    pairs = [pair for pair in query_pairs(query) if not _AUTHORIZATION_QUERY(pair[0])]
    pairs += [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", percent_encode(signer.credential)),
        ("X-Amz-Date", date),
        ("X-Amz-Expires", str(expires)),
        ("X-Amz-SignedHeaders", percent_encode(plan.signed_headers)),
    ]
    if credentials.session_token:
        pairs.append(("X-Amz-Security-Token", percent_encode(credentials.session_token)))
    query = "&".join([f"{name}={value}" for name, value in pairs])
    hashed = UNSIGNED_PAYLOAD if service == "s3" else payload_hash(body)
    canonical = assemble(method, path, query, plan, values, payload_hash=hashed, service=service)
    return f"{base}{path}?{query}&X-Amz-Signature={signer.signature(canonical, date)}"


def _value_of(wanted: str, headers: HeaderPairs) -> str | None:
    return next((value for name, value in headers if name.lower() == wanted), None)


@lru_cache(maxsize=256)
def _checked_host(host: str) -> str:
    if not _VISIBLE(host):
        rule = "a host name or address in ASCII, with its port if that is not the scheme's own"
        raise ParameterError(f"host must be {rule}", parameter="host", rule=rule, value=host)
    return host


def _split_url(url: str) -> tuple[str, str, str, str]:
    """The URL's beginning up to its path, the `Host` it is sent with, its path and its query."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError:
        raise _bad_url() from None
    if not _VISIBLE(url) or not host or parts.scheme not in {"http", "https"}:
        raise _bad_url()
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != (443 if parts.scheme == "https" else 80):
        host = f"{host}:{port}"
    return f"{parts.scheme}://{parts.netloc}", host, parts.path or "/", parts.query


def _bad_url() -> ParameterError:
    rule = "http:// or https://, a host, and a path and query percent-encoded as they are sent"
    return ParameterError(f"the URL to sign must be {rule}", parameter="url", rule=rule)
