"""Answers decoded: into an output, or into a typed error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from wrapper import _errors
from wrapper._errors import ModelError, ServiceError
from wrapper._headers import Headers
from wrapper._http import Answer
from wrapper._operations import Operation
from wrapper._outputs import InvokeEndpointAsyncOutput, InvokeEndpointOutput
from wrapper._retry import THROTTLING_CODES

__all__ = [
    "decode_async_output",
    "decode_error",
    "decode_output",
    "one_line",
    "request_id",
    "response_facts",
]

# The placeholders of the document that this project started from. Its converter made them up, but
# a mock that was built from that document still answers with them.
_SEED_STATUSES = {
    480: "InternalFailure",
    481: "ServiceUnavailable",
    482: "ValidationError",
    483: "ModelError",
    484: "InternalDependencyException",
    485: "ModelNotReadyException",
}

# What a status means when neither the answer nor the operation's contract says more.
_OTHER_STATUSES = {
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    413: "PayloadTooLarge",
    429: "ThrottlingException",
}

# The classes of the names that are not a class's own.
_CLASSES: dict[str, type[ServiceError]] = {
    "ValidationException": _errors.ValidationError,
    "ServiceUnavailableException": _errors.ServiceUnavailable,
    "InternalServerException": _errors.InternalFailure,
    "PayloadTooLarge": _errors.PayloadTooLargeError,
    "RequestEntityTooLarge": _errors.PayloadTooLargeError,
    "RequestEntityTooLargeException": _errors.PayloadTooLargeError,
    **dict.fromkeys(THROTTLING_CODES, _errors.ThrottlingError),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"), _errors.ExpiredTokenError
    ),
    **dict.fromkeys(
        (
            "AccessDenied",
            "AccessDeniedException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "NotAuthorized",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "UnauthorizedAccess",
            "UnrecognizedClientException",
        ),
        _errors.AccessDeniedError,
    ),
    **{
        error.__name__: error
        for error in (
            _errors.InternalDependencyException,
            _errors.InternalFailure,
            _errors.ModelError,
            _errors.ModelNotReadyException,
            _errors.ServiceUnavailable,
            _errors.ValidationError,
        )
    },
}

# Patterns are text: `re` compiles and caches them on the first use, not on import.
_XML_CODE = rb"<Code>\s*([^<]{1,200}?)\s*</Code>"
_XML_MESSAGE = rb"<Message>([^<]{0,2048})</Message>"

# From the first quotation mark to the last: `Received server error (500) from primary with message
# "…". See https://… for more information.`
_QUOTED = r'(?s:".*"|".*\Z)'

# Errors that an XML or JSON document names are names; what is not one names nothing.
_NAME = r"[A-Za-z][A-Za-z0-9._-]{0,127}"

_BLANKS = b"\xef\xbb\xbf \t\r\n"  # before a document: a byte order mark, too

_LONGEST_MESSAGE = 2048  # characters of a message in an error's text; the service's own limit

_HINTS: dict[type[ServiceError], str] = {
    _errors.PayloadTooLargeError: (
        "the request's body is larger than the endpoint takes: for larger inputs use "
        "invoke_endpoint_async with an input in Amazon S3"
    ),
}


def request_id(headers: Headers) -> str | None:
    """The service's id of a request."""
    return headers.get_lower_case("x-amzn-requestid") or headers.get_lower_case("x-amz-request-id")


def response_facts(operation: Operation, headers: Headers) -> dict[str, str | None]:
    """What the headers of an answer mean, by Python names; None where the answer is silent."""
    get = headers.get_lower_case
    return {name: get(wire) for name, wire in operation.response_headers.items()}


def decode_output(operation: Operation, answer: Answer, attempts: int) -> InvokeEndpointOutput:
    """The output of a successful `InvokeEndpoint`."""
    status, headers, body = answer
    get, wire = headers.get_lower_case, operation.response_headers
    session_id, expires = _new_session(get(wire["new_session_id"]))
    return InvokeEndpointOutput._of(  # noqa: SLF001  # in the order of its fields
        body,
        get(wire["content_type"]),
        get(wire["invoked_production_variant"]),
        get(wire["custom_attributes"]),
        session_id,
        expires,
        get(wire["closed_session_id"]),
        status,
        request_id(headers),
        headers,
        attempts,
    )


def decode_async_output(
    operation: Operation, answer: Answer, attempts: int
) -> InvokeEndpointAsyncOutput:
    """The output of a successful `InvokeEndpointAsync`."""
    facts = response_facts(operation, answer.headers)
    inference_id = _json_object(answer.body).get("InferenceId")
    return InvokeEndpointAsyncOutput(
        inference_id=inference_id if isinstance(inference_id, str) else None,
        output_location=facts["output_location"],
        failure_location=facts["failure_location"],
        status_code=answer.status,
        request_id=request_id(answer.headers),
        headers=answer.headers,
        attempts=attempts,
    )


