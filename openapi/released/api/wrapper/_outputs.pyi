from collections.abc import Mapping
from datetime import datetime
from typing import Any
from wrapper._values import Value

__all__ = ['InvokeEndpointOutput', 'InvokeEndpointAsyncOutput', 'charset']

class InvokeEndpointOutput(Value, kw_only=True):
    body: bytes
    content_type: str | None
    invoked_production_variant: str | None
    custom_attributes: str | None
    new_session_id: str | None
    new_session_expires: datetime | None
    closed_session_id: str | None
    status_code: int
    request_id: str | None
    headers: Mapping[str, str]
    attempts: int
    def text(self, encoding: str | None = None) -> str: ...
    def json(self) -> Any: ...

class InvokeEndpointAsyncOutput(Value, kw_only=True):
    inference_id: str | None
    output_location: str | None
    failure_location: str | None
    status_code: int
    request_id: str | None
    headers: Mapping[str, str]
    attempts: int

def charset(content_type: str | None) -> str: ...
