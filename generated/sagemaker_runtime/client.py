# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

"""The client that the operations send through"""

from __future__ import annotations

import ssl
from typing import Any, Self

import httpx
from attrs import define, field


@define
class Client:
    """Where to send requests, and how.

    Attributes:
        base_url: The endpoint, such as `https://runtime.sagemaker.eu-west-1.amazonaws.com`.
        auth: What signs each request: any `httpx.Auth`.
        headers: Headers of every request.
        timeout: As httpx takes it; None waits for ever.
        verify_ssl: As httpx takes `verify`.
        follow_redirects: Whether to follow redirects. A signature does not survive one.
        httpx_args: More arguments for `httpx.Client` and `httpx.AsyncClient`.
        raise_on_unexpected_status: Raise `errors.UnexpectedStatus` on a status that the spec does not know.
    """

    base_url: str
    auth: httpx.Auth | None = field(default=None, kw_only=True)
    headers: dict[str, str] = field(factory=dict, kw_only=True)
    timeout: httpx.Timeout | None = field(default=httpx.Timeout(70.0, connect=5.0), kw_only=True)
    verify_ssl: str | bool | ssl.SSLContext = field(default=True, kw_only=True)
    follow_redirects: bool = field(default=False, kw_only=True)
    httpx_args: dict[str, Any] = field(factory=dict, kw_only=True, repr=False)
    raise_on_unexpected_status: bool = field(default=False, kw_only=True)
    _client: httpx.Client | None = field(default=None, init=False, repr=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)

    def _arguments(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "auth": self.auth,
            "headers": self.headers,
            "timeout": self.timeout,
            "verify": self.verify_ssl,
            "follow_redirects": self.follow_redirects,
            **self.httpx_args,
        }

    def get_httpx_client(self) -> httpx.Client:
        """The `httpx.Client` behind this one, made when first asked for."""
        if self._client is None:
            self._client = httpx.Client(**self._arguments())
        return self._client

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Send through this `httpx.Client`, whose own settings then count."""
        self._client = client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """The `httpx.AsyncClient` behind this one, made when first asked for."""
        if self._async_client is None:
            self._async_client = httpx.AsyncClient(**self._arguments())
        return self._async_client

    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> Self:
        """Send through this `httpx.AsyncClient`, whose own settings then count."""
        self._async_client = async_client
        return self

    def __enter__(self) -> Self:
        self.get_httpx_client().__enter__()
        return self

    def __exit__(self, *args: Any) -> None:
        self.get_httpx_client().__exit__(*args)

    async def __aenter__(self) -> Self:
        await self.get_async_httpx_client().__aenter__()
        return self

    async def __aexit__(self, *args: Any) -> None:
        await self.get_async_httpx_client().__aexit__(*args)
