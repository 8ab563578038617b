"""The engines that send through httpx: a proxy's, a caller's own transport's, or any client's.

What both share stands first: the request, the limits, and the one place where httpx's errors become
this package's.
"""

from __future__ import annotations

import os
import ssl
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import attrs
import httpx

from wrapper import _errors
from wrapper._certificates import verifying_context
from wrapper._engine.exchange_errors import transport_error
from wrapper._headers import Headers
from wrapper._http import Answer, Request, read_whole, read_whole_async
from wrapper._proxies import mask_proxy
from wrapper._timeouts import BoundedTimeout, Phases

__all__ = ["AsyncHttpxEngine", "EngineSettings", "HttpxEngine"]


_ClientT = TypeVar("_ClientT", httpx.Client, httpx.AsyncClient)


@attrs.frozen
class EngineSettings:
    """How connections are made.

    Attributes:
        verify: True for the usual authorities, False for no check, the path of a bundle of
            certificates, or an SSL context.
        is_tls: Whether the endpoint is reached over TLS at all.
        proxy: The URL of the proxy to go through, or None.
        max_connections: How many connections there may be at once.
    """

    verify: bool | str | ssl.SSLContext
    is_tls: bool
    proxy: str | None
    max_connections: int

    def arguments(self, transport: object | None) -> dict[str, Any]:
        """The arguments for a client of httpx."""
        arguments: dict[str, Any] = {
            "trust_env": False,  # the configuration has settled proxies and certificates
            "follow_redirects": False,  # a signature is for one host
        }
        if transport is not None:  # makes its own connections: httpx would put a proxy before it
            return {**arguments, "transport": transport}
        return {
            **arguments,
            "verify": self._verify(),
            "proxy": self.proxy,
            "limits": httpx.Limits(
                max_connections=self.max_connections,
                max_keepalive_connections=self.max_connections,
                keepalive_expiry=_KEEPALIVE_SECONDS,
            ),
        }

    def shown_proxy(self) -> str | None:
        """The proxy's URL without what is secret."""
        return None if self.proxy is None else mask_proxy(self.proxy)

    def _verify(self) -> bool | ssl.SSLContext:
        if not self.is_tls and self.proxy is None:
            # httpx would read its bundle all the same, which takes longer than a call.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if isinstance(self.verify, str):
            return verifying_context(self.verify)
        return self.verify


def _make(kind: type[_ClientT], settings: EngineSettings, transport: object | None) -> _ClientT:
    arguments = settings.arguments(transport)
    try:
        return kind(**arguments)
    except (ValueError, httpx.InvalidURL):
        reason = "its URL must be http://, https://, socks5:// or socks5h://, a host and a port"
    except ImportError as error:  # SOCKS is an extra of httpx
        reason = str(error)
    raise _errors.ConfigurationError(
        f"the proxy {settings.shown_proxy()!r} cannot be used: {reason}", setting="proxy"
    )


# The service closes idle connections after about this long; an older one is not worth a try.
_KEEPALIVE_SECONDS = 20.0

# The first class that an error is an instance of counts.
_ERRORS: tuple[tuple[type[Exception], type[_errors.TransportError]], ...] = (
    (httpx.ConnectTimeout, _errors.ConnectTimeoutError),
    (httpx.ReadTimeout, _errors.ReadTimeoutError),
    (httpx.WriteTimeout, _errors.WriteTimeoutError),
    (httpx.PoolTimeout, _errors.PoolTimeoutError),
    (httpx.ConnectError, _errors.ConnectError),
    (httpx.ProxyError, _errors.ConnectError),
    (httpx.TransportError, _errors.ProtocolError),
)


@contextmanager
def _typed_errors(request: Request, proxy: str | None) -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, httpx.StreamError) as error:
        kind = next((ours for theirs, ours in _ERRORS if isinstance(error, theirs)), None)
        kind = kind or _errors.ProtocolError
        # h11 quotes the line that it refuses, which may hold anything, and be of any length.
        reason = str(error).partition("bytearray(")[0].rstrip(": ")
        if proxy is not None:
            reason = f"{reason}; through the proxy {proxy}" if reason else f"by the proxy {proxy}"
        raise transport_error(kind, request, reason) from error


