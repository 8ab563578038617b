from typing import Generic, Self, TypeVar
from wrapper._config import Config, Verify
from wrapper._retry_policy import RetryPolicy
from wrapper._timeouts import TimeoutLike
from wrapper.credentials import CredentialsLike

__all__ = ['DEFAULT_MAX_CONNECTIONS', 'BaseClient']

TransportT = TypeVar('TransportT')
DEFAULT_MAX_CONNECTIONS: int

class BaseClient(Generic[TransportT]):
    config: Config
    def __init__(self, region: str | None = None, *, endpoint_url: str | None = None, credentials: CredentialsLike | None = None, profile: str | None = None, use_fips: bool | None = None, use_dualstack: bool | None = None, timeout: TimeoutLike | None = None, retries: RetryPolicy | int | None = None, max_connections: int | None = None, verify: Verify | None = None, proxy: str | None = None, transport: TransportT | None = None, app_id: str | None = None, allow_insecure_http: bool = False) -> None: ...
    def with_options(self, *, timeout: TimeoutLike | None = None, retries: RetryPolicy | int | None = None) -> Self: ...
