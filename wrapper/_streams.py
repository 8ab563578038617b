"""Response streams: the model's output while it is made.

What the events mean is decided once, in `StreamEvents`; `ResponseStream` and `AsyncResponseStream`
only move bytes.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from functools import cached_property
from types import TracebackType
from typing import Any, Self, TypeVar

from wrapper._errors import (
    ProtocolError,
    SageMakerRuntimeError,
    StreamError,
)
from wrapper._http import AsyncOpenAnswer, OpenAnswer
from wrapper._operations import INVOKE_ENDPOINT_WITH_RESPONSE_STREAM
from wrapper._outputs import charset
from wrapper._responses import request_id, response_facts
from wrapper._server_sent_events import ServerSentEvent, ServerSentEventSplitter
from wrapper._splitting import JSONSplitter, LineSplitter, Splitter, TextSplitter
from wrapper._stream_events import StreamEvents

__all__ = ["AsyncResponseStream", "ResponseStream"]

_T = TypeVar("_T")


class _Facts:
    """What both streams know before the first event, and how far each has come."""

    def __init__(self, answer: OpenAnswer | AsyncOpenAnswer, attempts: int, client: object) -> None:
        self._client = client  # one that nobody else holds must not close the connection
        facts = response_facts(INVOKE_ENDPOINT_WITH_RESPONSE_STREAM, answer.headers)
        self.content_type = facts["content_type"]
        self.invoked_production_variant = facts["invoked_production_variant"]
        self.custom_attributes = facts["custom_attributes"]
        self.status_code = answer.status
        self.request_id = request_id(answer.headers)
        self.headers: Mapping[str, str] = answer.headers
        self.attempts = attempts
        self._finished = False  # read to its end
        self._closed = False
        self._failure: SageMakerRuntimeError | None = None
        # One iterator a kind, so that a second loop goes on where the first was left, and what
        # ended it early, to be raised again: nobody shall take a broken stream for a whole one.
        self._iterators: dict[str, Any] = {}
        self._failures: dict[str, Exception] = {}

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open"
        if self._finished or self._failure is not None:
            state = "finished" if self._finished else "failed"
        return (
            f"<{type(self).__name__} content_type={self.content_type!r} "
            f"request_id={self.request_id!r} {state}>"
        )

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._closed and not self._finished:
            raise StreamError(
                "the stream was closed before its end: by close(), at the end of its `with` "
                "block, or because reading it was cancelled",
                request_id=self.request_id,
            )

    def _being_read(self, by: str) -> StreamError:
        return StreamError(
            f"the stream cannot be closed while another {by} reads it: end that one first",
            request_id=self.request_id,
        )

    def _iterator(self, kind: str, make: Callable[[], _T]) -> _T:
        if kind not in self._iterators:
            self._check_open()
            self._iterators[kind] = make()
        elif kind in self._failures:
            raise self._failures[kind]
        elif self._failure is None:
            self._check_open()
        found: _T = self._iterators[kind]
        return found

    def _text_encoding(self) -> str:
        return charset(self.content_type)


class ResponseStream(_Facts):
    """A model's output while it is made: iterate for its bytes as they come.

    A context manager: leaving the block before the stream's end closes the connection. Every way of
    iterating raises the same errors, after it has handed over what had arrived:

    - `ModelStreamError`, `InternalStreamFailure`: the model or the service failed while streaming.
    - `StreamTruncatedError`: the connection ended before the stream did.
    - `EventStreamDecodeError`: the bytes are not an event stream.
    - `ReadTimeoutError`: nothing came for as long as the read timeout allows.

    Attributes:
        content_type: The media type of the model's output, or None.
        invoked_production_variant: The production variant that answers, or None.
        custom_attributes: What the container told beside its output, or None.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: All headers of the answer; names compare without case.
        attempts: How many times the request was sent.
    """

    def __init__(self, answer: OpenAnswer, attempts: int, client: object) -> None:
        super().__init__(answer, attempts, client)
        self._answer = answer

    @cached_property  # made late, for it holds on to the stream: one never read goes at once
    def _parts(self) -> Generator[bytes, None, None]:
        return self._read()

    def __iter__(self) -> Iterator[bytes]:
        """The parts of the output as `bytes`, cut as the service cut them."""
        self._check_open()
        return self._parts

    def iter_text(self, encoding: str | None = None) -> Iterator[str]:
        """The output as text as it comes; no character is ever cut.

        Args:
            encoding: How to decode it; by default the charset of `content_type`, else UTF-8.
                What is not valid becomes U+FFFD.
        """
        encoding = encoding or self._text_encoding()
        return self._split(f"text {encoding}", lambda: TextSplitter(encoding))

    def iter_lines(self) -> Iterator[str]:
        """The output line by line, without line ends; a last line without an end counts too."""
        return self._split("lines", lambda: LineSplitter(self._text_encoding()))

    def iter_json(self) -> Iterator[Any]:
        """The JSON values of the output, each as soon as it is whole (JSON lines, for example).

        Raises:
            StreamError: The output is not a sequence of JSON values.
        """
        return self._split("json", JSONSplitter)

    def iter_sse(self) -> Iterator[ServerSentEvent]:
        """The server-sent events of the output (`text/event-stream`), as many LLM servers send."""
        return self._split("sse", ServerSentEventSplitter)

    def read(self) -> bytes:
        """The rest of the output."""
        return b"".join(self)

    def close(self) -> None:
        """Close the stream; before its end this closes the connection."""
        try:
            self._parts.close()
        except ValueError:
            raise self._being_read("thread") from None
        self._closed = True
        self._answer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> Generator[bytes, None, None]:
        events = StreamEvents(self.request_id)
        try:
            for piece in self._answer:
                yield from events.feed(piece)
                if events.error is not None:
                    raise events.error
            events.end()
            self._finished = True
        except ProtocolError as error:
            self._failure = events.truncated(error)
            raise self._failure from error
        except SageMakerRuntimeError as error:
            self._failure = error
            raise
        finally:
            self._closed = True
            self._answer.close()

    def _split(self, kind: str, splitter: Callable[[], Splitter[_T]]) -> Iterator[_T]:
        return self._iterator(kind, lambda: self._split_parts(kind, splitter()))

    def _split_parts(self, kind: str, splitter: Splitter[_T]) -> Iterator[_T]:
        try:
            for part in self._parts:
                yield from splitter.feed(part)
                if splitter.error is not None:
                    raise splitter.error
            if self._finished:
                yield from splitter.end()
                if splitter.error is not None:
                    raise splitter.error
        except SageMakerRuntimeError as error:
            if splitter.error is None:
                yield from _remains(splitter)
            self._failures[kind] = error
            raise


class AsyncResponseStream(_Facts):
    """A model's output while it is made: `async for` over it gives its bytes as they come.

    As `ResponseStream`, for asyncio: `async with`, `async for`, `await stream.read()`.

    Attributes:
        content_type: The media type of the model's output, or None.
        invoked_production_variant: The production variant that answers, or None.
        custom_attributes: What the container told beside its output, or None.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: All headers of the answer; names compare without case.
        attempts: How many times the request was sent.
    """

    def __init__(self, answer: AsyncOpenAnswer, attempts: int, client: object) -> None:
        super().__init__(answer, attempts, client)
        self._answer = answer

    @cached_property  # made late, for it holds on to the stream: one never read goes at once
    def _parts(self) -> AsyncGenerator[bytes, None]:
        return self._read()

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The parts of the output as `bytes`, cut as the service cut them."""
        self._check_open()
        return self._parts

    def iter_text(self, encoding: str | None = None) -> AsyncIterator[str]:
        """As `ResponseStream.iter_text`."""
        encoding = encoding or self._text_encoding()
        return self._split(f"text {encoding}", lambda: TextSplitter(encoding))

    def iter_lines(self) -> AsyncIterator[str]:
        """As `ResponseStream.iter_lines`."""
        return self._split("lines", lambda: LineSplitter(self._text_encoding()))

    def iter_json(self) -> AsyncIterator[Any]:
        """As `ResponseStream.iter_json`."""
        return self._split("json", JSONSplitter)

    def iter_sse(self) -> AsyncIterator[ServerSentEvent]:
        """As `ResponseStream.iter_sse`."""
        return self._split("sse", ServerSentEventSplitter)

    async def read(self) -> bytes:
        """The rest of the output."""
        return b"".join([part async for part in self])

    async def close(self) -> None:
        """Close the stream; before its end this closes the connection."""
        try:
            await self._parts.aclose()
        except RuntimeError:
            raise self._being_read("task") from None
        self._closed = True
        await self._answer.aclose()

    aclose = close  # the name that httpx and `contextlib.aclosing` have for it

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _read(self) -> AsyncGenerator[bytes, None]:
        events = StreamEvents(self.request_id)
        try:
            async for piece in self._answer:
                for part in events.feed(piece):
                    yield part
                if events.error is not None:
                    raise events.error
            events.end()
            self._finished = True
        except ProtocolError as error:
            self._failure = events.truncated(error)
            raise self._failure from error
        except SageMakerRuntimeError as error:
            self._failure = error
            raise
        finally:
            self._closed = True
            await self._answer.aclose()

    def _split(self, kind: str, splitter: Callable[[], Splitter[_T]]) -> AsyncIterator[_T]:
        return self._iterator(kind, lambda: self._split_parts(kind, splitter()))

    async def _split_parts(self, kind: str, splitter: Splitter[_T]) -> AsyncIterator[_T]:
        try:
            async for part in self._parts:
                for value in splitter.feed(part):
                    yield value
                if splitter.error is not None:
                    raise splitter.error
            if self._finished:
                for value in splitter.end():
                    yield value
                if splitter.error is not None:
                    raise splitter.error
        except SageMakerRuntimeError as error:
            if splitter.error is None:
                for value in _remains(splitter):
                    yield value
            self._failures[kind] = error
            raise


_WORTH_ENDING: tuple[type[Splitter[Any]], ...] = (TextSplitter, LineSplitter)


def _remains(splitter: Splitter[_T]) -> list[_T]:
    """What a splitter still holds when the stream fails.

    The beginning of a line is worth having; that of a JSON value or of an event, which would be
    taken for a whole one, is not.
    """
    if not isinstance(splitter, _WORTH_ENDING):
        return []
    try:
        return splitter.end()
    except StreamError:
        return []
