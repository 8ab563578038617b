"""Endpoint resolution: hosts, custom URLs, and what is refused."""

from __future__ import annotations

import pickle
import re
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper import _partitions
from wrapper._endpoints import Endpoint, find_partition, resolve_endpoint
from wrapper._errors import ConfigurationError
from wrapper._partitions import PARTITIONS


@pytest.mark.parametrize(
    ("region", "use_fips", "use_dualstack", "host"),
    [
        ("us-east-1", False, False, "runtime.sagemaker.us-east-1.amazonaws.com"),
        ("us-east-1", False, True, "runtime.sagemaker.us-east-1.api.aws"),
        ("us-east-1", True, False, "runtime-fips.sagemaker.us-east-1.amazonaws.com"),
        ("us-east-1", True, True, "runtime.sagemaker-fips.us-east-1.api.aws"),
        ("us-gov-west-1", True, False, "runtime.sagemaker.us-gov-west-1.amazonaws.com"),
        ("us-gov-west-1", True, True, "runtime.sagemaker-fips.us-gov-west-1.api.aws"),
        ("cn-north-1", False, False, "runtime.sagemaker.cn-north-1.amazonaws.com.cn"),
        ("cn-north-1", True, False, "runtime.sagemaker-fips.cn-north-1.amazonaws.com.cn"),
        (
            "eusc-de-east-1",
            False,
            True,
            "runtime.sagemaker.eusc-de-east-1.api.amazonwebservices.eu",
        ),
        # Listed by no partition, matched by a pattern; by none, hence `aws`.
        ("us-isof-west-9", False, False, "runtime.sagemaker.us-isof-west-9.csp.hci.ic.gov"),
        ("mars-north-1", False, False, "runtime.sagemaker.mars-north-1.amazonaws.com"),
    ],
)
def test_a_region_has_its_partitions_host(region, use_fips, use_dualstack, host):
    endpoint = resolve_endpoint(region, use_fips=use_fips, use_dualstack=use_dualstack)
    assert endpoint == Endpoint(
        url=f"https://{host}",
        scheme="https",
        host=host,
        port=443,
        authority=host,
        base_path="",
        signing_region=region,
    )


@pytest.mark.parametrize("region", ["fips-us-west-2", "us-west-2-fips"])
def test_a_fips_pseudo_region_is_the_region_with_fips(region):
    assert resolve_endpoint(region) == resolve_endpoint("us-west-2", use_fips=True)


@pytest.mark.parametrize("region", ["fips-us-west-2", "us-west-2-fips"])
def test_a_fips_pseudo_region_with_a_custom_endpoint_is_refused(region):
    with pytest.raises(ConfigurationError, match=f"the region '{region}' cannot be combined"):
        resolve_endpoint(region, endpoint_url="https://example.com")


@pytest.mark.parametrize("endpoint_url", [None, "http://localhost:8080"])
def test_no_region_is_an_error_that_says_where_to_set_it(endpoint_url):
    with pytest.raises(ConfigurationError, match=r"region=.*AWS_REGION") as caught:
        resolve_endpoint(None, endpoint_url=endpoint_url)
    assert caught.value.setting == "region"


@pytest.mark.parametrize(
    "region",
    [
        "",
        " ",
        "us-east-1 ",
        "us-east-1\n",
        "us east 1",
        "US-EAST-1",
        "us_east_1",
        "us-east-1.evil.com/",
        "us-east-1.evil.com",
        "evil.com/?",
        "x@evil.com",
        "evil.com#",
        "us-east-1:443",
        "us-east-1\\",
        "-us-east-1",
        "us-east-1-",
        "us-éast-1",
        "us-east-١",  # an Arabic digit, which `\\d` of the partitions' patterns matches  # noqa: RUF001
        "12345",
        "a" * 64,
        "fips-",
        "fips--us-east-1",
    ],
)
def test_a_malformed_region_is_refused_and_the_rule_told(region):
    for endpoint_url in (None, "https://example.com"):
        with pytest.raises(ConfigurationError, match=r"lower-case letters, digits") as caught:
            resolve_endpoint(region, endpoint_url=endpoint_url)
        assert caught.value.setting == "region"


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("sagemaker-runtime", "is the service"),
        ("eu-west-1a", "an availability zone; its region is 'eu-west-1'"),
        ("us-gov-east-1b", "an availability zone; its region is 'us-gov-east-1'"),
    ],
)
def test_what_is_easily_taken_for_a_region_is_refused(region, told):
    with pytest.raises(ConfigurationError, match=told) as caught:
        resolve_endpoint(region)
    assert caught.value.setting == "region"


