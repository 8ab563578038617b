from typing import Literal, NamedTuple
from wrapper._partitions import Partition

__all__ = ['Endpoint', 'resolve_endpoint', 'find_partition']

class Endpoint(NamedTuple):
    url: str
    scheme: Literal['https', 'http']
    host: str
    port: int
    authority: str
    base_path: str
    signing_region: str

def resolve_endpoint(region: str | None, *, endpoint_url: str | None = None, use_fips: bool = False, use_dualstack: bool = False, allow_insecure_http: bool = False) -> Endpoint: ...
def find_partition(region: str) -> Partition: ...
