from .internal_dependency_exception import InternalDependencyException as InternalDependencyException
from .internal_failure import InternalFailure as InternalFailure
from .internal_stream_failure import InternalStreamFailure as InternalStreamFailure
from .invoke_endpoint_async_output import InvokeEndpointAsyncOutput as InvokeEndpointAsyncOutput
from .model_error import ModelError as ModelError
from .model_not_ready_exception import ModelNotReadyException as ModelNotReadyException
from .model_stream_error import ModelStreamError as ModelStreamError
from .payload_part import PayloadPart as PayloadPart
from .service_unavailable import ServiceUnavailable as ServiceUnavailable
from .validation_error import ValidationError as ValidationError

__all__ = ['InternalDependencyException', 'InternalFailure', 'InternalStreamFailure', 'InvokeEndpointAsyncOutput', 'ModelError', 'ModelNotReadyException', 'ModelStreamError', 'PayloadPart', 'ServiceUnavailable', 'ValidationError']
