from collections.abc import Callable
from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper.credentials._provider import Provider, StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['session_name', 'AssumeRoleProvider', 'AssumeRoleProfileProvider']

def session_name() -> str: ...

class AssumeRoleProvider(StepsProvider):
    name: str
    def __init__(self, role_arn: str, source: Provider, *, config: Config | None = None, external_id: str | None = None, role_session_name: str | None = None, duration_seconds: int | None = None, mfa_serial: str | None = None, mfa_code: Callable[[str], str] | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class AssumeRoleProfileProvider(StepsProvider):
    name: str
    def __init__(self, config: Config, *, mfa_code: Callable[[str], str] | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
