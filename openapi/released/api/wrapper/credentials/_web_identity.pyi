from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper.credentials._provider import StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['WebIdentityProvider', 'WebIdentityProfileProvider']

class WebIdentityProvider(StepsProvider):
    name: str
    def __init__(self, role_arn: str, token_file: str, *, config: Config | None = None, role_session_name: str | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class WebIdentityProfileProvider(StepsProvider):
    name: str
    def __init__(self, config: Config) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
