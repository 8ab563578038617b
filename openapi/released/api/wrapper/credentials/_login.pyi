from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper.credentials._provider import StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['LoginProvider', 'LoginProfileProvider']

class LoginProvider(StepsProvider):
    name: str
    def __init__(self, login_session: str, *, cache_directory: str | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class LoginProfileProvider(StepsProvider):
    name: str
    def __init__(self, config: Config) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
