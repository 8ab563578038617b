"""Every error this package raises: one tree, each error with its facts as attributes.

    SageMakerRuntimeError
    ├─ ConfigurationError (ValueError)      ParameterError (ValueError)      CredentialsError
    ├─ OutputDecodeError (ValueError)
    ├─ TransportError
    │   └─ ConnectError  ConnectTimeoutError  ReadTimeoutError  WriteTimeoutError
    │      PoolTimeoutError  TotalTimeoutError  ProtocolError
    ├─ ServiceError
    │   ├─ ValidationError  ModelError  ModelNotReadyException
    │   ├─ InternalFailure  ServiceUnavailable  InternalDependencyException
    │   └─ ThrottlingError  AccessDeniedError  ExpiredTokenError  PayloadTooLargeError
    └─ StreamError
        └─ ModelStreamError  InternalStreamFailure  StreamTruncatedError  EventStreamDecodeError

The names of the service's own errors are the service's. Every error can be pickled and copied: the
constructor takes the message first and has a default for every fact, so that unpickling can call it
with the message alone and restore the facts afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wrapper._headers import Headers

__all__ = [
    "AccessDeniedError",
    "ConfigurationError",
    "ConnectError",
    "ConnectTimeoutError",
    "CredentialsError",
    "EventStreamDecodeError",
    "ExpiredTokenError",
    "InternalDependencyException",
    "InternalFailure",
    "InternalStreamFailure",
    "ModelError",
    "ModelNotReadyException",
    "ModelStreamError",
    "OutputDecodeError",
    "ParameterError",
    "PayloadTooLargeError",
    "PoolTimeoutError",
    "ProtocolError",
    "ReadTimeoutError",
    "SageMakerRuntimeError",
    "ServiceError",
    "ServiceUnavailable",
    "StreamError",
    "StreamTruncatedError",
    "ThrottlingError",
    "TotalTimeoutError",
    "TransportError",
    "ValidationError",
    "WriteTimeoutError",
]

_NO_HEADERS = Headers()


class SageMakerRuntimeError(Exception):
    """Base of every error raised by this package."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)