@settings(deadline=None)
@given(
    region=st.text(max_size=70) | st.text("abz019-./@:#?\\ \n", max_size=70),
    use_fips=st.booleans(),
    use_dualstack=st.booleans(),
)
def test_no_region_can_lead_outside_aws(region, use_fips, use_dualstack):
    try:
        endpoint = resolve_endpoint(region, use_fips=use_fips, use_dualstack=use_dualstack)
    except ConfigurationError:
        return
    suffixes = {p.dns_suffix for p in PARTITIONS} | {p.dual_stack_dns_suffix for p in PARTITIONS}
    label = re.escape(endpoint.signing_region)
    match = re.fullmatch(
        rf"https://runtime(-fips)?\.sagemaker(-fips)?\.{label}\.([a-z0-9.-]+)", endpoint.url
    )
    assert match is not None
    assert match[3] in suffixes
    assert set(endpoint.signing_region) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("settings", "setting"),
    [({"use_fips": True}, "use_fips"), ({"use_dualstack": True}, "use_dualstack")],
)
def test_a_custom_endpoint_with_fips_or_dual_stack_is_refused(settings, setting):
    with pytest.raises(ConfigurationError, match=f"{setting} cannot be combined") as caught:
        resolve_endpoint("us-east-1", endpoint_url="https://example.com", **settings)
    assert caught.value.setting == setting


@pytest.mark.parametrize(
    ("lacks", "setting"), [("supports_fips", "use_fips"), ("supports_dual_stack", "use_dualstack")]
)
def test_what_the_partition_lacks_is_refused(lacks, setting):
    poorer = tuple(partition._replace(**{lacks: False}) for partition in PARTITIONS)
    with mock.patch.object(_partitions, "PARTITIONS", poorer):
        resolve_endpoint("cn-north-1")
        with pytest.raises(ConfigurationError, match=r"'aws-cn' of region 'cn-north-1'") as caught:
            resolve_endpoint("cn-north-1", **{setting: True})
    assert caught.value.setting == setting


CUSTOM = [
    # what is given, then: url, host, port, authority (None: the host), base_path
    ("https://example.com", "https://example.com", "example.com", 443, "example.com", ""),
    ("https://example.com/", "https://example.com", "example.com", 443, "example.com", ""),
    ("HTTPS://Example.COM", "https://example.com", "example.com", 443, "example.com", ""),
    ("https://example.com:443", "https://example.com", "example.com", 443, "example.com", ""),
    (
        "https://example.com:8443/a/b/",
        "https://example.com:8443/a/b",
        "example.com",
        8443,
        "example.com:8443",
        "/a/b",
    ),
    ("https://example.com/a%2Fb", "https://example.com/a%2Fb", "example.com", 443, None, "/a%2Fb"),
    ("https://example.com./x", "https://example.com./x", "example.com.", 443, None, "/x"),
    ("https://[2001:DB8::1]", "https://[2001:db8::1]", "2001:db8::1", 443, "[2001:db8::1]", ""),
    ("http://localhost", "http://localhost", "localhost", 80, "localhost", ""),
    ("http://localhost:8080", "http://localhost:8080", "localhost", 8080, "localhost:8080", ""),
    ("http://127.3.2.1:80/v1", "http://127.3.2.1/v1", "127.3.2.1", 80, "127.3.2.1", "/v1"),
    ("http://[::1]:8080", "http://[::1]:8080", "::1", 8080, "[::1]:8080", ""),
    ("https://my_model:8080", "https://my_model:8080", "my_model", 8080, "my_model:8080", ""),
    (
        "https://vpce-0a-1b.runtime.sagemaker.us-east-1.vpce.amazonaws.com",
        "https://vpce-0a-1b.runtime.sagemaker.us-east-1.vpce.amazonaws.com",
        "vpce-0a-1b.runtime.sagemaker.us-east-1.vpce.amazonaws.com",
        443,
        "vpce-0a-1b.runtime.sagemaker.us-east-1.vpce.amazonaws.com",
        "",
    ),
]


