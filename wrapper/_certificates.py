"""A bundle of certificates, read into the context of TLS connections."""

from __future__ import annotations

import os
import ssl

from wrapper._errors import ConfigurationError

__all__ = ["verifying_context"]


def verifying_context(path: str) -> ssl.SSLContext:
    """A context that trusts the authorities in a bundle.

    Args:
        path: A file or a folder of PEM certificates.

    Raises:
        ConfigurationError: It is not a readable bundle.
    """
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
