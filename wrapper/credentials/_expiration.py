"""The instants that AWS's tools and services write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from wrapper._errors import CredentialsError

__all__ = ["parse_expiration"]


def parse_expiration(value: object, origin: str) -> datetime:
    """Parse an instant; one without `Z`, `UTC` or an offset is taken as UTC.

    AWS writes ISO 8601. A `credential_process` may write what it likes, as long as dateutil, which
    AWS's tools for Python ask, can read it with a year, a month and a day.

    Raises:
        CredentialsError: It is no instant; the text names `origin`.
    """
    if isinstance(value, str):
        instant = _parse_iso(value.strip()) or _parse_other(value)
        if instant is not None:
            return instant if instant.utcoffset() is not None else instant.replace(tzinfo=UTC)
    raise CredentialsError(
        f"{origin} is not an instant such as 2030-01-01T00:00:00Z; the credentials are not used."
    )


def _parse_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _parse_other(text: str) -> datetime | None:
    from dateutil import parser

    # What is missing would be taken from the default: two of them tell.
    defaults = (datetime(2001, 1, 1), datetime(2002, 2, 2))  # noqa: DTZ001
    try:
        one, other = [parser.parse(text, default=each, tzinfos=_zone) for each in defaults]
    except (ValueError, ArithmeticError):
        return None
    return one if one == other else None


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """The time zone of this name or of so many seconds; other names than UTC's say too little."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name in {"UTC", "GMT", "Z"}:
        return UTC
    raise ValueError(name)
