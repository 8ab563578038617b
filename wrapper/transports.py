"""This package's own engines as transports for any client of httpx.

    httpx.Client(transport=wrapper.transports.Transport())
    httpx.AsyncClient(transport=wrapper.transports.AsyncTransport())

HTTP/1.1 over TCP and TLS, faster than httpx's own transport and stricter with what it is answered
(`docs/design/engine.md`). Of httpx's extensions `timeout` is observed. Proxies, HTTP/2, `CONNECT`
and upgrades to other protocols are not supported, nor event loops other than asyncio's.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from wrapper import _errors
from wrapper._endpoints import Endpoint
from wrapper._engine.async_engine import AsyncOpenSocketAnswer, AsyncSocketEngine
from wrapper._engine.by_loop import EnginesByLoop
from wrapper._engine.pool import DEFAULT_MAX_CONNECTIONS
from wrapper._engine.sync_engine import SocketEngine, SocketOpenAnswer
from wrapper._http import Request
from wrapper._http11.head import CHUNKED, AnswerHead, RequestError, encode_head, field_pairs
from wrapper._timeouts import Timeout

if TYPE_CHECKING:
    from wrapper._config import Verify

__all__ = ["AsyncTransport", "Transport"]

_PORTS = {"https": 443, "http": 80}
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, section 5.6.2
_SHORTEST_SECONDS = 0.001  # httpx takes a timeout of 0

_ERRORS: dict[type[_errors.TransportError], type[httpx.TransportError]] = {
    _errors.ConnectError: httpx.ConnectError,
    _errors.ConnectTimeoutError: httpx.ConnectTimeout,
    _errors.ReadTimeoutError: httpx.ReadTimeout,
    _errors.WriteTimeoutError: httpx.WriteTimeout,
    _errors.PoolTimeoutError: httpx.PoolTimeout,
}


class Transport(httpx.BaseTransport):
    """A transport for `httpx.Client`. Any number of threads may share it."""

    def __init__(
        self, *, verify: Verify = True, max_connections: int = DEFAULT_MAX_CONNECTIONS
    ) -> None:
        """Begin without connections.

        Args:
            verify: How certificates are checked: True for the authorities of `certifi`, the path of
                a file or folder of PEM certificates, an SSL context, or False for not at all.
            max_connections: Connections open at once, at most; who comes then waits for the pool
                timeout.
        """
        self._engine = SocketEngine(verify=verify, max_connections=max_connections)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of the answer; as httpx's own transport does.

        Raises:
            httpx.TransportError: There is no valid answer.
            ConfigurationError: `verify` is no readable bundle.
        """
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101  # as httpx says it is
        with _httpx_errors():
            if isinstance(request.stream, httpx.ByteStream):
                answer = self._engine.open(_request(request, b"".join(request.stream)))
            else:
                answer = self._engine.open(_request(request), request.stream, _length(request))
        return _response(answer.head, _Stream(answer))

    def close(self) -> None:
        """Close all connections."""
        self._engine.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient`. It may be used on one event loop after another."""

    def __init__(
        self, *, verify: Verify = True, max_connections: int = DEFAULT_MAX_CONNECTIONS
    ) -> None:
        """Begin without connections.

        Args:
            verify: As for `Transport`.
            max_connections: As for `Transport`, on each event loop.
        """
        self._verify = verify
        self._max_connections = max_connections
        self._engines: EnginesByLoop[AsyncSocketEngine] = EnginesByLoop()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of the answer; as httpx's own transport does.

        Raises:
            httpx.TransportError: There is no valid answer.
            ConfigurationError: `verify` is no readable bundle.
        """
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101  # as httpx says
        engine = self._engines.get() or self._engines.make(self._new_engine)
        with _httpx_errors():
            if isinstance(request.stream, httpx.ByteStream):
                answer = await engine.open(_request(request, b"".join(request.stream)))
            else:
                answer = await engine.open(_request(request), request.stream, _length(request))
        return _response(answer.head, _AsyncStream(answer))

    async def aclose(self) -> None:
        """Close all connections of this event loop."""
        await self._engines.aclose()

    def _new_engine(self) -> AsyncSocketEngine:
        return AsyncSocketEngine(verify=self._verify, max_connections=self._max_connections)


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: SocketOpenAnswer) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._answer

    def close(self) -> None:
        self._answer.close()


class _AsyncStream(httpx.AsyncByteStream):
    def __init__(self, answer: AsyncOpenSocketAnswer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            async for piece in self._answer:
                yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _httpx_errors() -> Iterator[None]:
    try:
        yield
    except _errors.TransportError as error:
        kind = _ERRORS.get(type(error), httpx.RemoteProtocolError)
        if kind is httpx.RemoteProtocolError:
            if isinstance(error.__cause__, OSError):
                kind = httpx.ReadError
            elif isinstance(error.__cause__, RequestError):
                kind = httpx.LocalProtocolError
        raise kind(str(error)) from error


def _request(request: httpx.Request, body: bytes = b"") -> Request:
    url = request.url
    scheme, host = url.scheme, url.raw_host.decode("ascii")
    if scheme not in _PORTS or not host or request.method == "CONNECT":
        raise httpx.UnsupportedProtocol(
            f"{request.method} to a URL of the scheme {scheme!r} is not supported: "
            "http and https are, without CONNECT",
            request=request,
        )
    headers = []
    for raw_name, raw_value in request.headers.raw:
        name = raw_name.decode("latin-1")
        if not _TOKEN.fullmatch(name):
            raise httpx.LocalProtocolError(f"{name!r} is not a header's name", request=request)
        if name.lower() not in {"content-length", "transfer-encoding"}:  # the engine says these
            headers.append((name, raw_value.decode("latin-1")))
    authority = url.netloc.decode("ascii")
    endpoint = Endpoint(
        url=f"{scheme}://{authority}",
        scheme="https" if scheme == "https" else "http",
        host=host,
        port=url.port or _PORTS[scheme],
        authority=authority,
        base_path="",
        signing_region="",
    )
    target = url.raw_path.decode("ascii")
    try:
        head = encode_head(request.method, target, headers)
    except RequestError as error:
        raise httpx.LocalProtocolError(str(error), request=request) from None
    return Request(
        request.method,
        endpoint,
        target,
        head,
        body,
        _timeout(request.extensions.get("timeout", {})),
    )


def _timeout(phases: dict[str, float | None]) -> Timeout:
    def phase(name: str) -> float | None:
        seconds = phases.get(name)
        return None if seconds is None else max(seconds, _SHORTEST_SECONDS)

    return Timeout(
        connect=phase("connect"), read=phase("read"), write=phase("write"), pool=phase("pool")
    )


def _length(request: httpx.Request) -> int:
    """The length that a body which comes in pieces is said to have."""
    length = request.headers.get("content-length")
    if length is None:
        return CHUNKED
    if not (length.isascii() and length.isdecimal()):
        raise httpx.LocalProtocolError(
            f"the Content-Length {length!r} is not a number", request=request
        )
    return int(length)


def _response(head: AnswerHead, stream: _Stream | _AsyncStream) -> httpx.Response:
    status_line = head.block.partition(b"\r\n")[0]
    return httpx.Response(
        head.status,
        headers=field_pairs(head.block),
        stream=stream,
        extensions={"http_version": status_line[:8], "reason_phrase": status_line[13:]},
    )
