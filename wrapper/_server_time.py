"""What an answer says of time: the service's clock, and how long to wait before a retry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

__all__ = ["learn_clock_offset", "read_retry_after"]

# `Signature expired: … is now earlier than … (20130908T173500Z - 5 min.)`: the service's own time.
_TIME_IN_MESSAGE = r"\(([0-9]{8}T[0-9]{6}Z) [+-] [0-9]+ min"

_LATEST = 32_503_680_000.0  # the year 3000: beyond, dates cannot be reckoned with


def learn_clock_offset(headers: Mapping[str, str], message: str | None, now: float) -> float | None:
    """Return how many seconds the service's clock is ahead of `now`, or None if it does not tell.

    The time is that in the message of a refused signature
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html), else the
    `Date` header, which a proxy may have set.

    Args:
        headers: The answer's; names compare without case.
        message: The service's message.
        now: Seconds since 1970 by this machine's clock.
    """
    match = re.search(_TIME_IN_MESSAGE, message) if message else None
    time = None
    if match is not None:
        from datetime import datetime

        try:
            time = datetime.fromisoformat(match[1]).timestamp()
        except ValueError:  # an impossible date
            time = None
    if time is None:
        time = _parse_http_date(headers.get("date"))
    return time - now if time is not None and 0 <= time < _LATEST else None


def read_retry_after(
    headers: Mapping[str, str], wall_clock: Callable[[], float]
) -> tuple[float, bool]:
    """Return the seconds to wait that an answer asks for, and whether in AWS's own header.

    AWS's `x-amz-retry-after` (milliseconds) goes before `Retry-After` (seconds or a date; RFC 9110,
    section 10.2.3). 0 when there is neither, or nothing that can be understood.

    Args:
        headers: The answer's; names compare without case.
        wall_clock: Returns seconds since 1970; asked when the answer has no `Date`.
    """
    milliseconds = _parse_number(headers.get("x-amz-retry-after"))
    if milliseconds is not None:
        return milliseconds / 1000, True
    value = headers.get("retry-after")
    seconds = _parse_number(value)
    if seconds is not None:
        return seconds, False
    until = _parse_http_date(value)
    if until is None:
        return 0.0, False
    # The answer's own time, if it has one, spares the difference between the two clocks.
    now = _parse_http_date(headers.get("date"))
    return max(0.0, until - (wall_clock() if now is None else now)), False


def _parse_number(value: str | None) -> float | None:
    try:
        number = float(int(value or ""))
    except (ValueError, OverflowError):
        return None
    return number if number >= 0 else None


def _parse_http_date(value: str | None) -> float | None:
    if not value:
        return None
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(value)
        # HTTP dates are in UTC, whether they say so or not.
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
