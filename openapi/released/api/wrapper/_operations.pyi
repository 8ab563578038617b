from _typeshed import Incomplete
from collections.abc import Callable, Mapping
from sagemaker_runtime import contract
from typing import Any, NamedTuple

__all__ = ['SERVICE_ID', 'SIGNING_NAME', 'WireRequest', 'Operation', 'INVOKE_ENDPOINT', 'INVOKE_ENDPOINT_ASYNC', 'INVOKE_ENDPOINT_WITH_RESPONSE_STREAM', 'OPERATIONS']

SERVICE_ID: Incomplete
SIGNING_NAME: Incomplete

class WireRequest(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

class Operation:
    name: Incomplete
    function: Incomplete
    get_kwargs: Incomplete
    rules: Incomplete
    body_required: Incomplete
    sensitive: Incomplete
    errors: Incomplete
    response_headers: Incomplete
    def __init__(self, facts: contract.Operation, get_kwargs: Callable[..., dict[str, Any]]) -> None: ...
    def request(self, values: Mapping[str, object], body: bytes | None) -> WireRequest: ...

INVOKE_ENDPOINT: Incomplete
INVOKE_ENDPOINT_ASYNC: Incomplete
INVOKE_ENDPOINT_WITH_RESPONSE_STREAM: Incomplete
OPERATIONS: Incomplete
