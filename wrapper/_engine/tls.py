"""TLS: what certificates are trusted, and a blocking connection over it.

A module of its own because loading `ssl` takes longer than a call: who speaks plain HTTP does not.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from wrapper._certificates import verifying_context

if TYPE_CHECKING:
    from wrapper._config import Verify

__all__ = ["check_protocol", "tls_context"]

_PROTOCOL = "http/1.1"  # its ALPN name (RFC 7301, section 6)


def tls_context(verify: Verify) -> ssl.SSLContext:
    """The context to connect with. Making one takes long: it is made once.

    Args:
        verify: True for the authorities that Mozilla trusts (the `certifi` package), the path of a
            file or folder of PEM certificates, a context to take as it is, or False for no check.

    Raises:
        ConfigurationError: The path is not a readable bundle.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = verifying_context(None if verify is True else verify)
    context.set_alpn_protocols([_PROTOCOL])
    return context


def check_protocol(connection: ssl.SSLSocket | ssl.SSLObject) -> None:
    """Refuse a connection on which another protocol was agreed: a caller's context may offer it.

    Raises:
        ConnectionError: There was.
    """
    agreed = connection.selected_alpn_protocol()
    if agreed not in {None, _PROTOCOL}:
        raise ConnectionError(
            f"the server speaks {agreed!r} on it, for the SSL context offers that; "
            f"HTTP/1.1 is needed: set_alpn_protocols([{_PROTOCOL!r}])"
        )
