"""One HTTP exchange with a service that hands out credentials, as an effect.

Nothing of the environment's proxy and certificate variables applies by itself, redirects are not
followed, and the answer's length and the exchange's duration are bounded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from random import random
from typing import TYPE_CHECKING, Any, NamedTuple

from wrapper._errors import ConfigurationError
from wrapper._proxies import mask_proxy
from wrapper.credentials._steps import Sleep, Steps

if TYPE_CHECKING:
    from wrapper._config import Verify

__all__ = ["Exchange", "HttpAnswer", "HttpFailed", "send", "send_with_retries"]

_ATTEMPTS = 3
_LONGEST_ANSWER = 1 << 20
_USER_AGENT = "sagemaker-runtime-client"


class HttpAnswer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpFailed(Exception):  # noqa: N818  # never leaves this package
    """No answer, or an unusable one.

    Attributes:
        timed_out: Whether a time ran out after the connection stood.
    """

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class Exchange:
    """Send a request and read the answer.

    Args:
        method: The HTTP method.
        url: Where to.
        headers: Sent besides `Host`, `User-Agent` and `Content-Length`.
        body: What is sent.
        timeout: Seconds for connecting, and for each wait for bytes; the whole may take four times
            that.
        verify: How the server's certificate is checked.
        proxy: The URL of the proxy to go through, or None.
    """

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        timeout: float,
        verify: Verify = True,
        proxy: str | None = None,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **headers}
        self.body = body
        self.timeout = timeout
        self.verify = verify
        self.proxy = proxy

    def perform(self) -> HttpAnswer:
        """Send in this thread.

        Raises:
            HttpFailed: There is no usable answer.
            ConfigurationError: The certificates or the proxy cannot be used.
        """
        settings = self._settings()
        import httpx

        try:
            with (
                httpx.Client(**settings) as client,
                client.stream(self.method, self.url, **self._request()) as response,
            ):
                body = _Body(4 * self.timeout)
                for piece in response.iter_bytes():
                    body.add(piece)
                return HttpAnswer(response.status_code, response.headers, body.content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failed(error) from None
        except ImportError as error:  # SOCKS is an extra of httpx
            raise self._unusable_proxy(error) from None

    async def perform_async(self) -> HttpAnswer:
        """Send without blocking the event loop.

        Raises:
            HttpFailed: There is no usable answer.
            ConfigurationError: The certificates or the proxy cannot be used.
        """
        import asyncio

        settings = await asyncio.to_thread(self._settings)
        import httpx

        try:
            async with (
                asyncio.timeout(4 * self.timeout),
                httpx.AsyncClient(**settings) as client,
                client.stream(self.method, self.url, **self._request()) as response,
            ):
                body = _Body(4 * self.timeout)
                async for piece in response.aiter_bytes():
                    body.add(piece)
                return HttpAnswer(response.status_code, response.headers, body.content)
        except TimeoutError:
            raise HttpFailed("it took too long", timed_out=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failed(error) from None
        except ImportError as error:  # SOCKS is an extra of httpx
            raise self._unusable_proxy(error) from None

    def _settings(self) -> dict[str, Any]:
        """What an httpx client is made with; reading certificates takes a while."""
        # Imported here so that it is in a worker thread: both take longer than an exchange.
        import anyio  # noqa: F401  # httpx's own, which it would import on the event loop
        import httpx  # noqa: F401

        verify: Verify = False  # without TLS no certificates are read
        if self.url[:6].lower() == "https:":
            import ssl

            from wrapper._certificates import verifying_context

            verify = self.verify
            if not isinstance(verify, ssl.SSLContext) and verify is not False:
                verify = verifying_context(None if verify is True else verify)
        return {
            "verify": verify,
            "proxy": self.proxy,
            "timeout": self.timeout,
            "trust_env": False,
            "follow_redirects": False,
        }

    def _unusable_proxy(self, error: ImportError) -> ConfigurationError:
        shown = mask_proxy(self.proxy or "")
        return ConfigurationError(f"the proxy {shown!r} cannot be used: {error}", setting="proxy")

    def _request(self) -> dict[str, Any]:
        return {"headers": self.headers, "content": self.body}

    def __repr__(self) -> str:
        return f"Exchange({self.method} {self.url.partition('?')[0]})"


class _Body:
    """The answer's bytes, as many as are reasonable, within a reasonable time."""

    def __init__(self, seconds: float) -> None:
        self.content = b""
        self._deadline = time.monotonic() + seconds

    def add(self, piece: bytes) -> None:
        self.content += piece
        if len(self.content) > _LONGEST_ANSWER:
            raise HttpFailed(f"the answer is longer than {_LONGEST_ANSWER} bytes")
        if time.monotonic() > self._deadline:
            raise HttpFailed("it took too long", timed_out=True)


def _failed(error: Exception) -> HttpFailed:
    import httpx

    timed_out = isinstance(error, httpx.TimeoutException) and not isinstance(
        error, httpx.ConnectTimeout
    )
    text = str(error)
    return HttpFailed(
        f"{type(error).__name__}: {text}" if text else type(error).__name__, timed_out=timed_out
    )


def send(exchange: Exchange) -> Steps[HttpAnswer]:
    """The step of an exchange; its answer, typed."""
    answer: HttpAnswer = yield exchange
    return answer


def send_with_retries(
    exchange: Exchange, is_final: Callable[[HttpAnswer], bool], *, pause: float = 1.0
) -> Steps[HttpAnswer]:
    """Send up to three times, until an answer is final or none is left to wait for.

    Args:
        exchange: What is sent.
        is_final: Whether another attempt would not change the answer.
        pause: Seconds before the second attempt, at most; twice that before the third.

    Raises:
        HttpFailed: The last attempt brought no answer.
    """
    attempt = 1
    while True:
        try:
            answer = yield from send(exchange)
        except HttpFailed:
            if attempt == _ATTEMPTS:
                raise
        else:
            if attempt == _ATTEMPTS or is_final(answer):
                return answer
        yield Sleep(random() * pause * 2 ** (attempt - 1))  # noqa: S311  # jitter, no secret
        attempt += 1
