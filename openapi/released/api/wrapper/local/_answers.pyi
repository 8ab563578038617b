from _typeshed import Incomplete
from collections.abc import Mapping

__all__ = ['ACCOUNT_ID', 'STATUS_CODES', 'AnsweredError', 'model_error']

ACCOUNT_ID: str
STATUS_CODES: Mapping[str, int]

class AnsweredError(Exception):
    code: Incomplete
    message: Incomplete
    status_code: Incomplete
    members: Incomplete
    headers: Incomplete
    def __init__(self, code: str, message: str | None, *, status_code: int | None = None, members: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None) -> None: ...
    def as_json(self) -> tuple[dict[str, str], bytes]: ...
    def as_xml(self, request_id: str) -> tuple[dict[str, str], bytes]: ...

def model_error(*, region: str, endpoint_name: str, container: str, status_code: int, message: str) -> AnsweredError: ...
