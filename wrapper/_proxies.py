"""Which proxy a URL is reached through: an argument, or the proxy variables of the environment."""

from __future__ import annotations

from collections.abc import Mapping

from wrapper._values import Value

__all__ = ["Proxies", "mask_proxy", "mask_userinfo", "proxies_from_environment", "proxy_url"]


class Proxies(Value):
    """The proxies in force. A proxy URL may hold a password: `repr` masks it.

    Attributes:
        https: The proxy for `https:` URLs, or None.
        http: The proxy for `http:` URLs, or None.
        no_proxy: Hosts reached directly: names, `.suffixes`, `host:port`, separated by commas; `*`
            for all.
    """

    https: str | None = None
    http: str | None = None
    no_proxy: str = ""

    def for_url(self, url: str) -> str | None:
        """The proxy to reach `url` through; None to go there directly."""
        if self.https is None and self.http is None:
            return None
        scheme, _, rest = url.partition("://")
        proxy = self.https if scheme.lower() == "https" else self.http
        if proxy is None or self._bypasses(rest.partition("/")[0].rpartition("@")[2]):
            return None
        return proxy

    def _bypasses(self, host_and_port: str) -> bool:
        """Whether `no_proxy` names the host: `urllib.request.proxy_bypass_environment`."""
        if self.no_proxy.strip() == "*":
            return True
        with_port = host_and_port.lower()
        head, colon, port = with_port.rpartition(":")
        host = head if colon and port.isdecimal() else with_port
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


def proxies_from_environment(environ: Mapping[str, str]) -> Proxies:
    """Read `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.

    As everywhere in Python, the lower-case spelling prevails, even when empty, and under CGI (where
    `REQUEST_METHOD` is set) `HTTP_PROXY` is ignored, since a request's `Proxy` header could set it
    (https://httpoxy.org).
    """

    def variable(name: str) -> str | None:
        if name in environ:
            return environ[name] or None
        if name == "http_proxy" and "REQUEST_METHOD" in environ:
            return None
        return environ.get(name.upper()) or None

    return Proxies(
        https=proxy_url(variable("https_proxy")),
        http=proxy_url(variable("http_proxy")),
        no_proxy=variable("no_proxy") or "",
    )


def proxy_url(url: str | None) -> str | None:
    """Give a proxy written as `host:port` its scheme, as botocore and curl do."""
    if url is None or "://" in url:
        return url
    return f"http:{url}" if url.startswith("//") else f"http://{url}"


def mask_userinfo(url: str) -> str:
    """The URL with what stands before `@` in its authority replaced by `***`."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{_masked(authority)}{slash}{path}"


def mask_proxy(url: str) -> str:
    """As `mask_userinfo`, for a proxy, which has no path: a `/` may be a password's."""
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    return f"{scheme}{separator}{_masked(rest)}"


def _masked(authority: str) -> str:
    userinfo, at, host = authority.rpartition("@")
    return f"***@{host}" if at and userinfo else authority
