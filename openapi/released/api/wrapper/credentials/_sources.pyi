from _typeshed import Incomplete
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias
from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper.credentials._provider import Provider, StepsProvider
from wrapper.credentials._refresh import RefreshingCredentials
from wrapper.credentials._steps import Steps

__all__ = ['StaticProvider', 'CallableProvider', 'BotocoreCredentials', 'BotocoreSession', 'BotocoreProvider', 'CredentialsLike', 'as_source']

class StaticProvider(StepsProvider):
    name: str
    def __init__(self, credentials: Credentials) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class CallableProvider(StepsProvider):
    is_asked_each_time: bool
    name: Incomplete
    def __init__(self, function: Callable[[], Credentials | Awaitable[Credentials]]) -> None: ...
    def steps(self) -> Steps[Credentials]: ...

class _FrozenCredentials(Protocol):
    @property
    def access_key(self) -> str | None: ...
    @property
    def secret_key(self) -> str | None: ...
    @property
    def token(self) -> str | None: ...

class BotocoreCredentials(Protocol):
    def get_frozen_credentials(self) -> _FrozenCredentials: ...

class BotocoreSession(Protocol):
    def get_credentials(self) -> BotocoreCredentials | None: ...

class BotocoreProvider(Provider):
    name: str
    is_asked_each_time: bool
    def __init__(self, session: BotocoreSession | BotocoreCredentials) -> None: ...
    def load(self) -> Credentials: ...
    async def load_async(self) -> Credentials: ...
CredentialsLike: TypeAlias = Credentials | Provider | BotocoreSession | BotocoreCredentials | Callable[[], Credentials | Awaitable[Credentials]]

def as_source(value: CredentialsLike | None = None, config: Config | None = None) -> RefreshingCredentials: ...
