from collections.abc import Mapping
from typing import TypeAlias
from wrapper._proxies import Proxies
from wrapper._settings import Settings
from wrapper._values import Value

__all__ = ['Verify', 'Config', 'resolve_config']

Verify: TypeAlias

class Config(Value):
    region: str | None
    endpoint_url: str | None
    profile: str
    use_fips: bool
    use_dualstack: bool
    verify: Verify
    proxies: Proxies
    max_attempts: int | None
    app_id: str | None
    origins: Mapping[str, str]
    settings: Settings
    def explain(self) -> str: ...

def resolve_config(*, region: str | None = None, endpoint_url: str | None = None, profile: str | None = None, use_fips: bool | None = None, use_dualstack: bool | None = None, verify: Verify | None = None, proxy: str | None = None, max_attempts: int | None = None, app_id: str | None = None, environ: Mapping[str, str] | None = None) -> Config: ...
