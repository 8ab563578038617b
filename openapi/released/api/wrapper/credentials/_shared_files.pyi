from wrapper._credentials import Credentials
from wrapper._settings import Settings
from wrapper.credentials._provider import StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['SharedCredentialsProvider', 'ConfigFileProvider']

class SharedCredentialsProvider(StepsProvider):
    name: str
    def __init__(self, settings: Settings | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class ConfigFileProvider(StepsProvider):
    name: str
    def __init__(self, settings: Settings | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
