"""The instants that AWS's tools and services write."""

from __future__ import annotations

from datetime import UTC, datetime

from wrapper._errors import CredentialsError

__all__ = ["parse_expiration"]


def parse_expiration(value: object, origin: str) -> datetime:
    """Parse an ISO 8601 instant, with `Z`, `UTC` or an offset; one without is taken as UTC.

    Raises:
        CredentialsError: It is no such instant; the text names `origin`.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.endswith("UTC"):  # as AWS's command line writes it in its caches
            text = text[:-3] + "Z"
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return instant if instant.utcoffset() is not None else instant.replace(tzinfo=UTC)
    raise CredentialsError(
        f"{origin} is not an instant such as 2030-01-01T00:00:00Z; the credentials are not used."
    )
