"""A bundle of certificates, read into the context of TLS connections."""

from __future__ import annotations

import os
import ssl
from importlib.util import find_spec

from wrapper._errors import ConfigurationError

__all__ = ["verifying_context"]


def verifying_context(path: str | None) -> ssl.SSLContext:
    """A context that trusts the authorities in a bundle.

    Args:
        path: A file or a folder of PEM certificates; None for the authorities that Mozilla trusts
            (the `certifi` package).

    Raises:
        ConfigurationError: It is not a readable bundle.
    """
    if path is None:
        path = _mozillas()
    try:
        if os.path.isdir(path):  # noqa: PTH112  # pathlib would be one more import
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:  # an ssl.SSLError is one, too
        raise ConfigurationError(
            f"verify: {path!r} is not a readable bundle of PEM certificates "
            f"({error.strerror or error}); see AWS_CA_BUNDLE, or the profile's ca_bundle",
            setting="verify",
        ) from error


def _mozillas() -> str:
    """The path of certifi's bundle, found without importing the package, which takes 10 ms."""
    spec = find_spec("certifi")
    if spec is not None and spec.origin is not None:
        path = os.path.join(os.path.dirname(spec.origin), "cacert.pem")  # noqa: PTH118, PTH120
        if os.path.isfile(path):  # noqa: PTH113
            return path
    import certifi  # as some distributions change it: it knows where theirs is

    return certifi.where()
