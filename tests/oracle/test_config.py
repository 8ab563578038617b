"""Settings, proxies and the endpoints of STS and SSO against botocore's and the standard
library's."""

from __future__ import annotations

import os
import tempfile
import urllib.request
from pathlib import Path
from unittest import mock

import botocore.session
import pytest
from botocore.args import LEGACY_GLOBAL_STS_REGIONS
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError, EndpointProviderError
from botocore.utils import ensure_boolean
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from wrapper._config import resolve_config
from wrapper._errors import ConfigurationError
from wrapper._partitions import PARTITIONS
from wrapper._proxies import proxies_from_environment
from wrapper.credentials._service_endpoints import service_endpoint

LOADER = botocore.session.Session().get_component("data_loader")

# Settings

regions = st.sampled_from(["eu-west-1", "us-gov-west-1", "x"])
flags = st.sampled_from(["true", "TRUE", "false", "False"])
numbers = st.sampled_from(["1", "5", "0010"])
urls = st.sampled_from(["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"])
environments = st.fixed_dictionaries(
    {},
    optional={
        "AWS_DEFAULT_REGION": regions,
        "AWS_PROFILE": st.sampled_from(["default", "a", "missing"]),
        "AWS_USE_FIPS_ENDPOINT": flags,
        "AWS_USE_DUALSTACK_ENDPOINT": flags,
        "AWS_MAX_ATTEMPTS": numbers,
        "AWS_SDK_UA_APP_ID": st.just("app"),
        "AWS_CA_BUNDLE": st.just(__file__),
        "AWS_ENDPOINT_URL": urls,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": urls,
        "AWS_ENDPOINT_URL_STS": urls,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": flags,
    },
)
profiles = st.fixed_dictionaries(
    {},
    optional={
        "region": regions,
        "use_fips_endpoint": flags,
        "use_dualstack_endpoint": flags,
        "max_attempts": numbers,
        "sdk_ua_app_id": st.just("other"),
        "ca_bundle": st.just(str(Path(__file__).parent)),
        "endpoint_url": urls,
        "ignore_configured_endpoint_urls": flags,
        "services": st.sampled_from(["local", "local", "missing"]),
    },
)
services = st.fixed_dictionaries({}, optional={"sagemaker_runtime": urls, "sts": urls})


def theirs(profile):
    session = botocore.session.Session(profile=profile)
    session.get_scoped_config()  # as the creation of a client does: the profile has to exist
    found = {
        "region": session.get_config_variable("region"),
        "use_fips": ensure_boolean(session.get_config_variable("use_fips_endpoint")),
        "use_dualstack": ensure_boolean(session.get_config_variable("use_dualstack_endpoint")),
        "max_attempts": session.get_config_variable("max_attempts"),
        "app_id": session.get_config_variable("user_agent_appid"),
        "verify": session.get_config_variable("ca_bundle") or True,
    }
    for service in ("sagemaker-runtime", "sts", "sso-oidc"):
        ignored = session.get_config_variable("ignore_configured_endpoint_urls")
        found[service] = None
        if not ignored:
            found[service] = ConfiguredEndpointProvider(
                session.full_config, session.get_scoped_config(), service
            ).provide()
    return found


def ours(profile):
    config = resolve_config(profile=profile)
    names = ("region", "use_fips", "use_dualstack", "max_attempts", "app_id", "verify")
    found = {name: getattr(config, name) for name in names}
    for service in ("sagemaker-runtime", "sts", "sso-oidc"):
        url = config.settings.endpoint_url(service.replace("-", "_"))
        found[service] = None if url is None else url.value
    assert found["sagemaker-runtime"] == config.endpoint_url
    return found


def or_none(function, *arguments):
    try:
        return function(*arguments)
    except (ConfigurationError, BotoCoreError):
        return None


@settings(max_examples=300, deadline=None)
@given(
    environ=environments,
    default=profiles,
    other=st.none() | profiles,
    keys=st.none() | profiles,
    local=services,
    profile=st.sampled_from([None, None, "default", "a"]),
)
def test_the_same_settings_come_out_or_both_fail(environ, default, other, keys, local, profile):
    def section(title, values):
        return f"[{title}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())

    config = section("default", default)
    config += "" if other is None else section("profile a", other)
    config += "[services local]\n" + "".join(
        f"{service} =\n  endpoint_url = {url}\n" for service, url in local.items()
    )
    # botocore reports an empty services section as a missing one
    assume(local or "services" not in {**default, **(other or {}), **(keys or {})})
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config").write_text(config)
        Path(folder, "credentials").write_text("" if keys is None else section("a", keys))
        environ = {
            **environ,
            "AWS_CONFIG_FILE": f"{folder}/config",
            "AWS_SHARED_CREDENTIALS_FILE": f"{folder}/credentials",
        }
        with mock.patch.dict(os.environ, environ, clear=True):
            assert or_none(ours, profile) == or_none(theirs, profile)


