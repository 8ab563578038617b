"""What broke an exchange, as this package's errors: one wording for all engines."""

from __future__ import annotations

import os
from typing import Final, NoReturn

from wrapper import _errors
from wrapper._errors import TransportError
from wrapper._http import Request
from wrapper._http11.head import AnswerError, RequestError

__all__ = [
    "BodySourceError",
    "PhaseTimeoutError",
    "connect_error",
    "exchange_error",
    "note_progress",
    "processed_before",
    "raise_from",
    "transport_error",
    "was_closed_while_idle",
]


_ROUND_TRIPS: Final = 4
_SHORTEST_NEWS_SECONDS: Final = 0.1
_LONGEST_NEWS_SECONDS: Final = 1.0


def was_closed_while_idle(
    error: BaseException, reused_for: float | None, round_trip: float, *, begun: bool
) -> bool:
    """Whether a connection broke because it had been closed before the request came.

    One that served before, and ends as soon after the request as news of that takes to come, had
    been. What ends later, without a byte of the answer, may have run the model.

    Args:
        error: How the exchange ended.
        reused_for: The seconds since a connection that had served before was taken; None for a new
            connection.
        round_trip: How long its connecting took, in seconds: about one round trip.
        begun: Whether a byte of the answer had come.
    """
    if begun or reused_for is None or not isinstance(error, OSError | AnswerError):
        return False
    news = max(_SHORTEST_NEWS_SECONDS, _ROUND_TRIPS * round_trip)
    return reused_for < min(news, _LONGEST_NEWS_SECONDS)


class BodySourceError(Exception):
    """What gives the pieces of a request's body failed: none of the exchange's business.

    Attributes:
        error: How it failed.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class PhaseTimeoutError(Exception):
    """A phase of an exchange took too long.

    Attributes:
        kind: The error that it means to the caller.
    """

    def __init__(self, kind: type[TransportError]) -> None:
        super().__init__()
        self.kind = kind


def transport_error(
    kind: type[TransportError],
    request: Request,
    reason: str = "",
    *,
    possibly_processed: bool | None = None,
) -> TransportError:
    """The error to raise.

    Args:
        kind: Its class.
        request: What was being sent.
        reason: What else is known.
        possibly_processed: As in `TransportError`; None for what is usual of the class.
    """
    where, timeout = request.endpoint.authority, request.timeout
    said = {
        _errors.ConnectTimeoutError: f"no connection to {where} within {timeout.connect} s",
        _errors.ReadTimeoutError: (
            f"{where} sent nothing for {timeout.read} s; the model may still be running. "
            "A longer timeout= allows for more"
        ),
        _errors.WriteTimeoutError: f"{where} took nothing for {timeout.write} s",
        _errors.PoolTimeoutError: (
            f"no connection became free within {timeout.pool} s: close streams that are no longer "
            "read, or allow more with max_connections="
        ),
        _errors.ConnectError: f"no connection to {where}",
    }.get(kind, f"the exchange with {where} broke")
    text = f"{said}: {reason}" if reason else said
    return kind(text, possibly_processed=possibly_processed)


def connect_error(error: BaseException, request: Request) -> BaseException:
    """The error to raise when connecting failed."""
    if isinstance(error, PhaseTimeoutError):
        return transport_error(error.kind, request)
    if isinstance(error, OSError):
        reason = _connect_reason(error)
        region = request.endpoint.signing_region
        if type(error).__name__ == "gaierror" and f".{region}." in request.endpoint.host:
            reason = (
                f"{reason}; if the network and its name service are well, is {region!r} the region?"
            )
        return transport_error(_errors.ConnectError, request, reason)
    if isinstance(error, UnicodeError):
        return transport_error(_errors.ConnectError, request, "that is no host's name")
    return error


def exchange_error(
    error: BaseException, request: Request, *, sent: bool, closed_while_idle: bool
) -> BaseException:
    """The error to raise when an exchange failed; whatever is not about it stays what it is.

    Args:
        error: What happened.
        request: What was being sent.
        sent: Whether all of it was.
        closed_while_idle: As `was_closed_while_idle` says.
    """
    if isinstance(error, PhaseTimeoutError):
        kind = error.kind
        return transport_error(
            kind,
            request,
            possibly_processed=sent if kind is _errors.ReadTimeoutError else None,
        )
    if isinstance(error, AnswerError):
        reason = str(error)
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
    elif isinstance(error, RequestError):
        reason = str(error)
        sent = False
    elif isinstance(error, BodySourceError):
        return error.error
    else:
        return error
    return transport_error(
        _errors.ProtocolError,
        request,
        reason,
        possibly_processed=sent and not closed_while_idle,
    )


def note_progress(error: BaseException, *, processed: bool) -> None:
    """Note on what cancelled a task whether the service may have processed the request.

    Whoever set the limit that ended the exchange looks for it with `processed_before`.
    """
    if type(error).__name__ == "CancelledError":
        error.possibly_processed = processed  # type: ignore[attr-defined]


def processed_before(error: BaseException | None) -> bool:
    """Whether the service may have processed the request that a cancellation ended."""
    found: bool = getattr(error, "possibly_processed", True)
    return found


def raise_from(error: BaseException, cause: BaseException) -> NoReturn:
    """Raise an error that another caused; or that one, when they are the same."""
    try:
        if error is cause:
            raise error
        raise error from cause
    finally:
        # The frame is on the error's traceback: naming the error, it would keep all of that alive.
        del error, cause


def _connect_reason(error: OSError) -> str:
    """Why there is no connection, in words."""
    # Names instead of classes: `ssl` is not loaded for plain HTTP, and `socket` is for shells.
    if (said := getattr(error, "verify_message", None)) is not None:
        return (
            f"its certificate is refused: {said.rstrip('.')}; "
            "for a private authority pass verify= or set AWS_CA_BUNDLE"
        )
    if (said := getattr(error, "reason", None)) is not None:
        return f"TLS failed: {said.replace('_', ' ').lower()}"
    if type(error).__name__ == "gaierror" or not error.errno:
        # asyncio has no words for an end in the middle of TLS's handshake.
        return error.strerror or str(error) or "it was closed while it was being made"
    return os.strerror(error.errno)  # asyncio has a text of its own
