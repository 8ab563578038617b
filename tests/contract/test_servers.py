"""The servers of the spec are the endpoints that the wrapper sends to, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import yaml

from scripts.contract import spec
from wrapper._endpoints import resolve_endpoint
from wrapper._partitions import PARTITIONS

SERVERS = yaml.safe_load((Path(__file__).parents[2] / spec.SPEC).read_text())["servers"]

# The isolated partitions have no regions that anybody outside of them could send to.
REGIONS = [
    region
    for partition in PARTITIONS
    if not partition.id.startswith("aws-iso")
    for region in partition.regions
    if not region.endswith("-global")
]


def _servers() -> Iterator[tuple[str, str]]:
    """Each URL that the servers stand for, with its region."""
    for server in SERVERS:
        region = server["variables"]["region"]
        for value in region.get("enum", [region["default"]]):
            yield server["url"].replace("{region}", value), value


def _endpoints(region: str) -> set[str]:
    return {
        resolve_endpoint(region, use_fips=fips, use_dualstack=dualstack).url
        for fips, dualstack in product((False, True), repeat=2)
    }


@pytest.mark.parametrize(("url", "region"), sorted(_servers()))
def test_every_server_is_an_endpoint_of_its_region(url: str, region: str) -> None:
    assert url in _endpoints(region)


@pytest.mark.parametrize("region", REGIONS)
def test_every_endpoint_of_a_region_is_a_server(region: str) -> None:
    written = {
        server["url"].replace("{region}", region)
        for server in SERVERS
        if region in server["variables"]["region"].get("enum", [region])
    }
    assert _endpoints(region) <= written