# Proxies

hosts = st.sampled_from(
    ["a", "b.a", "ba", "127.0.0.1", "[::1]", "A.example.com", "example.com", "xexample.com"]
)
no_proxies = st.lists(
    st.sampled_from(
        [
            *("a", ".a", "..a", "b.a", "127.0.0.1", "[::1]", "::1", "example.com", ".Example.com"),
            *("a:80", "example.com:443", "*", " ", "", ".", "0.0.1"),
        ]
    ),
    max_size=3,
).map(",".join)
proxy_urls = st.sampled_from(["http://p:1", "p:2", "//p:3", "", "https://u:w@p"])


@settings(max_examples=500, deadline=None)
@given(
    environ=st.fixed_dictionaries(
        {},
        optional={
            "http_proxy": proxy_urls,
            "HTTP_PROXY": proxy_urls,
            "https_proxy": proxy_urls,
            "HTTPS_PROXY": proxy_urls,
            "no_proxy": no_proxies,
            "NO_PROXY": no_proxies,
            "REQUEST_METHOD": st.just("GET"),
        },
    ),
    scheme=st.sampled_from(["http", "https"]),
    host=hosts,
    port=st.sampled_from(["", ":80", ":443"]),
)
@example({"http_proxy": "p", "no_proxy": "*"}, "http", "a", "")
def test_the_same_proxy_is_chosen_as_by_the_standard_library(environ, scheme, host, port):
    from botocore.httpsession import ProxyConfiguration

    url = f"{scheme}://{host}{port}/path?a@b"
    with mock.patch.dict(os.environ, environ, clear=True):
        expected = None
        if not urllib.request.proxy_bypass_environment(host + port):
            configuration = ProxyConfiguration(urllib.request.getproxies_environment())
            expected = configuration.proxy_url_for(url)
        if host in {"127.0.0.1", "[::1]"}:  # on purpose: this machine is reached directly
            expected = None
        assert proxies_from_environment(os.environ)[0].for_url(url) == expected


# Endpoints

RULES = {
    "sts": EndpointProvider(
        LOADER.load_service_model("sts", "endpoint-rule-set-1"), LOADER.load_data("partitions")
    ),
    "sso": EndpointProvider(
        LOADER.load_service_model("sso", "endpoint-rule-set-1"), LOADER.load_data("partitions")
    ),
    "sso_oidc": EndpointProvider(
        LOADER.load_service_model("sso-oidc", "endpoint-rule-set-1"), LOADER.load_data("partitions")
    ),
}
REGIONS = [region for partition in PARTITIONS for region in partition.regions]


def rule_set(service, region, use_fips, use_dualstack, is_legacy):
    parameters = {"Region": region, "UseFIPS": use_fips, "UseDualStack": use_dualstack}
    if service == "sts":
        # botocore asks for the global endpoint in the regions that once had no other
        parameters["UseGlobalEndpoint"] = is_legacy and region in LEGACY_GLOBAL_STS_REGIONS
    try:
        endpoint = RULES[service].resolve_endpoint(**parameters)
    except EndpointProviderError:
        return None
    schemes = endpoint.properties.get("authSchemes", [{}])
    return endpoint.url, schemes[0].get("signingRegion", region)


@pytest.mark.parametrize("service", ["sts", "sso", "sso_oidc"])
@pytest.mark.parametrize("use_fips", [False, True])
@pytest.mark.parametrize("use_dualstack", [False, True])
@pytest.mark.parametrize("is_legacy", [False, True])
def test_endpoints_of_sts_and_sso_are_those_of_their_rule_sets(
    service, use_fips, use_dualstack, is_legacy
):
    config = resolve_config(
        environ={
            "AWS_USE_FIPS_ENDPOINT": str(use_fips),
            "AWS_USE_DUALSTACK_ENDPOINT": str(use_dualstack),
            "AWS_STS_REGIONAL_ENDPOINTS": "legacy" if is_legacy else "regional",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )
    for region in [*REGIONS, "eu-north-9", "mars-1"]:
        expected = rule_set(service, region, use_fips, use_dualstack, is_legacy)
        found = or_none(service_endpoint, service, region, config)
        if region == "aws-global" and service == "sts" and not (use_fips or use_dualstack):
            assert expected == ("https://sts.amazonaws.com", "us-east-1")
        assert found == expected, region
