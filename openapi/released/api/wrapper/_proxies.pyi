from collections.abc import Mapping
from wrapper._values import Value

__all__ = ['Proxies', 'proxies_from_environment', 'mask_userinfo']

class Proxies(Value):
    https: str | None = None
    http: str | None = None
    no_proxy: str = ''
    def for_url(self, url: str) -> str | None: ...

def proxies_from_environment(environ: Mapping[str, str]) -> Proxies: ...
def mask_userinfo(url: str) -> str: ...
