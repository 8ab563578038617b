"""The search for credentials against botocore's: the same files, environment and loopback services.

Each generated scenario is given to both; both find the same keys, or both fail. Where the two
differ on purpose, a test at the end pins it, and the table in docs/guides/credentials.md says why.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs

import botocore.compat
import botocore.credentials
import botocore.exceptions
import botocore.session
import botocore.tokens
import botocore.utils
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.fake_metadata import Fault, secret_of, serve
from wrapper import SageMakerRuntimeClient
from wrapper._config import resolve_config
from wrapper._errors import ConfigurationError, SageMakerRuntimeError
from wrapper.credentials import _http as http_module
from wrapper.credentials import as_source, default_chain

PROFILES = ["default", "a", "b", "c"]
PRINTS_KEYS = (
    f'{sys.executable} -c \'print("""{{"Version": 1, "AccessKeyId": "AKIAPROCESS", '
    '"SecretAccessKey": "s", "SessionToken": "t"}""")\''
)


@dataclass
class Scenario:
    config: str
    credentials: str
    environ: dict[str, str]
    profile: str | None
    has_instance_role: bool
    sso_token: dict[str, object]
    region: str | None = "eu-west-1"


# What a profile may hold. `{url}` is the server's, `{home}` the home directory.

keys = st.fixed_dictionaries(
    {"aws_access_key_id": st.sampled_from(["AKIAFILE1", "AKIAFILE2"])},
    optional={"aws_session_token": st.just("t"), "aws_security_token": st.just("older")},
).map(lambda found: {**found, "aws_secret_access_key": secret_of(found["aws_access_key_id"])})
partial_keys = st.sampled_from(
    [{"aws_access_key_id": "AKIAPARTIAL"}, {"aws_secret_access_key": "s"}]
)
names = st.sampled_from([*PROFILES, *PROFILES, *PROFILES, "missing"])
role = st.fixed_dictionaries(
    {
        "role_arn": st.sampled_from(["arn:aws:iam::1:role/x", "arn:aws:iam::1:role/y"]),
        "source_profile": names,
    },
    optional={
        "external_id": st.sampled_from(["id", "a+b=&"]),
        "role_session_name": st.just("me"),
        "duration_seconds": st.sampled_from(["900", "an hour"]),
    },
)
role_of_source = st.fixed_dictionaries(
    {
        "role_arn": st.just("arn:aws:iam::1:role/z"),
        "credential_source": st.sampled_from(
            ["Environment", "EcsContainer", "Ec2InstanceMetadata", "environment"]
        ),
    }
)
incomplete_role = st.sampled_from(
    [
        {"role_arn": "arn:aws:iam::1:role/i"},
        {"source_profile": "a"},
        {
            "role_arn": "arn:aws:iam::1:role/i",
            "source_profile": "a",
            "credential_source": "Ec2InstanceMetadata",
        },
    ]
)
web_identity = st.fixed_dictionaries(
    {
        "web_identity_token_file": st.sampled_from(
            ["{home}/jwt", "{home}/jwt", "{home}/jwt", "{home}/no-such-file"]
        )
    },
    optional={"role_arn": st.just("arn:aws:iam::1:role/w"), "role_session_name": st.just("wi")},
)
process = st.sampled_from(
    [
        {"credential_process": PRINTS_KEYS},
        {"credential_process": PRINTS_KEYS},
        {"credential_process": f"{sys.executable} -c 'raise SystemExit(3)'"},
        {"credential_process": f"{sys.executable} -c 'print(1)'"},
        {"credential_process": "/no/such/program"},
        {"credential_process": f"{sys.executable} -c 'print(\"{{}}\")'"},
    ]
)
sso_session = st.fixed_dictionaries(
    {
        "sso_account_id": st.just("123456789012"),
        "sso_role_name": st.just("Dev"),
        "sso_session": st.just("corp"),
    },
    optional={"sso_region": st.sampled_from(["eu-west-1", "us-east-1"])},
)
sso_legacy = st.fixed_dictionaries(
    {
        "sso_account_id": st.just("123456789012"),
        "sso_role_name": st.just("Dev"),
        "sso_region": st.just("eu-west-1"),
        "sso_start_url": st.sampled_from(["https://corp", "https://corp", "https://other"]),
    }
)
incomplete_sso = st.sampled_from(
    [
        {"sso_account_id": "123456789012", "sso_session": "missing"},
        {"sso_role_name": "Dev"},
        {"sso_session": "corp", "sso_region": "us-east-1"},
    ]
)
other = st.sampled_from([{}, {"region": "us-east-2"}, {"s3": "\n  x = y"}])


def merge(parts: list[dict[str, str]]) -> dict[str, str]:
    return {key: value for part in parts for key, value in part.items()}


def ini(sections: dict[str, dict[str, str]]) -> str:
    lines = []
    for title, values in sections.items():
        lines.append(f"[{title}]")
        lines += [f"{key} = {value}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


served = st.one_of(
    keys, role, role, role_of_source, web_identity, process, sso_session, sso_legacy, other
)
some = st.one_of(
    served,
    served,
    st.lists(
        st.one_of(served, partial_keys, incomplete_role, incomplete_sso), min_size=2, max_size=2
    ).map(merge),
)
config_files = st.one_of(
    st.fixed_dictionaries(dict.fromkeys(PROFILES, some)),
    st.dictionaries(st.sampled_from(PROFILES), some, max_size=4),
).map(
    lambda found: {
        "default" if name == "default" else f"profile {name}": values
        for name, values in found.items()
    }
)
session_sections = st.sampled_from(
    [
        {},
        {"sso-session corp": {"sso_region": "eu-west-1", "sso_start_url": "https://corp"}},
        {"sso-session corp": {"sso_region": "eu-west-1", "sso_start_url": "https://corp"}},
        {"sso-session corp": {"sso_region": "eu-west-1", "sso_start_url": "https://corp"}},
        {"sso-session corp": {"sso_region": "eu-west-1"}},
    ]
)
credentials_files = st.dictionaries(
    st.sampled_from(PROFILES), st.one_of(keys, keys, keys, partial_keys, some), max_size=2
)
environments = st.tuples(
    st.one_of(
        st.just({}),
        st.just({}),
        st.just({"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": secret_of("AKIAENV")}),
        st.just({"AWS_ACCESS_KEY_ID": "AKIAENV"}),
        st.just({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "s"}),
        st.just(
            {
                "AWS_ACCESS_KEY_ID": "AKIAENV",
                "AWS_SECRET_ACCESS_KEY": secret_of("AKIAENV"),
                "AWS_SESSION_TOKEN": "new",
                "AWS_SECURITY_TOKEN": "old",
                "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z",
            }
        ),
        st.just(
            {
                "AWS_ACCESS_KEY_ID": "AKIAENV",
                "AWS_SECRET_ACCESS_KEY": "s",
                "AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00+00:00",
            }
        ),
    ),
    st.sampled_from([{}, {}, {"AWS_PROFILE": "a"}, {"AWS_DEFAULT_PROFILE": "b"}]),
    st.sampled_from(
        [
            {},
            {},
            {},
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/jwt", "AWS_ROLE_ARN": "arn:aws:iam::1:role/e"},
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/jwt"},
            {"AWS_ROLE_ARN": "arn:aws:iam::1:role/e", "AWS_ROLE_SESSION_NAME": "env"},
        ]
    ),
    st.sampled_from(
        [
            {},
            {},
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container/x?y=z"},
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
            },
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{home}/jwt",
            },
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/container"},
        ]
    ),
    st.sampled_from([{}, {}, {}, {"AWS_EC2_METADATA_DISABLED": "TRUE"}]),
).map(merge)
registration = {
    "refreshToken": st.sampled_from(["good", "good", "revoked"]),
    "clientId": st.just("client"),
    "clientSecret": st.just("secret"),
    "registrationExpiresAt": st.sampled_from(
        ["2099-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z"]
    ),
}
cached_token = {
    "accessToken": st.just("cached"),
    "expiresAt": st.sampled_from([8, 0.1, -1]).map(
        lambda hours: (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ),
}
sso_tokens = st.one_of(
    st.fixed_dictionaries({**cached_token, **registration}),
    st.fixed_dictionaries(cached_token, optional=registration),
    st.fixed_dictionaries({}, optional=cached_token),
)
scenarios = st.builds(
    Scenario,
    config=st.builds(lambda a, b: ini({**a, **b}), config_files, session_sections),
    credentials=credentials_files.map(ini),
    environ=environments,
    profile=st.sampled_from([None, None, None, "default", "a", "b", "missing"]),
    has_instance_role=st.booleans(),
    sso_token=sso_tokens,
)


@contextmanager
def machine(scenario: Scenario):
    """The scenario's files and environment, with botocore's waits and home directory adapted."""
    with tempfile.TemporaryDirectory() as folder, serve() as fake:
        home = Path(folder)
        cache = home / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)

        def fill(text: str) -> str:
            return text.replace("{home}", folder).replace("{url}", fake.url)

        (home / "jwt").write_text("a.web.identity")
        (home / ".aws" / "config").write_text(fill(scenario.config))
        (home / ".aws" / "credentials").write_text(fill(scenario.credentials))
        if not scenario.has_instance_role:
            fake.faults["imds-role"] = [Fault(404)]
        fake.refresh_tokens = {"good"}
        environ = {
            "HOME": folder,
            "PATH": os.environ["PATH"],
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": fake.url,
            "AWS_ENDPOINT_URL_STS": fake.url,
            "AWS_ENDPOINT_URL_SSO": fake.url,
            "AWS_ENDPOINT_URL_SSO_OIDC": fake.url,
            "AWS_MAX_ATTEMPTS": "1",
            **{name: fill(value) for name, value in scenario.environ.items()},
        }
        if scenario.region is not None:
            environ["AWS_DEFAULT_REGION"] = scenario.region

        def log_in() -> None:
            for name in ("corp", "https://corp"):
                path = cache / f"{hashlib.sha1(name.encode()).hexdigest()}.json"
                path.write_text(json.dumps(scenario.sso_token))

        sso_cache = str(cache)
        with (
            mock.patch.dict(os.environ, environ, clear=True),
            mock.patch.object(botocore.credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", sso_cache),
            mock.patch.object(botocore.tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", sso_cache),
            mock.patch.object(botocore.utils.ContainerMetadataFetcher, "SLEEP_TIME", 0),
            mock.patch.object(http_module, "random", return_value=0.001),
        ):
            yield fake, home, log_in


def theirs(scenario: Scenario, *, loads_unused_tokens: bool = False):
    """What botocore finds.

    Every botocore client, that for STS too, loads the profile's SSO token, used or not, and fails
    where the profile's sso-session is broken. That is left out where it is not asked for.
    """
    session = botocore.session.Session(profile=scenario.profile)
    session.register_component("data_loader", LOADER)
    if not loads_unused_tokens:
        session.get_auth_token = lambda **_: None
    try:
        credentials = session.get_credentials()
        frozen = None if credentials is None else credentials.get_frozen_credentials()
    except Exception:  # noqa: BLE001  # many of botocore's failures have no class of their own
        return None
    if frozen is None or not (frozen.access_key and frozen.secret_key):
        return None
    return frozen.access_key, frozen.secret_key, frozen.token


LOADER = botocore.session.Session().get_component("data_loader")  # service models are slow to read


def ours(scenario: Scenario, *, is_async: bool = False):
    try:
        source = as_source(None, resolve_config(profile=scenario.profile))
        credentials = asyncio.run(source.get_async()) if is_async else source.get()
    except SageMakerRuntimeError:
        return None
    return credentials.access_key_id, credentials.secret_access_key, credentials.session_token


def compare(scenario: Scenario) -> None:
    with machine(scenario) as (_, home, log_in):
        log_in()
        expected = theirs(scenario)
        log_in()
        before = snapshot(home)
        assert ours(scenario) == expected
        assert ours(scenario, is_async=True) == expected
        assert snapshot(home) == before, "nothing is written to disk"


def snapshot(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


no_limits = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.large_base_example],
}


@settings(max_examples=15, **no_limits)
@given(scenarios)
def test_the_same_key_is_found_or_both_fail(scenario):
    compare(scenario)


@pytest.mark.slow
@settings(max_examples=800, **no_limits)
@given(scenarios)
def test_the_same_key_is_found_or_both_fail_in_hundreds_of_scenarios(scenario):
    compare(scenario)


# Where the two differ on purpose: each row of the table in docs/guides/credentials.md

KEYS = ini({"default": {"aws_access_key_id": "AKIAFILE1", "aws_secret_access_key": "s"}})
TWO_PROFILES = ini(
    {
        "a": {"aws_access_key_id": "AKIAA", "aws_secret_access_key": "s"},
        "b": {"aws_access_key_id": "AKIAB", "aws_secret_access_key": "s"},
    }
)
SSO = ini(
    {
        "default": {
            "sso_account_id": "123456789012",
            "sso_role_name": "Dev",
            "sso_session": "corp",
        },
        "sso-session corp": {"sso_region": "eu-west-1", "sso_start_url": "https://corp"},
    }
)
REFRESHABLE = {
    "accessToken": "cached",
    "expiresAt": "2020-01-01T00:00:00Z",
    "refreshToken": "good",
    "clientId": "client",
    "clientSecret": "secret",
    "registrationExpiresAt": "2099-01-01T00:00:00Z",
}


def scenario(config="", credentials="", *, has_instance_role=False, sso_token=None, **environ):
    return Scenario(config, credentials, environ, None, has_instance_role, sso_token or {})


def key_of(found):
    return None if found is None else found[0]


def test_difference_aws_region_is_read():
    given = scenario(AWS_REGION="eu-west-3", AWS_DEFAULT_REGION="eu-west-1")
    with machine(given):
        assert botocore.session.Session().get_config_variable("region") == "eu-west-1"
        assert resolve_config().region == "eu-west-3"


def test_difference_aws_profile_prevails_over_aws_default_profile():
    given = scenario(credentials=TWO_PROFILES, AWS_PROFILE="a", AWS_DEFAULT_PROFILE="b")
    with machine(given):
        assert key_of(theirs(given)) == "AKIAB"
        assert key_of(ours(given)) == "AKIAA"


def test_difference_an_empty_variable_is_an_unset_one():
    given = scenario(credentials=KEYS, AWS_PROFILE="")
    with machine(given):
        assert theirs(given) is None
        assert key_of(ours(given)) == "AKIAFILE1"


def test_difference_an_empty_key_of_a_profile_is_an_unset_one():
    process = json.dumps({"Version": 1, "AccessKeyId": "AKIAP", "SecretAccessKey": "s"})
    given = scenario(f"[default]\nrole_arn =\ncredential_process = echo '{process}'\n")
    with machine(given):
        assert theirs(given) is None
        assert key_of(ours(given)) == "AKIAP"


@pytest.mark.parametrize("expiration", ["2099-01-01T00:00:00", "2099-01-01 00:00"])
def test_difference_an_expiration_without_a_time_zone_is_one_in_utc(expiration):
    fields = {"Version": 1, "AccessKeyId": "AKIAP", "SecretAccessKey": "s"}
    process = json.dumps(fields | {"Expiration": expiration})
    given = scenario(f"[default]\ncredential_process = echo '{process}'\n")
    with machine(given):
        assert theirs(given) is None
        assert key_of(ours(given)) == "AKIAP"


@pytest.mark.parametrize(
    "environ",
    [{"AWS_DEFAULT_REGION": "EU-WEST-1"}, {"AWS_ENDPOINT_URL": "https://example.com/?a=b"}],
)
def test_difference_a_region_in_capitals_or_an_endpoint_url_with_a_query_is_refused(environ):
    given = scenario(credentials=KEYS, **environ)
    given.region = environ.get("AWS_DEFAULT_REGION", "eu-west-1")
    with machine(given):
        session = botocore.session.Session()
        session.register_component("data_loader", LOADER)
        session.create_client("sagemaker-runtime")
        with pytest.raises(ConfigurationError):
            SageMakerRuntimeClient()


def test_difference_aws_retry_mode_is_not_read():
    given = scenario(credentials=KEYS, AWS_RETRY_MODE="nonsense")
    with machine(given):
        session = botocore.session.Session()
        session.register_component("data_loader", LOADER)
        with pytest.raises(botocore.exceptions.BotoCoreError):
            session.create_client("sagemaker-runtime")
        SageMakerRuntimeClient()


@pytest.mark.parametrize("name", ["a role", "../role"])
def test_difference_an_instance_s_role_whose_name_is_malformed_is_not_asked_for(name):
    given = scenario(has_instance_role=True)
    with machine(given) as (fake, _, _):
        fake.faults["imds-role"] = [Fault(200, name.encode())]
        theirs(given)
        assert fake.count("imds-credentials")
        fake.requests.clear()
        assert ours(given) is None
        assert not fake.count("imds-credentials")


def test_difference_a_metadata_token_that_ended_is_fetched_anew():
    given = scenario(has_instance_role=True)
    with machine(given) as (fake, _, _):
        fake.faults["imds-credentials"] = [Fault(401), Fault()]
        assert theirs(given) is None
        fake.faults["imds-credentials"] = [Fault(401), Fault()]
        assert ours(given) is not None


def test_difference_a_container_token_that_no_header_can_hold_is_not_sent():
    given = scenario(
        AWS_CONTAINER_CREDENTIALS_FULL_URI="{url}/container",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="a\tb",
    )
    with machine(given) as (fake, _, _):
        theirs(given)
        assert fake.count("container")
        fake.requests.clear()
        assert ours(given) is None
        assert not fake.requests


def test_difference_a_flag_that_is_neither_true_nor_false_is_an_error():
    given = scenario(credentials=KEYS, AWS_USE_FIPS_ENDPOINT="1")
    with machine(given):
        assert botocore.session.Session().get_config_variable("use_fips_endpoint") is False
        assert ours(given) is None


def test_difference_a_byte_order_mark_is_read():
    given = scenario(credentials="\ufeff" + KEYS)
    with machine(given):
        assert theirs(given) is None
        assert key_of(ours(given)) == "AKIAFILE1"


def test_difference_expired_credentials_of_the_metadata_service_are_not_used():
    given = scenario(has_instance_role=True)
    with machine(given) as (fake, _, _):
        fake.lifetime = -60
        assert theirs(given) is not None
        assert ours(given) is None


def test_difference_a_refreshed_sso_token_is_not_written_to_disk():
    given = scenario(SSO, sso_token=REFRESHABLE)
    with machine(given) as (_, home, log_in):
        log_in()
        before = snapshot(home)
        found = ours(given)
        assert snapshot(home) == before
        assert found == theirs(given) is not None
        assert snapshot(home) != before


def test_difference_an_unused_sso_session_may_be_broken():
    given = scenario(
        "[default]\nsso_session = missing\n",
        AWS_WEB_IDENTITY_TOKEN_FILE="{home}/jwt",
        AWS_ROLE_ARN="arn:aws:iam::1:role/x",
    )
    with machine(given):
        assert theirs(given, loads_unused_tokens=True) is None
        assert ours(given) == theirs(given) is not None


@pytest.mark.skipif(botocore.credentials.EC is not None, reason="botocore has its extra, awscrt")
def test_difference_a_login_serves_without_the_extra_that_botocore_needs():
    given = scenario("[default]\nlogin_session = arn:x\n")
    with machine(given) as (_, home, _):
        folder = home / ".aws" / "login" / "cache"
        folder.mkdir(parents=True)
        token = {
            "accessKeyId": "AKIALOGIN",
            "secretAccessKey": "s",
            "sessionToken": "t",
            "accountId": "1",
            "expiresAt": "2099-01-01T00:00:00Z",
        }
        fields = {"accessToken": token, "refreshToken": "r", "dpopKey": "k", "clientId": "c"}
        path = folder / f"{hashlib.sha256(b'arn:x').hexdigest()}.json"
        path.write_text(json.dumps(fields))
        assert theirs(given) is None
        assert key_of(ours(given)) == "AKIALOGIN"


def test_difference_a_relative_container_uri_cannot_name_another_host():
    given = scenario(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="@{url}/container")
    asked = []

    def record(_, url, __=None):
        asked.append(url)
        raise OSError

    with (
        machine(given),
        mock.patch.object(botocore.utils.ContainerMetadataFetcher, "_retrieve_credentials", record),
    ):
        os.environ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@127.0.0.1/container"
        assert theirs(given) is None
        assert asked == ["http://169.254.170.2@127.0.0.1/container"]
        with pytest.raises(ConfigurationError, match="does not begin with /"):
            default_chain().load()


def test_difference_sts_is_not_asked_over_plain_http_on_another_machine():
    given = scenario(
        AWS_WEB_IDENTITY_TOKEN_FILE="{home}/jwt",
        AWS_ROLE_ARN="arn:aws:iam::1:role/x",
        AWS_ENDPOINT_URL_STS="http://sts.example.com",
    )
    with machine(given):
        client = botocore.session.Session().create_client("sts")
        assert client.meta.endpoint_url == "http://sts.example.com"
        with pytest.raises(ConfigurationError, match="unencrypted"):
            default_chain().load()


def test_difference_an_http_endpoint_on_another_machine_is_refused():
    given = scenario(AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME="http://runtime.example:4566")
    with machine(given):
        client = botocore.session.Session().create_client("sagemaker-runtime")
        assert client.meta.endpoint_url == "http://runtime.example:4566"
        with pytest.raises(ConfigurationError, match="allow_insecure_http=True"):
            SageMakerRuntimeClient()
        assert SageMakerRuntimeClient(allow_insecure_http=True)


def test_difference_the_files_of_boto_2_and_of_the_first_ec2_tools_are_not_read():
    given = scenario(AWS_CREDENTIAL_FILE="{home}/old")
    with machine(given) as (_, home, _):
        (home / "old").write_text("AWSAccessKeyId=AKIAOLD\nAWSSecretKey=s\n")
        assert key_of(theirs(given)) == "AKIAOLD"
        assert ours(given) is None


def test_difference_white_space_around_a_web_identity_token_is_left_out():
    given = scenario(AWS_WEB_IDENTITY_TOKEN_FILE="{home}/jwt", AWS_ROLE_ARN="arn:aws:iam::1:role/x")
    with machine(given) as (fake, home, _):
        (home / "jwt").write_text("a.web.identity\n")
        theirs(given)
        ours(given)
        sent = [parse_qs(request.body.decode())["WebIdentityToken"] for request in fake.requests]
        assert sent == [["a.web.identity\n"], ["a.web.identity"]]


def test_difference_the_metadata_service_is_never_asked_through_a_proxy():
    given = scenario(has_instance_role=True)
    with machine(given), serve() as proxy:
        os.environ["HTTP_PROXY"] = proxy.url
        assert theirs(given) is None
        assert proxy.requests
        proxy.requests.clear()
        assert ours(given) is not None
        assert proxy.requests == []


def test_difference_a_proxy_variable_does_not_count_for_localhost_127_0_0_0_8_and_1():
    with machine(scenario()):
        os.environ.update(HTTP_PROXY="http://proxy.example:3128", NO_PROXY="")
        proxies = resolve_config().proxies
        for host in ("localhost", "127.0.0.1", "127.8.0.1", "[::1]"):
            url = f"http://{host}:8080"
            assert botocore.utils.get_environ_proxies(url)["http"] == "http://proxy.example:3128"
            assert proxies.for_url(url) is None
        for host in ("localhost.example", "10.0.0.1"):
            assert proxies.for_url(f"http://{host}:8080") == "http://proxy.example:3128"


def test_difference_valid_credentials_serve_on_when_renewing_fails_close_to_their_end():
    given = scenario(has_instance_role=True)
    with machine(given) as (fake, _, _):
        session = botocore.session.Session()
        source = as_source(None, resolve_config())
        credentials = session.get_credentials()
        first = source.get()
        fake.faults["imds-token"] = [Fault(400)]
        soon = datetime.now(UTC) + timedelta(minutes=5)
        credentials._expiry_time = soon
        with pytest.raises(Exception, match="refresh"):
            credentials.get_frozen_credentials()
        source._held = source._held._replace(check_at=0, expires_at=soon.timestamp())
        assert source.get() == first


def test_difference_an_mfa_code_is_asked_for_again_by_a_function():
    given = scenario(
        ini(
            {
                "default": {
                    "role_arn": "arn:aws:iam::1:role/x",
                    "source_profile": "default",
                    "mfa_serial": "arn:aws:iam::1:mfa/me",
                    "aws_access_key_id": "AKIAFILE1",
                    "aws_secret_access_key": secret_of("AKIAFILE1"),
                }
            }
        )
    )
    with machine(given):
        codes = iter(["111111", "222222"])
        chain = default_chain(mfa_code=lambda _: next(codes))
        assert chain.load() != chain.load()
        session = botocore.session.Session()
        provider = session.get_component("credential_provider").get_provider("assume-role")
        provider._prompter = lambda _: "111111"
        credentials = session.get_credentials()
        credentials.get_frozen_credentials()
        credentials._expiry_time = datetime.now(UTC)
        with pytest.raises(botocore.exceptions.RefreshWithMFAUnsupportedError):
            credentials.get_frozen_credentials()


def test_the_guide_has_a_row_for_each_difference_and_a_difference_for_each_row():
    guide = Path(__file__).parents[2] / "docs" / "guides" / "credentials.md"
    table = guide.read_text(encoding="utf-8").partition("## What is different from boto3")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")][2:]
    titles = [re.sub(r"\W+", "_", row.strip(" `").lower()).strip("_") for row in rows]
    pinned = [name for name in globals() if name.startswith("test_difference_")]
    assert sorted(f"test_difference_{title}" for title in titles) == sorted(pinned)
