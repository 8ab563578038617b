from wrapper.local import faults as faults
from wrapper.local._endpoints import Endpoint as Endpoint, Variant as Variant
from wrapper.local._models import Model as Model, ModelRequest as ModelRequest, ModelResponse as ModelResponse, ModelResult as ModelResult
from wrapper.local._requests import ReceivedRequest as ReceivedRequest, RequestLog as RequestLog
from wrapper.local._runtime import LOCAL_CREDENTIALS as LOCAL_CREDENTIALS, LocalRuntime as LocalRuntime, echo as echo

__all__ = ['faults', 'Endpoint', 'Variant', 'Model', 'ModelRequest', 'ModelResponse', 'ModelResult', 'ReceivedRequest', 'RequestLog', 'LOCAL_CREDENTIALS', 'LocalRuntime', 'echo']
