"""Credentials of the environment's variables."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wrapper._credentials import Credentials
from wrapper._errors import CredentialsError
from wrapper.credentials._expiration import parse_expiration
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ["EnvironmentProvider"]


class EnvironmentProvider(StepsProvider):
    """`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, of temporary ones, `AWS_SESSION_TOKEN`.

    The older `AWS_SECURITY_TOKEN` serves as well and prevails, and `AWS_CREDENTIAL_EXPIRATION`
    (ISO 8601) says when they end, both as in botocore.

    Args:
        environ: The environment; that of the process when left out.
    """

    name = "environment"

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = None if environ is os.environ else environ

    def steps(self) -> Steps[Credentials]:
        """Read the variables."""
        yield from ()  # no effect is needed
        environ = os.environ if self._environ is None else self._environ
        access_key_id = environ.get("AWS_ACCESS_KEY_ID")
        if not access_key_id:
            raise CredentialsNotConfigured(
                "AWS_ACCESS_KEY_ID is not set",
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN for "
                "temporary credentials",
            )
        secret_access_key = environ.get("AWS_SECRET_ACCESS_KEY")
        if not secret_access_key:
            raise CredentialsError(
                "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not. Set both, or neither."
            )
        expiration = environ.get("AWS_CREDENTIAL_EXPIRATION")
        return Credentials(
            access_key_id,
            secret_access_key,
            environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN") or None,
            parse_expiration(expiration, "AWS_CREDENTIAL_EXPIRATION") if expiration else None,
        )
