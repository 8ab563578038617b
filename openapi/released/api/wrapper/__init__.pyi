from wrapper._async_client import AsyncSageMakerRuntimeClient as AsyncSageMakerRuntimeClient
from wrapper._auth import SigV4Auth as SigV4Auth
from wrapper._bodies import Body as Body
from wrapper._client import SageMakerRuntimeClient as SageMakerRuntimeClient
from wrapper._config import Config as Config
from wrapper._credentials import Credentials as Credentials, CredentialsProvider as CredentialsProvider
from wrapper._errors import AccessDeniedError as AccessDeniedError, ConfigurationError as ConfigurationError, ConnectError as ConnectError, ConnectTimeoutError as ConnectTimeoutError, CredentialsError as CredentialsError, EventStreamDecodeError as EventStreamDecodeError, ExpiredTokenError as ExpiredTokenError, InternalDependencyException as InternalDependencyException, InternalFailure as InternalFailure, InternalStreamFailure as InternalStreamFailure, ModelError as ModelError, ModelNotReadyException as ModelNotReadyException, ModelStreamError as ModelStreamError, ParameterError as ParameterError, PayloadTooLargeError as PayloadTooLargeError, PoolTimeoutError as PoolTimeoutError, ProtocolError as ProtocolError, ReadTimeoutError as ReadTimeoutError, SageMakerRuntimeError as SageMakerRuntimeError, ServiceError as ServiceError, ServiceUnavailable as ServiceUnavailable, StreamError as StreamError, StreamTruncatedError as StreamTruncatedError, ThrottlingError as ThrottlingError, TotalTimeoutError as TotalTimeoutError, TransportError as TransportError, ValidationError as ValidationError, WriteTimeoutError as WriteTimeoutError
from wrapper._headers import Headers as Headers
from wrapper._outputs import InvokeEndpointAsyncOutput as InvokeEndpointAsyncOutput, InvokeEndpointOutput as InvokeEndpointOutput
from wrapper._retry_policy import RetryEvent as RetryEvent, RetryPolicy as RetryPolicy
from wrapper._server_sent_events import ServerSentEvent as ServerSentEvent
from wrapper._streams import AsyncResponseStream as AsyncResponseStream, ResponseStream as ResponseStream
from wrapper._timeouts import Timeout as Timeout
from wrapper._version import __version__ as __version__

__all__ = ['__version__', 'AsyncSageMakerRuntimeClient', 'SigV4Auth', 'Body', 'SageMakerRuntimeClient', 'Config', 'Credentials', 'CredentialsProvider', 'AccessDeniedError', 'ConfigurationError', 'ConnectError', 'ConnectTimeoutError', 'CredentialsError', 'EventStreamDecodeError', 'ExpiredTokenError', 'InternalDependencyException', 'InternalFailure', 'InternalStreamFailure', 'ModelError', 'ModelNotReadyException', 'ModelStreamError', 'ParameterError', 'PayloadTooLargeError', 'PoolTimeoutError', 'ProtocolError', 'ReadTimeoutError', 'SageMakerRuntimeError', 'ServiceError', 'ServiceUnavailable', 'StreamError', 'StreamTruncatedError', 'ThrottlingError', 'TotalTimeoutError', 'TransportError', 'ValidationError', 'WriteTimeoutError', 'Headers', 'InvokeEndpointAsyncOutput', 'InvokeEndpointOutput', 'RetryEvent', 'RetryPolicy', 'ServerSentEvent', 'AsyncResponseStream', 'ResponseStream', 'Timeout']
