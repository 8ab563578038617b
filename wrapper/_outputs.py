"""What the operations give back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wrapper._values import Value

__all__ = ["InvokeEndpointAsyncOutput", "InvokeEndpointOutput", "charset"]


class InvokeEndpointOutput(Value, kw_only=True):
    """The model's answer.

    Attributes:
        body: The bytes that the model's container gave.
        content_type: The media type of the body, or None.
        invoked_production_variant: The production variant that answered, or None.
        custom_attributes: What the container told beside the body, or None.
        new_session_id: The id of the session that this request opened, or None.
        new_session_expires: When that session ends: an aware `datetime`, or None.
        closed_session_id: The id of the session that this request closed, or None.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: All headers of the answer; names compare without case.
        attempts: How many times the request was sent.
    """

    body: bytes
    content_type: str | None
    invoked_production_variant: str | None
    custom_attributes: str | None
    new_session_id: str | None
    new_session_expires: datetime | None
    closed_session_id: str | None
    status_code: int
    request_id: str | None
    headers: Mapping[str, str]
    attempts: int

    _hidden = frozenset({"custom_attributes", "headers"})

    def text(self, encoding: str | None = None) -> str:
        """The body as text.

        Args:
            encoding: How to decode it; by default the charset of the content type, else UTF-8.

        Raises:
            UnicodeDecodeError: The body is not text in this encoding.
            LookupError: There is no encoding such as you gave.
        """
        return self.body.decode(encoding or charset(self.content_type))

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: The body is not JSON (`json.JSONDecodeError`, `UnicodeDecodeError`), or is
                nested too deeply for Python's parser.
        """
        import json

        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("the body is nested too deeply for Python's JSON parser") from None


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

    inference_id: str | None
    output_location: str | None
    failure_location: str | None
    status_code: int
    request_id: str | None
    headers: Mapping[str, str]
    attempts: int

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
