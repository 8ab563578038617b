"""The two clients behind one face, and transports that answer as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any

import attrs
import httpx

from wrapper import AsyncSageMakerRuntimeClient, Credentials, SageMakerRuntimeClient
from wrapper.local import LocalRuntime

CREDENTIALS = Credentials("AKIDEXAMPLE", "a-secret-access-key")

# How a response stream can be read; `bytes` is iterating over it.
WAYS = ("bytes", "text", "lines", "json", "sse")


@attrs.frozen
class Face:
    """One of the clients.

    Options are those of the constructor; region, credentials and a single attempt are the default.
    """

    is_async: bool

    def make(self, **options: Any) -> Any:
        kind = AsyncSageMakerRuntimeClient if self.is_async else SageMakerRuntimeClient
        return kind(**{"region": "us-east-1", "credentials": CREDENTIALS, "retries": 1, **options})

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[DrivenClient]:
        """A client for a script that is the same for both; it is closed in the end."""
        client = self.make(**options)
        if self.is_async:
            async with client:
                yield DrivenClient(client, self.is_async)
        else:
            with client:
                yield DrivenClient(client, self.is_async)

    def call(self, options: dict[str, Any], operation: str, *arguments: Any, **parameters: Any):
        """Make one call; close the client, and the stream if the call gives one."""

        async def call() -> Any:
            async with self.client(**options) as client:
                result = await client.call(operation, *arguments, **parameters)
                if hasattr(result, "close"):
                    await finished(result.close())
                return result

        return asyncio.run(call())

    def read(
        self, options: dict[str, Any], way: str = "bytes", *, body: Any = b"", **parameters: Any
    ) -> tuple[list[Any], Exception | None]:
        """Open a response stream and read it: what it gave, and the error that ended it, if any."""
        found: list[Any] = []

        async def read() -> None:
            async with (
                self.client(**options) as client,
                client.stream("echo", body, **parameters) as stream,
            ):
                async for value in stream.each(way):
                    found.append(value)  # noqa: PERF401  # what came before an error counts

        try:
            asyncio.run(read())
        except Exception as error:  # noqa: BLE001  # for the test to judge
            return found, error
        return found, None


@attrs.define
class Driven:
    """A stream of either client, driven the same way.

    Attributes:
        stream: The stream itself.
        body: Where its bytes come from, where the test knows.
    """

    stream: Any
    is_async: bool
    body: Pieces | None = None

    def iterator(self, way: str) -> Any:
        found = iterator(self.stream, way)
        return aiter(found) if self.is_async else iter(found)

    async def next(self, found: Any) -> Any:
        """The next value, or None at the end."""
        return await anext(found, None) if self.is_async else next(found, None)

    async def each(self, way: str = "bytes") -> AsyncIterator[Any]:
        found = self.iterator(way)
        if self.is_async:
            async for value in found:
                yield value
        else:
            for value in found:
                yield value

    async def rest(self, way: str) -> list[Any]:
        return [value async for value in self.each(way)]

    async def read(self) -> bytes:
        return await finished(self.stream.read())

    async def close(self) -> None:
        await finished(self.stream.close())


@attrs.frozen
class DrivenClient:
    """Either client, driven the same way; the synchronous one blocks the event loop."""

    client: Any
    is_async: bool

    async def call(self, operation: str, *arguments: Any, **parameters: Any) -> Any:
        return await finished(getattr(self.client, operation)(*arguments, **parameters))

    @asynccontextmanager
    async def stream(self, *arguments: Any, **parameters: Any) -> AsyncIterator[Driven]:
        operation = "invoke_endpoint_with_response_stream"
        stream = await self.call(operation, *arguments, **parameters)
        if self.is_async:
            async with stream:
                yield Driven(stream, self.is_async)
        else:
            with stream:
                yield Driven(stream, self.is_async)


async def finished(result: Any) -> Any:
    """What a method of either client gives in the end."""
    return await result if isawaitable(result) else result


def iterator(stream: Any, way: str) -> Any:
    return stream if way == "bytes" else getattr(stream, f"iter_{way}")()


SYNC = Face(is_async=False)
ASYNC = Face(is_async=True)


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of an answer in pieces, ended by an error if one is given."""

    def __init__(self, pieces: Iterable[bytes], error: Exception | None = None) -> None:
        self.pieces = list(pieces)
        self.error = error
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces
        if self.error is not None:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.is_closed = True

    async def aclose(self) -> None:
        self.is_closed = True


class Recorder(httpx.MockTransport):
    """A transport that keeps what it was sent and answers the same every time."""

    def __init__(
        self,
        status: int = 200,
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        content: bytes = b"",
        *,
        stream: Callable[[], Pieces] | None = None,
    ) -> None:
        self.requests: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            if stream is not None:
                return httpx.Response(status, headers=headers, stream=stream())
            return httpx.Response(status, headers=headers, content=content)

        super().__init__(answer)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


def at(runtime: LocalRuntime, **options: Any) -> dict[str, Any]:
    """The options of a client of the local runtime."""
    return {
        "region": runtime.region,
        "endpoint_url": runtime.url,
        "credentials": runtime.credentials,
        **options,
    }
