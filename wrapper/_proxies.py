"""Which proxy a URL is reached through: an argument, or the proxy variables of the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wrapper._errors import ConfigurationError
from wrapper._values import Value

__all__ = ["Proxies", "mask_proxy", "mask_userinfo", "proxies_from_environment", "proxy_url"]

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[::1\]")


class Proxies(Value):
    """The proxies in force. A proxy URL may hold a password: `repr` masks it.

    Attributes:
        https: The proxy for `https:` URLs, or None.
        http: The proxy for `http:` URLs, or None.
        no_proxy: Hosts reached directly: names, `.suffixes`, `host:port`, separated by commas; `*`
            for all.
        is_ambient: Whether they come from the environment. Such a proxy is no way to this machine
            itself (`localhost`, `127.0.0.0/8`, `::1`): it would look for that at its own.
    """

    https: str | None = None
    http: str | None = None
    no_proxy: str = ""
    is_ambient: bool = False

    def for_url(self, url: str) -> str | None:
        """The proxy to reach `url` through; None to go there directly.

        Raises:
            ConfigurationError: The proxy's own URL cannot be used.
        """
        if self.https is None and self.http is None:
            return None
        scheme, _, rest = url.partition("://")
        proxy = self.https if scheme.lower() == "https" else self.http
        if proxy is None or self._bypasses(rest.partition("/")[0].rpartition("@")[2]):
            return None
        _check(proxy)
        return proxy

    def _bypasses(self, host_and_port: str) -> bool:
        """Whether `no_proxy` names the host: `urllib.request.proxy_bypass_environment`."""
        if self.no_proxy.strip() == "*":
            return True
        with_port = host_and_port.lower()
        head, colon, port = with_port.rpartition(":")
        host = head if colon and port.isdecimal() else with_port
        if self.is_ambient and _LOOPBACK.fullmatch(host):
            return True
        for entry in self.no_proxy.lower().split(","):
            name = entry.strip().lstrip(".")
            if name and (
                name in {host, with_port}
                or host.endswith(f".{name}")
                or with_port.endswith(f".{name}")
            ):
                return True
        return False

    def __repr__(self) -> str:
        shown = [None if url is None else mask_proxy(url) for url in (self.https, self.http)]
        return f"Proxies(https={shown[0]!r}, http={shown[1]!r}, no_proxy={self.no_proxy!r})"


def proxies_from_environment(environ: Mapping[str, str]) -> tuple[Proxies, dict[str, str]]:
    """Read `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.

    As everywhere in Python, the lower-case spelling prevails, even when empty, and under CGI (where
    `REQUEST_METHOD` is set) `HTTP_PROXY` is ignored, since a request's `Proxy` header could set it
    (https://httpoxy.org).

    Returns:
        The proxies; and for `https_proxy`, `http_proxy` and `no_proxy`, where they are set, the
        variable's name.
    """
    names = {}
    for name in ("https_proxy", "http_proxy", "no_proxy"):
        is_ignored = name == "http_proxy" and "REQUEST_METHOD" in environ
        spelling = name if name in environ or is_ignored else name.upper()
        if environ.get(spelling):
            names[name] = spelling
    found = {name: environ[spelling] for name, spelling in names.items()}
    proxies = Proxies(
        https=proxy_url(found.get("https_proxy")),
        http=proxy_url(found.get("http_proxy")),
        no_proxy=found.get("no_proxy", ""),
        is_ambient=True,
    )
    return proxies, names


def proxy_url(url: str | None) -> str | None:
    """Give a proxy written as `host:port` its scheme, as botocore and curl do."""
    if url is None or "://" in url:
        return url
    return f"http:{url}" if url.startswith("//") else f"http://{url}"


def mask_userinfo(url: str) -> str:
    """The URL with what stands before `@` in its authority, or in a query, replaced by `***`."""
    scheme, separator, rest = url.partition("://")
    rest, mark, _ = rest.partition("?")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{_masked(authority)}{slash}{path}{mark and '?***'}"


def mask_proxy(url: str) -> str:
    """As `mask_userinfo`, for a proxy, which has no path: a `/` may be a password's."""
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    return f"{scheme}{separator}{_masked(rest)}"


def _check(url: str) -> None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        is_usable = (
            parts.scheme in {"http", "https", "socks5", "socks5h"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and parts.path in {"", "/"}
            and not (parts.query or parts.fragment)
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigurationError(
            f"the proxy {mask_proxy(url)!r} cannot be used: its URL must be http://, https://, "
            "socks5:// or socks5h://, a host and a port; what is special in a password is "
            "percent-encoded",
            setting="proxy",
        )


def _masked(authority: str) -> str:
    userinfo, at, host = authority.rpartition("@")
    return f"***@{host}" if at and userinfo else authority