class ConfigurationError(SageMakerRuntimeError, ValueError):
    """A setting is missing, malformed or contradicts another.

    Attributes:
        setting: The setting's name as the caller spells it (`region`, `AWS_PROFILE` …), or None.
    """

    def __init__(self, message: str = "", *, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting


class ParameterError(SageMakerRuntimeError, ValueError):
    """An argument breaks a rule of the service; nothing was sent.

    Attributes:
        parameter: The argument's Python name.
        rule: The rule it breaks, in words.
        value: What was given; None when the parameter is sensitive.
    """

    def __init__(
        self,
        message: str = "",
        *,
        parameter: str | None = None,
        rule: str | None = None,
        value: object = None,
    ) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.rule = rule
        self.value = value


class OutputDecodeError(SageMakerRuntimeError, ValueError):
    """An answer's body is not the JSON or text that it was read as. The body is not shown.

    Attributes:
        content_type: The media type of the body, or None.
        request_id: The service's id of the request, or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        content_type: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.content_type = content_type
        self.request_id = request_id


class CredentialsError(SageMakerRuntimeError):
    """No usable credentials: none found, malformed, or expired and not refreshable."""


class TransportError(SageMakerRuntimeError):
    """The call failed below the level of HTTP answers: no connection, a timeout, a broken answer.

    Attributes:
        attempts: How many times the request was sent or tried.
        possibly_processed: Whether the service may have got the whole request, so that the model
            may have run. False when the request was not sent whole, or when an idle connection of
            the pool proved to have been closed by the service: then it is safe to send again.
    """

    _possibly_processed: ClassVar[bool] = True

    def __init__(
        self, message: str = "", *, attempts: int = 1, possibly_processed: bool | None = None
    ) -> None:
        super().__init__(message)
        self.attempts = attempts
        if possibly_processed is None:
            possibly_processed = self._possibly_processed
        self.possibly_processed = possibly_processed


class ConnectError(TransportError):
    """No connection could be made: name resolution or TLS failed, or it was refused or reset."""

    _possibly_processed = False


class ConnectTimeoutError(TransportError):
    """Connecting, TLS included, took longer than the connect timeout."""

    _possibly_processed = False


class ReadTimeoutError(TransportError):
    """No byte of the answer came within the read timeout; the model may still be running."""


class WriteTimeoutError(TransportError):
    """No byte of the request could be sent within the write timeout."""

    _possibly_processed = False


class PoolTimeoutError(TransportError):
    """No connection of the pool became free within the pool timeout."""

    _possibly_processed = False


class TotalTimeoutError(TransportError):
    """The whole call, with its attempts and waits, did not end within `RetryPolicy.total_timeout`.

    Its cause (`__cause__`) is the failure of the last attempt; None when the time was up before an
    attempt was sent. `possibly_processed` says whether any attempt may have reached the model.
    """


class ProtocolError(TransportError):
    """The connection broke during the exchange, or the answer is not valid HTTP."""


class ServiceError(SageMakerRuntimeError):
    """The service answered with an error. Unknown codes are raised as this class itself.

    Attributes:
        code: The service's name of the error (`ValidationError`, `ThrottlingException` …), or None
            when the answer named none.
        message: The service's message; None when it gave none. Values that the request marked as
            sensitive are masked in it.
        status_code: The HTTP status.
        request_id: The service's id of this request, or None.
        headers: The answer's headers; names compare without case.
        attempts: How many times the request was sent.
        is_retryable: Whether the same request may succeed later.
    """

    _retryable: ClassVar[bool] = False

    def __init__(
        self,
        text: str = "",
        *,
        code: str | None = None,
        message: str | None = None,
        status_code: int = 0,
        request_id: str | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        attempts: int = 1,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.message = message
        self.status_code = status_code
        self.request_id = request_id
        self.headers = headers
        self.attempts = attempts

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may succeed when sent again later."""
        return self._retryable or self.status_code in {429, 500, 502, 503, 504, 530}


class ValidationError(ServiceError):
    """The service refused the request as invalid (400), for example if the endpoint is unknown."""


class ModelError(ServiceError):
    """The model's container answered with an error (424).

    Attributes:
        original_status_code: The status the container answered with, or None.
        original_message: What the container said, or None. May repeat parts of the request, so it
            is not part of the error's text.
        log_stream_arn: The ARN of the container's log stream, or None.
    """

    def __init__(
        self,
        text: str = "",
        *,
        code: str | None = None,
        message: str | None = None,
        status_code: int = 0,
        request_id: str | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        attempts: int = 1,
        original_status_code: int | None = None,
        original_message: str | None = None,
        log_stream_arn: str | None = None,
    ) -> None:
        super().__init__(
            text,
            code=code,
            message=message,
            status_code=status_code,
            request_id=request_id,
            headers=headers,
            attempts=attempts,
        )
        self.original_status_code = original_status_code
        self.original_message = original_message
        self.log_stream_arn = log_stream_arn


class ModelNotReadyException(ServiceError):
    """The model is still being loaded (429); a multi-model endpoint can take minutes."""

    _retryable = True


class InternalFailure(ServiceError):
    """The service failed internally (500)."""

    _retryable = True


class ServiceUnavailable(ServiceError):
    """The service is unavailable at the moment (503)."""

    _retryable = True


class InternalDependencyException(ServiceError):
    """Something the service depends on failed (530)."""

    _retryable = True


class ThrottlingError(ServiceError):
    """Too many requests: 429, or 400 with a throttling code."""

    _retryable = True


class AccessDeniedError(ServiceError):
    """The caller may not do this, or the signature was refused (403)."""


class ExpiredTokenError(ServiceError):
    """The credentials have expired (403, or 400 from some services)."""


class PayloadTooLargeError(ServiceError):
    """The request's body is larger than the service accepts (413)."""


class StreamError(SageMakerRuntimeError):
    """A response stream failed after it had begun.

    Attributes:
        request_id: The service's id of this request, or None.
    """

    def __init__(self, text: str = "", *, request_id: str | None = None) -> None:
        super().__init__(text)
        self.request_id = request_id


class ModelStreamError(StreamError):
    """The model failed while streaming.

    Attributes:
        error_code: `ModelInvocationTimeExceeded`, `StreamBroken`, another, or None.
        message: The service's message, or None.
    """

    def __init__(
        self,
        text: str = "",
        *,
        error_code: str | None = None,
        message: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(text, request_id=request_id)
        self.error_code = error_code
        self.message = message


class InternalStreamFailure(StreamError):
    """The service failed while streaming.

    Attributes:
        message: The service's message, or None.
    """

    def __init__(
        self, text: str = "", *, message: str | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(text, request_id=request_id)
        self.message = message


class StreamTruncatedError(StreamError):
    """The connection ended before the stream did. What had arrived was handed over first."""


class EventStreamDecodeError(StreamError):
    """The bytes of the stream are not valid `application/vnd.amazon.eventstream`.

    Attributes:
        offset: The byte of the stream where the invalid part begins, or None.
    """

    def __init__(
        self, text: str = "", *, offset: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(text, request_id=request_id)
        self.offset = offset
