from _typeshed import Incomplete
from collections.abc import Mapping
from datetime import timedelta
from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper.credentials._provider import StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['SsoProvider', 'SsoProfileProvider']

class _Token:
    fields: Incomplete
    access_token: Incomplete
    expires_at: Incomplete
    def __init__(self, fields: Mapping[str, object], origin: str) -> None: ...
    def remaining(self) -> timedelta: ...

class SsoProvider(StepsProvider):
    name: str
    def __init__(self, account_id: str, role_name: str, start_url: str, sso_region: str, *, session: str | None = None, config: Config | None = None, login: str | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class SsoProfileProvider(StepsProvider):
    name: str
    def __init__(self, config: Config) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