@pytest.mark.parametrize("case", CUSTOM, ids=lambda case: case[0])
def test_a_custom_endpoint_is_taken_apart(case):
    given_url, url, host, port, authority, base_path = case
    assert resolve_endpoint("eu-west-1", endpoint_url=given_url) == Endpoint(
        url=url,
        scheme=url.partition("://")[0],
        host=host,
        port=port,
        authority=host if authority is None else authority,
        base_path=base_path,
        signing_region="eu-west-1",
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://10.0.0.1:8080",
        "http://128.0.0.1",
        "http://[::2]",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://my_model:8080",
    ],
)
def test_plain_http_beyond_this_machine_has_to_be_allowed(url):
    with pytest.raises(ConfigurationError, match="allow_insecure_http=True"):
        resolve_endpoint("us-east-1", endpoint_url=url)
    assert resolve_endpoint("us-east-1", endpoint_url=url, allow_insecure_http=True).url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "it is empty"),
        ("example.com", "write 'https://example.com'"),
        ("localhost:8080", "write 'https://localhost:8080', or http://"),
        ("https:/example.com", "write 'https://example.com'"),
        ("https:example.com", "write 'https://example.com'"),
        ("//example.com", "write 'https://example.com'"),
        ("://example.com", "its scheme is ''"),
        ("ftp://example.com", "its scheme is 'ftp'"),
        ("https://user@example.com", "user information"),
        ("https://user:secret@example.com", "user information"),
        ("user:secret@example.com", "user information"),
        ("https://example.com?x=secret", "a query"),
        ("https://example.com/?", "a query"),
        ("https://example.com/a#secret", "a fragment"),
        ("https://example.com/a b", "spaces"),
        (" https://example.com", "spaces"),
        ("https://example.com\n", "control"),
        ("https://exa\tmple.com", "control"),
        ("https://exämple.com", "non-ASCII"),
        ("https://", "malformed"),
        ("https:///path", "malformed"),
        ("https://example.com:", "malformed"),
        ("https://example.com:port", "malformed"),
        ("https://example.com:0", "port 0"),
        ("https://example.com:65536", "port 65536"),
        ("https://example.com:999999", "malformed"),
        ("https://evil.com\\.example.com", "malformed"),
        ("https://exa%6dple.com", "malformed"),
        ("https://::1", "malformed"),
        ("https://[::1", "malformed"),
        ("https://[::1]evil.com", "malformed"),
        ("https://[::zz]", "malformed"),
        ("https://[:::1]", "not an IP address"),
        ("https://[fe80::1%25eth0]", "malformed"),
        ("https://-example.com", "not a host name"),
        ("https://example..com", "not a host name"),
        ("https://.", "not a host name"),
        ("https://" + "a" * 64 + ".com", "not a host name"),
        ("https://" + "a." * 130 + "com", "not a host name"),
        ("http://127.1", "not an IP address"),
        ("http://0x7f.0.0.1", "not an IP address"),
        ("http://0x7f000001", "not an IP address"),
        ("https://2130706433", "not an IP address"),
        ("https://1.2.3.4.", "not an IP address"),
        ("https://example.com/a/../b", "segment"),
        ("https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations", "one call"),
        ("https://example.com/x/endpoints/e/invocations-response-stream", "one call"),
        ("https://example.com/.", "segment"),
        ("https://example.com/%zz", "malformed"),
    ],
)
def test_a_bad_custom_endpoint_is_refused_with_the_reason(url, reason):
    with pytest.raises(ConfigurationError, match=re.escape(reason)) as caught:
        resolve_endpoint("us-east-1", endpoint_url=url, allow_insecure_http=True)
    assert caught.value.setting == "endpoint_url"
    assert "secret" not in str(caught.value)
    assert "https://host[:port][/path]" in str(caught.value)


def test_an_endpoint_is_immutable_hashable_and_picklable():
    endpoint = resolve_endpoint("us-east-1", endpoint_url="https://example.com:8443/a")
    assert pickle.loads(pickle.dumps(endpoint)) == endpoint
    assert hash(endpoint) == hash(resolve_endpoint("us-east-1", endpoint_url=endpoint.url))
    with pytest.raises(AttributeError):
        endpoint.host = "evil.com"


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("us-iso-east-1", "aws-iso"),
        ("cn-new-7", "aws-cn"),
        ("unknown", "aws"),
        ("aws-us-gov-global", "aws-us-gov"),
    ],
)
def test_a_regions_partition_is_found_by_list_then_pattern(region, partition):
    assert find_partition(region).id == partition
