"""What goes between a client and its engine: a signed request, an answer, and the engine itself.

An engine is the only thing that touches a socket. It raises nothing but the errors under
`TransportError`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Final, NamedTuple, Protocol

from wrapper._endpoints import Endpoint
from wrapper._errors import ProtocolError
from wrapper._headers import Headers
from wrapper._http11.head import field_pairs
from wrapper._timeouts import Phases

__all__ = [
    "MAX_ANSWER_BYTES",
    "MAX_ERROR_BYTES",
    "Answer",
    "AsyncEngine",
    "AsyncOpenAnswer",
    "Engine",
    "OpenAnswer",
    "Request",
    "read_whole",
    "read_whole_async",
]

MAX_ANSWER_BYTES: Final = 268_435_456
"""The body of a successful answer that is read whole, at most: ten times what the service sends."""

MAX_ERROR_BYTES: Final = 1_048_576
"""How much of the body of an error is read; the service's own take a few hundred bytes."""


class Request(NamedTuple):
    """A request, ready to be sent as it is: whatever was changed after signing would break it.

    Attributes:
        method: The HTTP method.
        endpoint: Where to send it.
        target: The path and query, percent-encoded, the endpoint's base path included.
        head: The request's head as `encode_head` gives it: `host` is in it, while the body's length
            is the engine's business.
        body: The bytes of the body; empty for none.
        timeout: How long each phase may take; to be asked before each wait, for what is left of the
            whole call may be less each time.
    """

    method: str
    endpoint: Endpoint
    target: str
    head: bytes
    body: bytes
    timeout: Phases

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers in the head."""
        return [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in field_pairs(self.head)
        ]

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

    def close(self) -> None:
        """Close all connections, without waiting."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...

    def abandon(self) -> None:
        """Let go of all connections: their event loop was closed."""
        ...


def read_whole(answer: OpenAnswer) -> Answer:
    """Read an answer to its end, or an error as far as `MAX_ERROR_BYTES`, and close it.

    Raises:
        TransportError: It breaks off, or a successful one is larger than `MAX_ANSWER_BYTES`.
    """
    body = _Body(answer.status)
    try:
        for part in answer:
            body.add(part)
            if body.is_full:
                break
    finally:
        answer.close()
    return Answer(answer.status, answer.headers, body.whole())


async def read_whole_async(answer: AsyncOpenAnswer) -> Answer:
    """As `read_whole`, for asyncio."""
    body = _Body(answer.status)
    parts = aiter(answer)
    try:
        async for part in parts:
            body.add(part)
            if body.is_full:
                break
    finally:
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()
        await answer.aclose()
    return Answer(answer.status, answer.headers, body.whole())


class _Body:
    """Gathers the body of an answer, within the limits: nobody shall fill the memory.

    Attributes:
        is_full: Whether the rest is not wanted: an error whose beginning says enough.
    """

    __slots__ = ("_is_error", "_parts", "_room", "is_full")

    def __init__(self, status: int) -> None:
        """Begin.

        Args:
            status: The status of the answer: it decides on the limit.
        """
        self._is_error = not 200 <= status < 300
        self._room = MAX_ERROR_BYTES if self._is_error else MAX_ANSWER_BYTES
        self._parts: list[bytes] = []
        self.is_full = False

    def add(self, part: bytes) -> None:
        """Take a piece.

        Raises:
            ProtocolError: The answer is successful, and larger than `MAX_ANSWER_BYTES`.
        """
        if len(part) > self._room:
            if not self._is_error:
                raise ProtocolError(
                    f"the answer is larger than {MAX_ANSWER_BYTES} bytes, the most that is read at "
                    "once: read larger ones as a response stream"
                )
            part = part[: self._room]
            self.is_full = True
        self._room -= len(part)
        self._parts.append(part)

    def whole(self) -> bytes:
        """All pieces."""
        return b"".join(self._parts)
