"""Names in Python of what the document names."""

from __future__ import annotations

import re

__all__ = ["argument_name", "python_name"]


def python_name(member: str) -> str:
    """The Python name of a member: `RequestTTLSeconds` is `request_ttl_seconds`."""
    words = re.sub(
        r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", member)
    )
    return words.lower()


def argument_name(wire_name: str) -> str:
    """The name that the generator gives the argument of a parameter."""
    from openapi_python_client.schema.untrusted_string import UntrustedString
    from openapi_python_client.strings import PythonIdentifier

    return str(PythonIdentifier(UntrustedString(wire_name), prefix="field_"))
