"""Endpoint resolution against botocore's rule-set engine, and URL parsing against httpx."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from unittest import mock

import botocore
import httpx
import pytest
from botocore.client import ClientCreator
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError, InvalidRegionError
from botocore.utils import is_valid_uri, validate_region_name
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wrapper import _partitions
from wrapper._endpoints import find_partition, resolve_endpoint
from wrapper._errors import ConfigurationError
from wrapper._partitions import PARTITIONS

DATA = Path(botocore.__file__).parent / "data"
RULES = json.loads(
    gzip.decompress(
        (DATA / "sagemaker-runtime/2017-05-13/endpoint-rule-set-1.json.gz").read_bytes()
    )
)
PARTITION_DATA = json.loads((DATA / "partitions.json").read_text("utf-8"))
BOTOCORE = EndpointProvider(RULES, PARTITION_DATA)
REGIONS = sorted({r for p in PARTITION_DATA["partitions"] for r in p["regions"]})
SWITCHES = list(itertools.product([False, True], repeat=2))

LOWER = "abcdefghijklmnopqrstuvwxyz"
labels = st.text(LOWER + "0123456789-", min_size=1, max_size=66)
plausible = st.builds(
    "{}-{}-{}".format,
    st.sampled_from(
        [
            "us",
            "eu",
            "ap",
            "sa",
            "cn",
            "eusc-de",
            "us-iso",
            "us-isob",
            "eu-isoe",
            "us-isof",
            "us-gov",
            "xy",
        ]
    ),
    st.text(LOWER, min_size=1, max_size=9),
    st.integers(0, 99),
)
pseudo = st.one_of(
    st.sampled_from(REGIONS).map("fips-{}".format),
    st.sampled_from(REGIONS).map("{}-fips".format),
    plausible.map("fips-{}".format),
    labels.map("{}-fips".format),
)


def ask_botocore(region, use_fips, use_dualstack, provider=BOTOCORE, endpoint_url=None):
    """Return the URL that a botocore client would use, or None when it refuses."""
    try:
        validate_region_name(region)
        region, config = ClientCreator._normalize_fips_region(None, region, None)
        validate_region_name(region)  # botocore does not look again; this package does
        found = provider.resolve_endpoint(
            Region=region,
            UseFIPS=use_fips or config is not None,
            UseDualStack=use_dualstack,
            **({} if endpoint_url is None else {"Endpoint": endpoint_url}),
        )
    except (EndpointProviderError, InvalidRegionError):
        return None
    return found.url if is_valid_uri(found.url) else None


def ask_ours(region, use_fips, use_dualstack, endpoint_url=None):
    try:
        return resolve_endpoint(
            region, use_fips=use_fips, use_dualstack=use_dualstack, endpoint_url=endpoint_url
        ).url
    except ConfigurationError:
        return None


@pytest.mark.parametrize(("use_fips", "use_dualstack"), SWITCHES)
def test_every_listed_region_has_botocores_url(use_fips, use_dualstack):
    assert len(REGIONS) > 50
    for region in REGIONS:
        ours = ask_ours(region, use_fips, use_dualstack)
        assert ours == ask_botocore(region, use_fips, use_dualstack) is not None


@settings(max_examples=300, deadline=None)
@given(region=plausible | labels | pseudo, switches=st.sampled_from(SWITCHES))
def test_any_other_region_has_botocores_url_or_both_refuse(region, switches):
    assert ask_ours(region, *switches) == ask_botocore(region, *switches)


@settings(max_examples=300, deadline=None)
@given(region=st.text(max_size=70), switches=st.sampled_from(SWITCHES))
def test_what_botocore_refuses_is_refused_and_what_is_accepted_is_equal(region, switches):
    assert ask_ours(region, *switches) in {None, ask_botocore(region, *switches)}


def test_botocore_accepts_upper_case_and_this_package_does_not():
    assert ask_botocore("US-EAST-1", False, False) is not None
    assert ask_ours("US-EAST-1", False, False) is None


@pytest.mark.parametrize("supports", SWITCHES)
def test_partitions_without_fips_or_dual_stack_refuse_as_botocore_does(supports):
    fips, dual_stack = supports
    data = json.loads(json.dumps(PARTITION_DATA))
    for partition in data["partitions"]:
        partition["outputs"].update(supportsFIPS=fips, supportsDualStack=dual_stack)
    provider = EndpointProvider(RULES, data)
    ours = tuple(p._replace(supports_fips=fips, supports_dual_stack=dual_stack) for p in PARTITIONS)
    with mock.patch.object(_partitions, "PARTITIONS", ours):
        for region, switches in itertools.product(REGIONS, SWITCHES):
            assert ask_ours(region, *switches) == ask_botocore(region, *switches, provider)


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-east-1-fips", "xy-north-1"])
def test_a_custom_endpoint_is_taken_or_refused_as_by_botocore(region, switches):
    url = "https://vpce-1.runtime.sagemaker.us-east-1.vpce.amazonaws.com:8443/prefix"
    theirs = ask_botocore(region, *switches, endpoint_url=url)
    assert ask_ours(region, *switches, endpoint_url=url) == theirs


@settings(max_examples=300, deadline=None)
@given(region=plausible | labels | st.sampled_from(REGIONS))
def test_a_region_is_in_the_partition_that_botocore_says(region):
    expected = BOTOCORE.ruleset.rule_lib.aws_partition(region)
    partition = find_partition(region)
    assert partition.id == expected["name"]
    assert partition.dns_suffix == expected["dnsSuffix"]
    assert partition.dual_stack_dns_suffix == expected["dualStackDnsSuffix"]


hosts = st.one_of(
    st.lists(
        st.builds("{}{}".format, st.sampled_from("abzABZ"), st.text("abzABZ019")),
        min_size=1,
        max_size=4,
    ).map(".".join),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map("[{}]".format),
)
segments = st.text("azAZ09._~!$&'()*+,;=:@-", max_size=8) | st.just("a%2Fb%C3%A9")
paths = st.lists(segments, max_size=3).map(lambda found: "".join(f"/{one}" for one in found))


@settings(max_examples=300, deadline=None)
@given(
    scheme=st.sampled_from(["http", "https"]),
    host=hosts,
    port=st.none() | st.integers(1, 65535),
    path=paths,
)
def test_httpx_reads_the_url_as_it_was_taken_apart(scheme, host, port, path):
    assume(not {".", ".."} & set(path.split("/")))
    url = f"{scheme}://{host}{'' if port is None else f':{port}'}{path}"
    endpoint = resolve_endpoint("us-east-1", endpoint_url=url, allow_insecure_http=True)
    read = httpx.URL(endpoint.url)
    assert read.scheme == endpoint.scheme
    assert read.host == endpoint.host
    assert read.port in {None, endpoint.port}
    assert read.netloc.decode() == endpoint.authority
    assert read.raw_path.decode() == (endpoint.base_path or "/")
    assert endpoint.base_path == path.rstrip("/")


pieces = st.lists(
    st.sampled_from(
        [
            *"/@?#[]\\.:%-_ \t\n",
            "%2f",
            "é",
            "a",
            "b.c",
            "1",
            "80",
            "127.0.0.1",
            "[::1]",
            "0x7f",
            "//",
        ]
    ),
    max_size=8,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(url=st.builds("http://{}a{}".format, pieces, pieces) | pieces.map("http://{}".format))
def test_no_url_that_passes_leads_httpx_to_another_host(url):
    try:
        endpoint = resolve_endpoint("us-east-1", endpoint_url=url, allow_insecure_http=True)
    except ConfigurationError:
        return
    read = httpx.URL(url)
    assert (read.host, read.port or 80) == (endpoint.host, endpoint.port)
    assert (read.userinfo, read.query, read.fragment) == (b"", b"", "")
