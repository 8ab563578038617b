"""The way of a call, written once: what to do next, decided without doing it.

A call is a generator. It yields an effect (fetch the credentials, send this request, sleep), is
resumed with what came of it, and returns the answer. The clients perform the effects: one inline,
the other on an event loop.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from os import urandom
from typing import Final, TypeAlias

from wrapper._credentials import Credentials
from wrapper._endpoints import Endpoint
from wrapper._errors import SageMakerRuntimeError
from wrapper._http import Answer, Request
from wrapper._operations import Operation
from wrapper._requests import RequestMaker
from wrapper._responses import decode_error
from wrapper._retry import RetryStrategy
from wrapper._retry_policy import RetryAction
from wrapper._timeouts import BoundedTimeout, Phases, Timeout, TimeoutLike, as_timeout
from wrapper._values import Value

__all__ = ["CallSettings", "ClockOffset", "Effect", "FetchCredentials", "call"]


class FetchCredentials:
    """The effect of asking for the credentials that are valid now.

    Attributes:
        refused: Credentials that the service has just refused as expired, or None: whatever their
            expiry says, others are wanted.
    """

    __slots__ = ("refused",)

    def __init__(self, refused: Credentials | None = None) -> None:
        self.refused = refused


_FETCH_CREDENTIALS: Final = FetchCredentials()

Effect: TypeAlias = Request | FetchCredentials | float
"""Send a request; fetch the credentials; sleep for some seconds."""


class ClockOffset:
    """What was learnt of this machine's clock: the seconds to add to it when signing."""

    __slots__ = ("seconds",)

    def __init__(self) -> None:
        self.seconds = 0.0


class CallSettings(Value):
    """What all calls of a client share.

    Attributes:
        endpoint: Where requests go.
        requests: Makes requests to it.
        timeout: The timeout of a call that names none.
        retries: When to send again.
        clock_offset: Learnt from the service when it refuses a signature for its time.
    """

    endpoint: Endpoint
    requests: RequestMaker
    timeout: Timeout
    retries: RetryStrategy
    clock_offset: ClockOffset


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

    Returns:
        A successful answer, and how many attempts it took.

    Raises:
        ParameterError: A parameter breaks a rule; nothing was sent.
        CredentialsError: There are no usable credentials.
        ServiceError: The service answered with an error.
        TransportError: The exchange failed, or took longer than the policy allows the whole call.
    """
    prepared, blanks = settings.requests.prepare(operation, values, has_body=body is not None)
    content = body or b""
    content_sha256 = sha256(content).hexdigest()
    phases: Phases = as_timeout(timeout, settings.timeout)
    attempts = settings.retries.begin(_invocation_id())
    if attempts.remaining() is not None:
        phases = BoundedTimeout(phases, attempts.remaining)
    offset = settings.clock_offset.seconds
    fetch = _FETCH_CREDENTIALS
    refusal: SageMakerRuntimeError | None = None
    while True:
        credentials = yield fetch
        assert isinstance(credentials, Credentials)  # noqa: S101  # what the effect gives
        if refusal is not None and credentials == fetch.refused:
            try:
                raise refusal  # there are no others to try
            finally:
                refusal = None  # or its traceback, which has this frame, would keep itself alive
        if attempts.remaining() == 0:
            raise attempts.timed_out(None)
        now = datetime.now(UTC)
        request = prepared.sign(
            attempts.header_values(),
            blanks,
            content,
            content_sha256,
            credentials=credentials,
            now=now + timedelta(seconds=offset) if offset else now,
            timeout=phases,
        )
        try:
            answer = yield request
            if isinstance(answer, Answer) and not 200 <= answer.status < 300:
                raise decode_error(
                    operation,
                    answer,
                    attempts.number,
                    secrets=_secrets(operation, values, credentials),
                )
        except SageMakerRuntimeError as error:
            decision = attempts.after_error(error, clock_offset=offset)
            if decision.is_too_late:
                raise attempts.timed_out(error) from error
            if decision.action is RetryAction.GIVE_UP:
                raise
            refused = error
        else:
            attempts.succeeded()
            settings.clock_offset.seconds = offset  # it has proved right
            return answer, attempts.number
        fetch = _FETCH_CREDENTIALS
        if decision.action is RetryAction.RESIGN:
            offset = decision.clock_offset
        elif decision.action is RetryAction.REFRESH_CREDENTIALS:
            fetch = FetchCredentials(refused=credentials)
            refusal = refused
        if decision.delay:
            yield decision.delay


def _invocation_id() -> str:
    """A random UUID (RFC 9562, version 4), whatever the program seeds its `random` with.

    Importing `uuid`, or `random`, would take longer than a thousand ids.
    """
    digits = urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _secrets(
    operation: Operation, values: Mapping[str, object], credentials: Credentials
) -> list[str]:
    """What the service's message may repeat, such as a canonical request, and nobody shall see."""
    secrets: list[str] = []
    for name in operation.sensitive:
        if isinstance(value := values[name], str):
            # As it was sent, and with blanks folded, as the canonical request has it.
            secrets += (value, " ".join(value.split()))
    secrets.append(credentials.session_token or "")
    return [secret for secret in secrets if secret]
