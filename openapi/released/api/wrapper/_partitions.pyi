from typing import NamedTuple

__all__ = ['Partition', 'PARTITIONS']

class Partition(NamedTuple):
    id: str
    dns_suffix: str
    dual_stack_dns_suffix: str
    supports_fips: bool
    supports_dual_stack: bool
    region_regex: str
    regions: tuple[str, ...]

PARTITIONS: tuple[Partition, ...]
