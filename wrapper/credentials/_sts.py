"""Calls to AWS's Security Token Service that trade an identity for a role's credentials.

The query protocol of https://docs.aws.amazon.com/STS/latest/APIReference/: a form goes in, XML
comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from wrapper import sigv4
from wrapper._config import Config, ambient_proxies, ambient_verify
from wrapper._credentials import Credentials
from wrapper._errors import CredentialsError
from wrapper.credentials._answers import FieldNames, credentials_from
from wrapper.credentials._http import Exchange, HttpAnswer, HttpFailed, send_with_retries
from wrapper.credentials._service_endpoints import ServiceEndpoint, service_endpoint
from wrapper.credentials._steps import Steps, call
from wrapper.credentials._wording import excerpt

__all__ = ["call_sts", "parse_answer"]

_VERSION = "2011-06-15"
_TIMEOUT = 10.0
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_RETRYABLE_CODES = frozenset(
    {
        "IDPCommunicationError",
        "InternalFailure",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
    }
)
_HINTS = {
    "AccessDenied": "Check the role's trust policy, and its external id.",
    "ExpiredToken": "The credentials that the role is assumed with have expired.",
    "ExpiredTokenException": "The web identity token, or the source's credentials, have expired.",
    "InvalidClientTokenId": "The access key that the role is assumed with is unknown to AWS.",
    "RequestExpired": "Check this machine's clock.",
    "SignatureDoesNotMatch": "Check the source's secret key, and this machine's clock.",
}


def call_sts(
    action: str, parameters: Mapping[str, str], config: Config, signer: Credentials | None
) -> Steps[Credentials]:
    """Call `AssumeRole` or one of its kind.

    Args:
        action: For example `AssumeRole`.
        parameters: The action's parameters.
        config: For the endpoint, and the settings of certificates and proxies.
        signer: Who signs; None for an action that is not signed.

    Raises:
        CredentialsError: STS refuses, cannot be reached, or its answer is unusable.
        ConfigurationError: There is no region, or the endpoint is misconfigured.
    """
    endpoint = yield from call(lambda: service_endpoint("sts", config.region, config))
    form = {"Action": action, "Version": _VERSION, **parameters}
    body = urlencode(form).encode()
    service = f"STS {action} at {endpoint.url}"
    exchange = yield from call(lambda: _exchange(endpoint, body, config, signer))
    try:
        answer = yield from send_with_retries(exchange, _is_final)
    except HttpFailed as error:
        raise CredentialsError(
            f"{service} failed: {error}. Check the network, the proxy and the endpoint."
        ) from None
    if answer.status != 200:
        code, message = _error(answer, parameters, signer)
        hint = _HINTS.get(code, "")
        raise CredentialsError(
            f"{service} failed: {answer.status} {code}: {message} {hint}".rstrip()
        )
    origin = f"The answer of {service}"
    fields = parse_answer(answer.body)
    return credentials_from(fields, origin, FieldNames(), is_temporary=True)


def _is_final(answer: HttpAnswer) -> bool:
    if answer.status == 200 or answer.status >= 500:
        return answer.status == 200
    try:
        code = parse_answer(answer.body).get("Code")
    except CredentialsError:
        code = None
    return answer.status != 429 and code not in _RETRYABLE_CODES


def _exchange(
    endpoint: ServiceEndpoint, body: bytes, config: Config, signer: Credentials | None
) -> Exchange:
    url = f"{endpoint.url}/"
    headers = {"Content-Type": _FORM, "Accept": "text/xml"}
    if signer is not None:
        headers |= sigv4.sign_request(
            "POST",
            url,
            headers.items(),
            body,
            credentials=signer,
            region=endpoint.signing_region,
            service="sts",
            now=datetime.now(UTC),
        )
    return Exchange(
        "POST",
        url,
        headers,
        body,
        timeout=_TIMEOUT,
        verify=ambient_verify(config.settings),
        proxy=ambient_proxies(config.settings).for_url(url),
    )


def _error(
    answer: HttpAnswer, parameters: Mapping[str, str], signer: Credentials | None
) -> tuple[str, str]:
    try:
        fields = parse_answer(answer.body)
    except CredentialsError:
        fields = {}
    secrets = [parameters.get("WebIdentityToken"), parameters.get("TokenCode")]
    if signer is not None:
        secrets += [signer.secret_access_key, signer.session_token]
    return (
        excerpt(fields.get("Code", "unknown error"), *secrets),
        excerpt(fields.get("Message", "the answer is not STS's"), *secrets),
    )


def parse_answer(body: bytes) -> dict[str, str]:
    """The text of every element of an XML answer that has no element within, by local name.

    A document type is refused, and with it every entity that a document could define: neither
    external entities nor exponential expansion (CWE-611, CWE-776) are possible.

    Raises:
        CredentialsError: It is not such XML.
    """
    from xml.parsers import expat

    fields: dict[str, str] = {}
    text: list[str] = []

    def start(_name: str, _attributes: object) -> None:
        text.clear()

    def end(name: str) -> None:
        value = "".join(text).strip()
        if value:
            fields.setdefault(name.rpartition(":")[2], value)
        text.clear()

    def refuse(*_: object) -> None:
        raise CredentialsError("The answer has a document type definition, which is refused.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise CredentialsError("The answer is not valid XML.") from None
    return fields
