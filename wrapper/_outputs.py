"""What the operations return."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wrapper._errors import OutputDecodeError, ParameterError
from wrapper._headers import Headers
from wrapper._values import Value

__all__ = ["InvokeEndpointAsyncOutput", "InvokeEndpointOutput", "charset"]

_NO_HEADERS = Headers()


class InvokeEndpointOutput(Value, kw_only=True):
    """The model's answer. In your own tests, `InvokeEndpointOutput(body=b"…")` makes one.

    Attributes:
        body: The bytes that the model's container returned.
        content_type: The media type of the body, or None.
        invoked_production_variant: The production variant that answered, or None.
        custom_attributes: What the container said besides the body, or None.
        new_session_id: The id of the session that this request opened, or None.
        new_session_expires: When that session ends: an aware `datetime`, or None.
        closed_session_id: The id of the session that this request closed, or None.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: All headers of the answer; names compare without case.
        attempts: How many times the request was sent.
    """

    body: bytes
    content_type: str | None = None
    invoked_production_variant: str | None = None
    custom_attributes: str | None = None
    new_session_id: str | None = None
    new_session_expires: datetime | None = None
    closed_session_id: str | None = None
    status_code: int = 200
    request_id: str | None = None
    headers: Mapping[str, str] = _NO_HEADERS
    attempts: int = 1

    _hidden = frozenset({"custom_attributes", "headers"})

    def text(self, encoding: str | None = None) -> str:
        """The body as text.

        Args:
            encoding: How to decode it; by default the charset of the content type, else UTF-8.

        Raises:
            OutputDecodeError: The body is not text in this encoding.
            ParameterError: Python knows no such encoding.
        """
        chosen = encoding or charset(self.content_type)
        try:
            return self.body.decode(chosen)
        except UnicodeDecodeError as error:
            problem = f"its byte {error.start} is not {error.encoding}"
        except LookupError:
            rule = "it must be an encoding of text that Python knows, such as 'utf-8'"
            raise ParameterError(
                f"encoding: {chosen!r} is not accepted: {rule}",
                parameter="encoding",
                rule=rule,
                value=chosen,
            ) from None
        # Raised here, outside of the handler: Python's error holds the body.
        raise self._undecodable("text", problem)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            OutputDecodeError: The body is not JSON.
        """
        import json

        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            from wrapper._json_problem import json_problem

            problem = json_problem(error)
        raise self._undecodable("JSON", problem)

    def _undecodable(self, kind: str, problem: str) -> OutputDecodeError:
        return OutputDecodeError(
            f"the model's output ({len(self.body)} bytes, content type {self.content_type!r}) is "
            f"not {kind}: {problem} (request id {self.request_id})",
            content_type=self.content_type,
            request_id=self.request_id,
        )


class InvokeEndpointAsyncOutput(Value, kw_only=True):
    """The service's receipt for a queued inference.

    Attributes:
        inference_id: The caller's id of the inference, or a generated one.
        output_location: The Amazon S3 location where the result will be written, or None.
        failure_location: The Amazon S3 location where a failure would be written, or None.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: All headers of the answer; names compare without case.
        attempts: How many times the request was sent.
    """

    inference_id: str | None = None
    output_location: str | None = None
    failure_location: str | None = None
    status_code: int = 202
    request_id: str | None = None
    headers: Mapping[str, str] = _NO_HEADERS
    attempts: int = 1

    _hidden = frozenset({"headers"})


def charset(content_type: str | None) -> str:
    """The charset that a media type names, else UTF-8; also where no text can be in it."""
    for parameter in (content_type or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            named = value.strip().strip('"')
            return named if _is_of_text(named) else "utf-8"
    return "utf-8"


# Python knows them among the encodings of text; decoding a long one takes for ever.
_NOT_OF_BODIES = frozenset({"idna", "punycode"})


def _is_of_text(encoding: str) -> bool:
    from codecs import lookup

    try:
        found = lookup(encoding).name
        "".encode(found)  # refuses what is no encoding of text, as "zip" is none
    except (LookupError, ValueError):
        return False
    return found not in _NOT_OF_BODIES
