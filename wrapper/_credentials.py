"""The value types of credentials: what signs a request, and what provides it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from wrapper._errors import CredentialsError
from wrapper._values import Value

__all__ = ["Credentials", "CredentialsProvider"]


class Credentials(Value):
    """An access key, with the session token and expiry of temporary ones.

    Attributes:
        access_key_id: For example `AKIAIOSFODNN7EXAMPLE`.
        secret_access_key: Never shown by `repr`.
        session_token: Of temporary credentials; never shown by `repr`.
        expiration: When temporary credentials end: an aware `datetime`, or None.

    Raises:
        CredentialsError: A key is no `str`; `expiration` is no `datetime`, or has no time zone.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expiration: datetime | None = None

    def _check(self) -> None:
        for name in ("access_key_id", "secret_access_key", "session_token"):
            value = getattr(self, name)
            if not (isinstance(value, str) or (value is None and name == "session_token")):
                raise CredentialsError(f"{name} must be a str, not {type(value).__name__}")
        if not isinstance(self.expiration, datetime | None):
            raise CredentialsError(
                f"expiration must be an aware datetime, not {type(self.expiration).__name__}; "
                "datetime.fromisoformat(…) reads text"
            )
        if self.expiration is not None and self.expiration.utcoffset() is None:
            raise CredentialsError(
                "expiration has no time zone; give an aware datetime, such as "
                "datetime.now(timezone.utc) + timedelta(hours=1)"
            )

    def __repr__(self) -> str:
        token = None if self.session_token is None else "***"
        return (
            f"Credentials(access_key_id={self.access_key_id!r}, secret_access_key='***', "
            f"session_token={token!r}, expiration={self.expiration!r})"
        )


CredentialsProvider: TypeAlias = Callable[[], Credentials]
"""Anything that returns credentials when called; it is called before each signing."""
