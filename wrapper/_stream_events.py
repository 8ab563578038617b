"""What the events of a response stream mean: bytes in, the model's bytes out, errors typed."""

from __future__ import annotations

import json

from wrapper._errors import (
    InternalStreamFailure,
    ModelStreamError,
    ProtocolError,
    StreamError,
    StreamTruncatedError,
)
from wrapper._responses import one_line
from wrapper.eventstream import EventStreamDecoder, Message

__all__ = ["StreamEvents"]


_EVENT_STREAM = "application/vnd.amazon.eventstream"


class StreamEvents:
    """The bytes of the connection in, the model's bytes out, errors typed and in their turn."""

    __slots__ = ("_decoder", "_media_type", "error", "request_id")

    def __init__(self, request_id: str | None, media_type: str | None = None) -> None:
        """Begin.

        Args:
            request_id: The service's id of the request, for errors.
            media_type: What the answer says that it is.
        """
        self._decoder = EventStreamDecoder()
        self._media_type = media_type or ""
        self.request_id = request_id
        # Raised once everything before it has been handed over.
        self.error: StreamError | None = None

    def feed(self, piece: bytes) -> list[bytes]:
        """The model's bytes in a piece of the stream; `error` is set when it ends in one."""
        try:
            messages = self._decoder.feed(piece)
        except StreamError as error:
            self.error = self._identified(error)
            return []
        parts: list[bytes] = []
        for message in messages:
            if message.headers.get(":event-type") == "PayloadPart":
                if message.payload:
                    parts.append(message.payload)
            elif (failure := self._failure(message)) is not None:
                self.error = failure
                return parts
        if self._decoder.error is not None:
            self.error = self._identified(self._decoder.error)
        return parts

    def end(self) -> None:
        """Say that the connection ended.

        Raises:
            StreamTruncatedError: It ended inside an event.
        """
        try:
            self._decoder.close()
        except StreamError as error:
            raise self._identified(error) from None

    def truncated(self, cause: ProtocolError) -> StreamTruncatedError:
        """The error for a connection that broke."""
        return StreamTruncatedError(
            f"the stream broke off before its end: {cause}", request_id=self.request_id
        )

    def _identified(self, error: StreamError) -> StreamError:
        error.request_id = self.request_id
        if self._media_type and not self._media_type.lower().startswith(_EVENT_STREAM):
            shown = one_line(self._media_type)
            error.args = (f"{error}; the answer says that it is {shown}, no event stream",)
        return error

    def _failure(self, message: Message) -> StreamError | None:
        kind = message.headers.get(":message-type")
        if kind == "exception":
            return self._exception(message)
        if kind == "error":
            code = message.headers.get(":error-code")
            said = message.headers.get(":error-message")
            return self._named(_text(code), _text(said), _text(code))
        return None  # an event that today's contract does not know: skipped

    def _exception(self, message: Message) -> StreamError:
        try:
            document = json.loads(message.payload)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            document = {}
        said = _text(document.get("Message") or document.get("message"))
        code = _text(document.get("ErrorCode") or document.get("errorCode"))
        return self._named(_text(message.headers.get(":exception-type")), said, code)

    def _named(self, name: str | None, said: str | None, code: str | None) -> StreamError:
        shown = said or "the service gave no message"
        if name != "InternalStreamFailure" and said:
            shown = "see error.message, which may repeat parts of the request"
        label = f"{name or 'error'}{f' ({code})' if code and code != name else ''}"
        text = one_line(f"{label}: {shown} (request id {self.request_id})")
        if name == "InternalStreamFailure":
            return InternalStreamFailure(text, message=said, request_id=self.request_id)
        return ModelStreamError(text, error_code=code, message=said, request_id=self.request_id)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