def decode_error(
    operation: Operation, answer: Answer, attempts: int, *, secrets: Iterable[str] = ()
) -> ServiceError:
    """The error that an answer means.

    Its name is read from the header `x-amzn-errortype`, else from the body, else from the status.

    Args:
        operation: What was asked for.
        answer: An answer that is not a success.
        attempts: How many times the request was sent.
        secrets: Values that the service's message may repeat, to be masked in it.
    """
    status, headers, body = answer
    document = _json_object(body)
    code = (
        _name(headers.get("x-amzn-errortype"))
        or _name(_first(document, "__type", "code", "Code"))
        or _name(_xml(_XML_CODE, body))
    )
    meant = code or operation.errors.get(status) or _SEED_STATUSES.get(status)
    kind = _CLASSES.get(meant or _OTHER_STATUSES.get(status, ""), ServiceError)
    if code is None and meant is not None:
        code = meant
    message = _first(document, "message", "Message") or _xml(_XML_MESSAGE, body)
    for secret in secrets:
        message = message and message.replace(secret, "***")
    identifier = request_id(headers)
    details = f"status {status}, request id {identifier and one_line(identifier)}"
    if attempts > 1:
        details += f", {attempts} attempts"
    label = code or kind.__name__
    said = message or f"the service gave no message{_what_came_instead(status, headers)}"
    if kind is not ModelError:
        if kind in _HINTS:
            said = f"{said}; {_HINTS[kind]}"
        return kind(
            f"{label}: {one_line(said)} ({details})",
            code=code,
            message=message,
            status_code=status,
            request_id=identifier,
            headers=headers,
            attempts=attempts,
        )
    original = _first(document, "OriginalMessage", "originalMessage")
    return ModelError(
        f"{label}: {one_line(_without_the_containers_words(said, original))} ({details})",
        code=code,
        message=message,
        status_code=status,
        request_id=identifier,
        headers=headers,
        attempts=attempts,
        original_status_code=_integer(document.get("OriginalStatusCode")),
        original_message=original,
        log_stream_arn=_first(document, "LogStreamArn", "logStreamArn"),
    )


def _what_came_instead(status: int, headers: Headers) -> str:
    """What explains an answer that is not the service's own."""
    location = headers.get_lower_case("location")
    if 300 <= status < 400 and location:
        scheme, _, rest = location.partition("://")
        where = f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}" if rest else "elsewhere"
        return f"; it redirects to {where}, and a signature is for one host: check the endpoint URL"
    if (headers.get_lower_case("content-type") or "").lower().startswith("text/html"):
        return "; it is an HTML page: check the endpoint URL, and what is between it and here"
    return ""


def _without_the_containers_words(said: str, original: str | None) -> str:
    """The service's message without what it quotes, which may repeat the request's body."""
    hint = "(see message)" if original is None else "(see original_message)"
    said = re.sub(_QUOTED, f'"{hint}"', said)
    if original is not None and len(original) > 3:  # a shorter text stands in any message
        said = said.replace(original, hint)
    return said


def one_line(said: str) -> str:
    """What a server says, fit for an error's text: one line of bounded length, all of it printable.

    It must neither begin another line of a log nor speak to the terminal that shows it.
    """
    cut = said if len(said) <= _LONGEST_MESSAGE else f"{said[:_LONGEST_MESSAGE]}…"
    line = " ".join(cut.split())
    if line.isprintable():
        return line
    return "".join([char if char.isprintable() else ascii(char)[1:-1] for char in line])


def _new_session(header: str | None) -> tuple[str | None, datetime | None]:
    """`<id>; Expires=YYYY-MM-DDThh:mm:ssZ` as the id and an aware datetime."""
    if header is None:
        return None, None
    session_id, _, attribute = header.partition(";")
    key, _, value = attribute.strip().partition("=")
    expires = None
    if key.rstrip().lower() == "expires":
        try:
            expires = datetime.fromisoformat(value.strip())
            expires = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
        except ValueError:
            expires = None  # the id is worth having all the same
    return session_id.strip(), expires


def _json_object(body: bytes) -> dict[str, object]:
    if body.lstrip(_BLANKS)[:1] != b"{":
        return {}
    import json

    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _first(document: dict[str, object], *keys: str) -> str | None:
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def _xml(pattern: bytes, body: bytes) -> str | None:
    if body.lstrip(_BLANKS)[:1] != b"<" or (found := re.search(pattern, body)) is None:
        return None
    text = found.group(1).decode("utf-8", "replace")
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(entity, character)
    return text.replace("&amp;", "&") or None


def _name(value: str | None) -> str | None:
    """The name in `namespace#Name:http://…`."""
    if value is None:
        return None
    name = value.split(":", 1)[0].rsplit("#", 1)[-1].strip()
    return name if re.fullmatch(_NAME, name) else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
