import attrs
from _typeshed import Incomplete
from collections.abc import Mapping
from datetime import datetime
from typing import Any

__all__ = ['InvokeEndpointOutput', 'InvokeEndpointAsyncOutput', 'charset']

@attrs.frozen(kw_only=True)
class InvokeEndpointOutput:
    body: bytes = attrs.field(repr=Incomplete)
    content_type: str | None
    invoked_production_variant: str | None
    custom_attributes: str | None = attrs.field(repr=False)
    new_session_id: str | None
    new_session_expires: datetime | None
    closed_session_id: str | None
    status_code: int
    request_id: str | None
    headers: Mapping[str, str] = attrs.field(repr=False)
    attempts: int
    def text(self, encoding: str | None = None) -> str: ...
    def json(self) -> Any: ...

@attrs.frozen(kw_only=True)
class InvokeEndpointAsyncOutput:
    inference_id: str | None
    output_location: str | None
    failure_location: str | None
    status_code: int
    request_id: str | None
    headers: Mapping[str, str] = attrs.field(repr=False)
    attempts: int

def charset(content_type: str | None) -> str: ...
