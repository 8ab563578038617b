"""Amazon SageMaker Runtime for Python: typed, sync and async.

    import wrapper

    client = wrapper.SageMakerRuntimeClient(region="eu-west-1")
    print(client.invoke_endpoint("churn", {"rows": [[1, 2, 3]]}).json())

Names are imported when they are first used, so that a program loads no more than it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wrapper._version import __version__

if TYPE_CHECKING:
    from wrapper._async_client import AsyncSageMakerRuntimeClient
    from wrapper._auth import SigV4Auth
    from wrapper._bodies import Body
    from wrapper._client import SageMakerRuntimeClient
    from wrapper._config import Config
    from wrapper._credentials import Credentials, CredentialsProvider
    from wrapper._errors import (
        AccessDeniedError,
        ConfigurationError,
        ConnectError,
        ConnectTimeoutError,
        CredentialsError,
        EventStreamDecodeError,
        ExpiredTokenError,
        InternalDependencyException,
        InternalFailure,
        InternalStreamFailure,
        ModelError,
        ModelNotReadyException,
        ModelStreamError,
        OutputDecodeError,
        ParameterError,
        PayloadTooLargeError,
        PoolTimeoutError,
        ProtocolError,
        ReadTimeoutError,
        SageMakerRuntimeError,
        ServiceError,
        ServiceUnavailable,
        StreamError,
        StreamTruncatedError,
        ThrottlingError,
        TotalTimeoutError,
        TransportError,
        ValidationError,
        WriteTimeoutError,
    )
    from wrapper._headers import Headers
    from wrapper._outputs import InvokeEndpointAsyncOutput, InvokeEndpointOutput
    from wrapper._retry_policy import RetryEvent, RetryPolicy
    from wrapper._server_sent_events import ServerSentEvent
    from wrapper._streams import AsyncResponseStream, ResponseStream
    from wrapper._timeouts import Timeout

__all__ = [
    "AccessDeniedError",
    "AsyncResponseStream",
    "AsyncSageMakerRuntimeClient",
    "Body",
    "Config",
    "ConfigurationError",
    "ConnectError",
    "ConnectTimeoutError",
    "Credentials",
    "CredentialsError",
    "CredentialsProvider",
    "EventStreamDecodeError",
    "ExpiredTokenError",
    "Headers",
    "InternalDependencyException",
    "InternalFailure",
    "InternalStreamFailure",
    "InvokeEndpointAsyncOutput",
    "InvokeEndpointOutput",
    "ModelError",
    "ModelNotReadyException",
    "ModelStreamError",
    "OutputDecodeError",
    "ParameterError",
    "PayloadTooLargeError",
    "PoolTimeoutError",
    "ProtocolError",
    "ReadTimeoutError",
    "ResponseStream",
    "RetryEvent",
    "RetryPolicy",
    "SageMakerRuntimeClient",
    "SageMakerRuntimeError",
    "ServerSentEvent",
    "ServiceError",
    "ServiceUnavailable",
    "SigV4Auth",
    "StreamError",
    "StreamTruncatedError",
    "ThrottlingError",
    "Timeout",
    "TotalTimeoutError",
    "TransportError",
    "ValidationError",
    "WriteTimeoutError",
    "__version__",
]

_MODULES = {
    "AsyncResponseStream": "_streams",
    "AsyncSageMakerRuntimeClient": "_async_client",
    "Body": "_bodies",
    "Config": "_config",
    "Credentials": "_credentials",
    "CredentialsProvider": "_credentials",
    "Headers": "_headers",
    "InvokeEndpointAsyncOutput": "_outputs",
    "InvokeEndpointOutput": "_outputs",
    "ResponseStream": "_streams",
    "RetryEvent": "_retry_policy",
    "RetryPolicy": "_retry_policy",
    "SageMakerRuntimeClient": "_client",
    "ServerSentEvent": "_server_sent_events",
    "SigV4Auth": "_auth",
    "Timeout": "_timeouts",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_MODULES.get(name, '_errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
