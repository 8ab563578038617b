"""The two clients behind one face, and transports that answer as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
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

    def call(self, options: dict[str, Any], operation: str, *arguments: Any, **parameters: Any):
        """Make one call and close the client."""
        if not self.is_async:
            with self.make(**options) as client:
                return getattr(client, operation)(*arguments, **parameters)

        async def call() -> Any:
            async with self.make(**options) as client:
                return await getattr(client, operation)(*arguments, **parameters)

        return asyncio.run(call())

    def read(
        self, options: dict[str, Any], way: str = "bytes", *, body: Any = b"", **parameters: Any
    ) -> tuple[list[Any], Exception | None]:
        """Open a response stream and read it: what it gave, and the error that ended it, if any."""
        found: list[Any] = []
        operation = "invoke_endpoint_with_response_stream"

        def read() -> None:
            with (
                self.make(**options) as client,
                getattr(client, operation)("echo", body, **parameters) as stream,
            ):
                for value in iterator(stream, way):
                    found.append(value)  # noqa: PERF402  # what came before an error counts

        async def read_async() -> None:
            async with (
                self.make(**options) as client,
                await getattr(client, operation)("echo", body, **parameters) as stream,
            ):
                async for value in iterator(stream, way):
                    found.append(value)  # noqa: PERF401

        try:
            if self.is_async:
                asyncio.run(read_async())
            else:
                read()
        except Exception as error:  # noqa: BLE001  # for the test to judge
            return found, error
        return found, None


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