class _Phases(dict[str, float | None]):
    """The extension `timeout` of httpx, which asks for each phase's when that begins."""

    def __init__(self, timeout: Phases) -> None:
        super().__init__({phase: getattr(timeout, phase) for phase in _PHASES})
        self._timeout = timeout

    def get(self, phase: str, default: Any = None) -> Any:
        return getattr(self._timeout, phase) if phase in self else default


_PHASES = ("connect", "read", "write", "pool")


def _check_time(request: Request) -> None:
    """Raise what ends an answer that drips in when the whole call's time is over."""
    timeout = request.timeout
    if isinstance(timeout, BoundedTimeout) and timeout.is_over:
        raise httpx.ReadTimeout("")


def _httpx_request(request: Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.endpoint.url.removesuffix(request.endpoint.base_path) + request.target,
        headers=request.headers,
        content=request.body,
        extensions={
            "timeout": _Phases(request.timeout),
            # As it was signed: httpx would quote some characters of a path anew.
            "target": request.target.encode("ascii"),
        },
    )


def _headers(response: httpx.Response) -> Headers:
    return Headers(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw
    )


class HttpxEngine:
    """Sends through a client of httpx."""

    def __init__(
        self, settings: EngineSettings, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = _make(httpx.Client, settings, transport)
        self._proxy = settings.shown_proxy()
        # httpx leaves the connections of a client that is dropped open.
        weakref.finalize(self, _close, self._client, os.getpid())

    def send(self, request: Request) -> Answer:
        """Send a request and read the whole answer."""
        return read_whole(self.open(request))

    def open(self, request: Request) -> _OpenAnswer:
        """Send a request and read the head of the answer."""
        with _typed_errors(request, self._proxy):
            response = self._client.send(_httpx_request(request), stream=True, auth=None)
        return _OpenAnswer(request, response, self._proxy)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _close(client: httpx.Client, process: int) -> None:
    if os.getpid() == process:  # in a forked child a lock may be held by a thread that is no more
        client.close()


class _OpenAnswer:
    def __init__(self, request: Request, response: httpx.Response, proxy: str | None) -> None:
        self._request = request
        self._proxy = proxy
        self._response = response
        self.status = response.status_code
        self.headers = _headers(response)

    def __iter__(self) -> Iterator[bytes]:
        if self._response.is_stream_consumed:  # a transport may give an answer that is read already
            yield self._response.content
            return
        with _typed_errors(self._request, self._proxy):
            for part in self._response.iter_raw():
                _check_time(self._request)
                yield part

    def close(self) -> None:
        self._response.close()


class AsyncHttpxEngine:
    """Sends through an asynchronous client of httpx."""

    def __init__(
        self, settings: EngineSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = _make(httpx.AsyncClient, settings, transport)
        self._proxy = settings.shown_proxy()

    async def send(self, request: Request) -> Answer:
        """Send a request and read the whole answer."""
        return await read_whole_async(await self.open(request))

    async def open(self, request: Request) -> _AsyncOpenAnswer:
        """Send a request and read the head of the answer."""
        with _typed_errors(request, self._proxy):
            response = await self._client.send(_httpx_request(request), stream=True, auth=None)
        return _AsyncOpenAnswer(request, response, self._proxy)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def close(self) -> None:
        """Let go of all connections: httpx closes them by awaiting alone."""

    def abandon(self) -> None:
        """Let go of all connections: asyncio closes them when it finds that nobody holds them."""


class _AsyncOpenAnswer:
    def __init__(self, request: Request, response: httpx.Response, proxy: str | None) -> None:
        self._request = request
        self._proxy = proxy
        self._response = response
        self.status = response.status_code
        self.headers = _headers(response)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._response.is_stream_consumed:  # a transport may give an answer that is read already
            yield self._response.content
            return
        with _typed_errors(self._request, self._proxy):
            async for part in self._response.aiter_raw():
                _check_time(self._request)
                yield part

    async def aclose(self) -> None:
        await self._response.aclose()
