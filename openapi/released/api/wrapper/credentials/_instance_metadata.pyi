from typing import NamedTuple
from wrapper._credentials import Credentials
from wrapper._settings import Settings
from wrapper.credentials._provider import StepsProvider
from wrapper.credentials._steps import Steps

__all__ = ['InstanceMetadataProvider']

class _Options(NamedTuple):
    endpoint: str
    timeout: float
    attempts: int
    allows_version_1: bool

class InstanceMetadataProvider(StepsProvider):
    name: str
    def __init__(self, settings: Settings | None = None) -> None: ...
    def steps(self) -> Steps[Credentials]: ...
