from collections.abc import Sequence
from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper.credentials._provider import StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['ProcessProvider', 'ProcessProfileProvider']

class ProcessProvider(StepsProvider):
    name: str
    def __init__(self, command: str | Sequence[str]) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class ProcessProfileProvider(StepsProvider):
    name: str
    def __init__(self, config: Config) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
