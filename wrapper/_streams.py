"""Response streams: the model's output as it is produced.

What the bytes mean, and how far they were read, is decided once, in `StreamReading`;
`ResponseStream` and `AsyncResponseStream` only move them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from wrapper._errors import SageMakerRuntimeError
from wrapper._http import AsyncOpenAnswer, OpenAnswer
from wrapper._operations import INVOKE_ENDPOINT_WITH_RESPONSE_STREAM
from wrapper._outputs import charset
from wrapper._responses import request_id, response_facts
from wrapper._server_sent_events import ServerSentEvent, ServerSentEventSplitter
from wrapper._splitting import JSONSplitter, LineSplitter, Splitter, TextSplitter
from wrapper._stream_reading import StreamReading, Way

__all__ = ["AsyncResponseStream", "ResponseStream"]

_T = TypeVar("_T")


class _Facts:
    """What both streams know before the first event, and the ways to read them."""

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
        self._reading = StreamReading(self.request_id, answer.headers.get("content-type"))

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} content_type={self.content_type!r} "
            f"request_id={self.request_id!r} {self._reading}>"
        )

    def _bytes(self) -> Way[bytes]:
        return self._reading.begin("iterating over its bytes", _no_splitter)

    def _text(self, encoding: str | None) -> Way[str]:
        encoding = encoding or charset(self.content_type)
        return self._reading.begin(f"iter_text({encoding!r})", lambda: TextSplitter(encoding))

    def _lines(self) -> Way[str]:
        encoding = charset(self.content_type)
        return self._reading.begin("iter_lines()", lambda: LineSplitter(encoding))

    def _json(self) -> Way[Any]:
        return self._reading.begin("iter_json()", JSONSplitter)

    def _sse(self) -> Way[ServerSentEvent]:
        return self._reading.begin("iter_sse()", ServerSentEventSplitter)


def _no_splitter() -> Splitter[bytes] | None:
    return None


class ResponseStream(_Facts):
    """A model's output as it is produced: iterate to get its bytes as they come.

    A context manager: leaving the block before the stream's end closes the connection. Every way of
    iterating raises the same errors, after it has handed over what had arrived:

    - `ModelStreamError`, `InternalStreamFailure`: the model or the service failed while streaming.
    - `StreamTruncatedError`: the connection ended before the stream did.
    - `EventStreamDecodeError`: the bytes are not an event stream.
    - `ReadTimeoutError`: nothing came for as long as the read timeout allows.

    Attributes:
        content_type: The media type of the model's output, or None.
        invoked_production_variant: The production variant that answers, or None.
        custom_attributes: What the container said besides its output, or None.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: All headers of the answer; names compare without case.
        attempts: How many times the request was sent.
    """

    def __init__(self, answer: OpenAnswer, attempts: int, client: object) -> None:
        super().__init__(answer, attempts, client)
        self._answer = answer
        self._pieces: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        """The parts of the output as `bytes`, cut as the service cut them."""
        return _Values(self, self._bytes())

    def iter_text(self, encoding: str | None = None) -> Iterator[str]:
        """The output as text as it comes; no character is ever cut.

        Args:
            encoding: How to decode it; by default the charset of `content_type`, else UTF-8.
                Bytes that are not valid in it become U+FFFD.
        """
        return _Values(self, self._text(encoding))

    def iter_lines(self) -> Iterator[str]:
        """The output line by line, without line ends; a last line without an end counts too."""
        return _Values(self, self._lines())

    def iter_json(self) -> Iterator[Any]:
        """The JSON values of the output, each as soon as it is whole (JSON lines, for example).

        Raises:
            StreamError: The output is not a sequence of JSON values.
        """
        return _Values(self, self._json())

    def iter_sse(self) -> Iterator[ServerSentEvent]:
        """The server-sent events of the output (`text/event-stream`), as many LLM servers send."""
        return _Values(self, self._sse())

    def read(self) -> bytes:
        """The rest of the output.

        When it raises, what had come is not lost: iterating hands it over, then raises the same
        error.
        """
        way = self._bytes()
        self._prepare(way, whole=True)
        return self._reading.take_all(way)

    def close(self) -> None:
        """Close the stream; before its end this closes the connection.

        Another thread that is reading the stream then gets a `StreamError`.
        """
        self._reading.close()
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

    def _prepare(self, way: Way[Any], *, whole: bool = False) -> bool:
        """Read until a value is ready, or all of them are, or there are no more; which it is."""
        reading = self._reading
        try:
            with reading:
                while not way.is_over and (whole or not way.ready):
                    if not reading.advance(way):
                        self._read()
                if reading.is_ended:
                    self._answer.close()
        except SageMakerRuntimeError:
            raise
        except BaseException:
            reading.interrupt()
            self.close()
            raise
        return reading.has_ready(way)

    def _read(self) -> None:
        if self._pieces is None:
            self._pieces = iter(self._answer)
        try:
            self._reading.feed(next(self._pieces, None))
        except SageMakerRuntimeError as error:
            self._reading.fail(error)


class _Values(Generic[_T]):
    """Iterates over a stream in one way."""

    __slots__ = ("_ready", "_stream", "_way")

    def __init__(self, stream: ResponseStream, way: Way[_T]) -> None:
        self._stream = stream
        self._way = way
        self._ready = way.ready

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _T:
        while self._ready or self._stream._prepare(self._way):  # noqa: SLF001  # the stream's own
            try:
                return self._ready.popleft()
            except IndexError:  # the stream was closed this moment
                pass
        raise StopIteration


class AsyncResponseStream(_Facts):
    """A model's output as it is produced: `async for` over it gives its bytes as they come.

    Like `ResponseStream`, but for asyncio: `async with`, `async for`, `await stream.read()`.

    Attributes:
        content_type: The media type of the model's output, or None.
        invoked_production_variant: The production variant that answers, or None.
        custom_attributes: What the container said besides its output, or None.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: All headers of the answer; names compare without case.
        attempts: How many times the request was sent.
    """

    def __init__(self, answer: AsyncOpenAnswer, attempts: int, client: object) -> None:
        super().__init__(answer, attempts, client)
        self._answer = answer
        self._pieces: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The parts of the output as `bytes`, cut as the service cut them."""
        return _AsyncValues(self, self._bytes())

    def iter_text(self, encoding: str | None = None) -> AsyncIterator[str]:
        """Like `ResponseStream.iter_text`."""
        return _AsyncValues(self, self._text(encoding))

    def iter_lines(self) -> AsyncIterator[str]:
        """Like `ResponseStream.iter_lines`."""
        return _AsyncValues(self, self._lines())

    def iter_json(self) -> AsyncIterator[Any]:
        """Like `ResponseStream.iter_json`."""
        return _AsyncValues(self, self._json())

    def iter_sse(self) -> AsyncIterator[ServerSentEvent]:
        """Like `ResponseStream.iter_sse`."""
        return _AsyncValues(self, self._sse())

    async def read(self) -> bytes:
        """Like `ResponseStream.read`."""
        way = self._bytes()
        await self._prepare(way, whole=True)
        return self._reading.take_all(way)

    async def close(self) -> None:
        """Close the stream; before its end this closes the connection.

        Another task that is reading the stream then gets a `StreamError`.
        """
        self._reading.close()
        if isinstance(self._pieces, AsyncGenerator) and not self._reading.is_being_read:
            await self._pieces.aclose()
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

    async def _prepare(self, way: Way[Any], *, whole: bool = False) -> bool:
        """As `ResponseStream._prepare`."""
        reading = self._reading
        try:
            with reading:
                while not way.is_over and (whole or not way.ready):
                    if not reading.advance(way):
                        await self._read()
                if reading.is_ended:
                    await self._answer.aclose()
        except SageMakerRuntimeError:
            raise
        except BaseException:
            reading.interrupt()
            await self.close()
            raise
        return reading.has_ready(way)

    async def _read(self) -> None:
        if self._pieces is None:
            self._pieces = aiter(self._answer)
        try:
            self._reading.feed(await anext(self._pieces, None))
        except SageMakerRuntimeError as error:
            self._reading.fail(error)


class _AsyncValues(Generic[_T]):
    """As `_Values`, for asyncio."""

    __slots__ = ("_ready", "_stream", "_way")

    def __init__(self, stream: AsyncResponseStream, way: Way[_T]) -> None:
        self._stream = stream
        self._way = way
        self._ready = way.ready

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _T:
        while self._ready or await self._stream._prepare(self._way):  # noqa: SLF001  # its own
            try:
                return self._ready.popleft()
            except IndexError:
                pass
        raise StopAsyncIteration
