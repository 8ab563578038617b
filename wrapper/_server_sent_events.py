"""Server-sent events (`text/event-stream`) out of the model's output, in parts cut anywhere."""

from __future__ import annotations

import json
from typing import Any

from wrapper._errors import StreamError
from wrapper._json_problem import json_problem
from wrapper._splitting import LineSplitter, Splitter
from wrapper._values import Value

__all__ = ["MAX_EVENT_LENGTH", "ServerSentEvent", "ServerSentEventSplitter"]

MAX_EVENT_LENGTH = 32 * 1024 * 1024
"""Characters in the data of an event, at most; one more counted for each of its lines."""


class ServerSentEvent(Value):
    """An event of a `text/event-stream`.

    Attributes:
        event: The event's type; `message` when the stream names none.
        data: Its data lines, joined by newlines.
        id: The last event id that the stream has given so far; empty before the first.
        retry: The reconnection time, in milliseconds, that came with this event, or None.
    """

    event: str = "message"
    data: str = ""
    id: str = ""
    retry: int | None = None

    def json(self) -> Any:
        """Return the data parsed as JSON.

        Raises:
            StreamError: It is not JSON; the text does not repeat it.
        """
        try:
            return json.loads(self.data)
        except (ValueError, RecursionError) as error:
            problem = json_problem(error)
            if self.data == "[DONE]":
                problem = "it is [DONE], by which some models say that no event follows"
        # Raised here, outside of the handler: the parser's error holds the data.
        raise StreamError(f"the data of the server-sent event is not JSON: {problem}")

    def __repr__(self) -> str:
        return (
            f"ServerSentEvent(event={self.event!r}, data=<{len(self.data)} characters>, "
            f"id=<{len(self.id)} characters>, retry={self.retry!r})"
        )


_KNOWN = {"", "data", "event", "id", "retry"}


class ServerSentEventSplitter(Splitter[ServerSentEvent]):
    """Server-sent events, by the HTML standard.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    with one difference: the standard drops an event that no blank line ends; here `end` hands it
    over if it has data, for a model that forgets the last blank line would lose its last words.

    As in the standard the encoding is UTF-8, a byte order mark at the beginning is skipped,
    comments and unknown fields are ignored, and so is a block without data (an id in it counts).
    Output without a single field or comment is no event stream: an error, where the standard would
    give no events and no word.
    A line over `MAX_LINE_LENGTH` and an event over `MAX_EVENT_LENGTH` are errors.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines = LineSplitter("utf-8-sig")
        self._event = ""
        self._data: list[str] = []
        self._length = 0  # of the data
        self._id = ""
        self._retry: int | None = None
        self._is_event_stream = False  # a line that the standard knows has come
        self._has_other_lines = False

    def _split(self, part: bytes, found: list[ServerSentEvent], *, final: bool) -> None:
        for line in self._lines.end() if final else self._lines.feed(part):
            self._interpret(line, found)
        if self._lines.error is not None:
            raise self._lines.error
        if final:
            self._dispatch(found)
            if self._has_other_lines and not self._is_event_stream:
                raise StreamError(
                    "the output holds no server-sent events: not one of its lines is a field or a "
                    "comment; iterate over its lines or its JSON values instead"
                )

    def _interpret(self, line: str, found: list[ServerSentEvent]) -> None:
        if not line:
            self._dispatch(found)
            return
        # A comment begins with a colon: its field has no name, and is ignored as unknown.
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field in _KNOWN:
            self._is_event_stream = True
        else:
            self._has_other_lines = True
        if field == "data":
            self._length += len(value) + 1
            if self._length > MAX_EVENT_LENGTH:
                raise StreamError(
                    f"a server-sent event has more than {MAX_EVENT_LENGTH} characters of data; "
                    f"iterate over the output's lines instead"
                )
            self._data.append(value)
        elif field == "event":
            self._event = value
        elif field == "id":
            if "\0" not in value:
                self._id = value
        elif field == "retry" and value.isascii() and value.isdigit() and len(value) <= 18:
            # The standard has no bound; int() has one, far above any time worth waiting.
            self._retry = int(value)

    def _dispatch(self, found: list[ServerSentEvent]) -> None:
        if self._data:
            data = "\n".join(self._data)
            found.append(ServerSentEvent(self._event or "message", data, self._id, self._retry))
            self._data = []
            self._length = 0
        self._event = ""
        self._retry = None
