from _typeshed import Incomplete
from typing import Final, Literal, NamedTuple

class Parameter(NamedTuple):
    name: str
    member: str
    argument: str
    wire_name: str
    location: Literal['path', 'header', 'body']
    type: Literal['str', 'int', 'bytes']
    required: bool
    sensitive: bool
    minimum: int | None
    maximum: int | None
    pattern: str | None

class ResponseHeader(NamedTuple):
    name: str
    member: str
    wire_name: str
    sensitive: bool

class Operation(NamedTuple):
    name: str
    function: str
    method: str
    path: str
    status: int
    parameters: tuple[Parameter, ...]
    exactly_one_of: tuple[str, ...]
    response_headers: tuple[ResponseHeader, ...]
    errors: dict[int, str]
    stream_events: tuple[str, ...]
    stream_exceptions: tuple[str, ...]

API_VERSION: Final[str]
SERVICE_ID: Final[str]
SIGNING_NAME: Final[str]
SIGNING_ARGUMENTS: Final[Incomplete]
INVOKE_ENDPOINT: Final[Incomplete]
INVOKE_ENDPOINT_ASYNC: Final[Incomplete]
INVOKE_ENDPOINT_WITH_RESPONSE_STREAM: Final[Incomplete]
OPERATIONS: Final[Incomplete]
