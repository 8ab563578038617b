from collections.abc import Mapping
from wrapper._credentials import Credentials
from wrapper.credentials._provider import StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['ContainerProvider']

class ContainerProvider(StepsProvider):
    name: str
    def __init__(self, environ: Mapping[str, str] | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
