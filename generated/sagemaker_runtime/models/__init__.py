# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

"""Contains all the data models used in inputs/outputs"""

from .internal_dependency_exception import InternalDependencyException
from .internal_failure import InternalFailure
from .internal_stream_failure import InternalStreamFailure
from .invoke_endpoint_async_output import InvokeEndpointAsyncOutput
from .model_error import ModelError
from .model_not_ready_exception import ModelNotReadyException
from .model_stream_error import ModelStreamError
from .payload_part import PayloadPart
from .service_unavailable import ServiceUnavailable
from .validation_error import ValidationError

__all__ = (
    "InternalDependencyException",
    "InternalFailure",
    "InternalStreamFailure",
    "InvokeEndpointAsyncOutput",
    "ModelError",
    "ModelNotReadyException",
    "ModelStreamError",
    "PayloadPart",
    "ServiceUnavailable",
    "ValidationError",
)
