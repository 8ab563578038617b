"""The way of a call, written once: what to do next, decided without doing it.

A call is a generator. It yields an effect (fetch the credentials, send this request, sleep), is
resumed with what came of it, and returns the answer. The clients perform the effects: one inline,
the other on an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias, TypeVar

import attrs

from wrapper._credentials import Credentials
from wrapper._endpoints import Endpoint
from wrapper._errors import TransportError
from wrapper._http import Answer, AsyncOpenAnswer, OpenAnswer, Request
from wrapper._operations import Operation
from wrapper._requests import sign
from wrapper._responses import decode_error
from wrapper._timeouts import Timeout, TimeoutLike, as_timeout

__all__ = ["FETCH_CREDENTIALS", "Call", "CallSettings", "Effect", "FetchCredentials", "call"]

AnswerT = TypeVar("AnswerT", Answer, OpenAnswer, AsyncOpenAnswer)


class FetchCredentials:
    """The effect of asking for the credentials that are valid now."""


FETCH_CREDENTIALS: Final = FetchCredentials()

Effect: TypeAlias = Request | FetchCredentials | float
"""Send a request; fetch the credentials; sleep for some seconds."""

Call: TypeAlias = Generator[Effect, object, tuple[AnswerT, int]]
"""A call: yields effects, returns a successful answer and how many attempts it took."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@attrs.frozen
class CallSettings:
    """What all calls of a client share.

    Attributes:
        endpoint: Where requests go.
        user_agent: The value of the `User-Agent` header.
        timeout: The timeout of a call that names none.
        clock: What tells the time of signing.
    """

    endpoint: Endpoint
    user_agent: str
    timeout: Timeout
    clock: Callable[[], datetime] = _utc_now


def call(
    settings: CallSettings,
    operation: Operation,
    values: Mapping[str, object],
    body: bytes | None,
    timeout: TimeoutLike | None,
) -> Generator[Effect, object, tuple[object, int]]:
    """Make a call.

    Args:
        settings: What all calls of the client share.
        operation: What to ask for.
        values: The parameters by their Python names; None where one is not given.
        body: The bytes of the body, or None for none.
        timeout: The timeout of this call, or None for the client's.

    Raises:
        ParameterError: A parameter breaks a rule; nothing was sent.
        ServiceError: The service answered with an error.
        TransportError: The exchange failed.
    """
    wire = operation.request(values, body)
    phases = as_timeout(timeout, settings.timeout)
    attempts = 1
    credentials = yield FETCH_CREDENTIALS
    assert isinstance(credentials, Credentials)  # noqa: S101  # what the effect gives
    request = sign(
        wire,
        endpoint=settings.endpoint,
        user_agent=settings.user_agent,
        attempt_headers={},
        credentials=credentials,
        now=settings.clock(),
        timeout=phases,
    )
    try:
        answer = yield request
    except TransportError as error:
        error.attempts = attempts
        raise
    if isinstance(answer, Answer) and not 200 <= answer.status < 300:
        secrets = [value for name in operation.sensitive if isinstance(value := values[name], str)]
        if credentials.session_token:
            secrets.append(credentials.session_token)
        raise decode_error(operation, answer, attempts, secrets=secrets)
    return answer, attempts
