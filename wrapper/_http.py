"""What goes between a client and its engine: a signed request, an answer, and the engine itself.

An engine is the only thing that touches a socket. It raises nothing but the errors under
`TransportError`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple, Protocol

from wrapper._endpoints import Endpoint
from wrapper._headers import Headers
from wrapper._timeouts import Timeout

__all__ = [
    "Answer",
    "AsyncEngine",
    "AsyncOpenAnswer",
    "Engine",
    "OpenAnswer",
    "Request",
]


class Request(NamedTuple):
    """A request, ready to be sent as it is: whatever was changed after signing would break it.

    Attributes:
        method: The HTTP method.
        endpoint: Where to send it.
        target: The path and query, percent-encoded, the endpoint's base path included.
        headers: All headers, `host` among them; the length of the body is the engine's business.
        body: The bytes of the body; empty for none.
        timeout: How long each phase may take.
    """

    method: str
    endpoint: Endpoint
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    timeout: Timeout

    def __repr__(self) -> str:  # without what is secret, wherever local variables are shown
        return f"<Request {self.method} {self.target}, {len(self.body)} bytes>"


class Answer(NamedTuple):
    """An answer, its body read."""

    status: int
    headers: Headers
    body: bytes

    def __repr__(self) -> str:
        return f"<Answer {self.status}, {len(self.body)} bytes>"


class OpenAnswer(Protocol):
    """An answer whose body is still to come."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Headers:
        """The headers."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """The body as it comes, raw, in pieces of no particular size."""
        ...

    def close(self) -> None:
        """Give the connection up; one that was read to the end may serve again."""
        ...


class AsyncOpenAnswer(Protocol):
    """An answer whose body is still to come, for asyncio."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Headers:
        """The headers."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it comes, raw, in pieces of no particular size."""
        ...

    async def aclose(self) -> None:
        """Give the connection up; one that was read to the end may serve again."""
        ...


class Engine(Protocol):
    """What sends requests."""

    def send(self, request: Request) -> Answer:
        """Send a request and read the whole answer."""
        ...

    def open(self, request: Request) -> OpenAnswer:
        """Send a request and read the head of the answer."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class AsyncEngine(Protocol):
    """What sends requests, for asyncio."""

    async def send(self, request: Request) -> Answer:
        """Send a request and read the whole answer."""
        ...

    async def open(self, request: Request) -> AsyncOpenAnswer:
        """Send a request and read the head of the answer."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...
