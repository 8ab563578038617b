from collections.abc import Mapping
from datetime import datetime
from wrapper._credentials import Credentials
from wrapper._endpoints import Endpoint
from wrapper._http import Request
from wrapper._operations import WireRequest
from wrapper._timeouts import Phases

__all__ = ['user_agent', 'sign']

def user_agent(app_id: str | None) -> str: ...
def sign(wire: WireRequest, *, endpoint: Endpoint, user_agent: str, attempt_headers: Mapping[str, str], credentials: Credentials, now: datetime, timeout: Phases) -> Request: ...
