"""Every provider against loopback servers: right, wrong, slow and rotating answers."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import logging
import pickle
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from tests.aws_environment import isolate
from tests.integration.fake_metadata import ROLE, Fault, derived_key, secret_of, serve, sts_error
from wrapper._config import resolve_config
from wrapper._errors import ConfigurationError, ConnectError, CredentialsError
from wrapper._settings import Settings
from wrapper.credentials import (
    AssumeRoleProvider,
    ContainerProvider,
    CredentialsNotConfigured,
    EnvironmentProvider,
    InstanceMetadataProvider,
    RefreshingCredentials,
    WebIdentityProvider,
    as_source,
    default_chain,
)

ROLE_ARN = "arn:aws:iam::123456789012:role/r"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    isolate(monkeypatch, tmp_path)
    (tmp_path / ".aws").mkdir()
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    return tmp_path


@pytest.fixture
def fake(monkeypatch):
    with serve() as fake:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url)
        for service in ("STS", "SSO", "SSO_OIDC"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", fake.url)
        yield fake


@pytest.fixture(params=["sync", "async"])
def load(request):
    """Load with a provider in both ways."""
    return by_thread if request.param == "sync" else by_task


def by_thread(provider):
    return provider.load()


def by_task(provider):
    return asyncio.run(provider.load_async())


def write_config(home, text):
    (home / ".aws" / "config").write_text(text)


# Instance metadata


def test_instance_metadata_asks_for_a_token_the_role_and_its_credentials(fake, load):
    credentials = load(InstanceMetadataProvider())
    assert credentials.access_key_id == derived_key("imds", 0)
    assert credentials.session_token == f"token-of-{credentials.access_key_id}"
    assert credentials.expiration - datetime.now(UTC) > timedelta(hours=5)
    assert fake.routes() == ["imds-token", "imds-role", "imds-credentials"]
    put, *gets = fake.requests
    assert put.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600"
    assert {get.headers["x-aws-ec2-metadata-token"] for get in gets} == fake.imds_tokens
    assert gets[1].path.endswith(ROLE)


@pytest.mark.parametrize(
    "fault", [Fault(403), Fault(404), Fault(405), Fault(500), Fault(delay=0.6)], ids=str
)
def test_version_1_serves_where_the_service_gives_no_token(fake, load, monkeypatch, fault):
    """As in botocore; a container's hop limit makes the token's answer time out."""
    if fault.delay:
        monkeypatch.setattr(InstanceMetadataProvider, "_number", short_timeout)
    fake.imds_version_2_only = False
    fake.faults["imds-token"] = [fault]
    assert load(InstanceMetadataProvider()).access_key_id == derived_key("imds", 0)
    monkeypatch.setenv("AWS_EC2_METADATA_V1_DISABLED", "true")
    with pytest.raises(CredentialsNotConfigured, match="version 1 of the service is disabled"):
        load(InstanceMetadataProvider())


def short_timeout(_, variable: str, key: str) -> float:
    return 0.3 if "timeout" in key else 1


@pytest.mark.parametrize(
    ("route", "fault", "reason"),
    [
        ("imds-token", Fault(400), "status 400"),
        ("imds-token", Fault(200, b"a\x00b"), "token is unusable"),
        ("imds-role", Fault(404), "no role"),
        ("imds-role", Fault(500), "answered 500"),
        ("imds-role", Fault(200, b""), "answered 200"),
        ("imds-role", Fault(200, b"<html>\n"), "names no role"),
        ("imds-role", Fault(200, b".."), "names no role"),
        ("imds-role", Fault(302, headers={"Location": "/elsewhere"}), "answered 302"),
        ("imds-credentials", Fault(404), "answered 404"),
        ("imds-credentials", Fault(200, b"garbage"), "not a JSON object"),
        ("imds-credentials", Fault(200, b'"text"'), "not a JSON object"),
        ("imds-credentials", Fault(200, b"{}"), "no AccessKeyId"),
        (
            "imds-credentials",
            Fault(200, b'{"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume"}'),
            "AssumeRoleUnauthorizedAccess: EC2 cannot assume",
        ),
        ("imds-credentials", Fault(200, b'{"AccessKeyId": 1' + b"0" * 100, cut=True), "read"),
        ("imds-credentials", Fault(200, b" " * (2 << 20)), "longer than"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_instance_metadata_service_that_fails_is_passed_over_with_its_reason(
    fake, load, route, fault, reason
):
    fake.faults[route] = [fault]
    with pytest.raises(CredentialsNotConfigured, match=reason):
        load(InstanceMetadataProvider())


def test_metadata_attempts_and_timeout_are_those_of_the_environment(fake, load, monkeypatch):
    monkeypatch.setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3")
    fake.faults["imds-role"] = [Fault(500), Fault(500), Fault()]
    assert load(InstanceMetadataProvider()).access_key_id == derived_key("imds", 0)
    assert fake.count("imds-role") == 3
    monkeypatch.setenv("AWS_METADATA_SERVICE_TIMEOUT", "one")
    with pytest.raises(ConfigurationError, match="AWS_METADATA_SERVICE_TIMEOUT"):
        load(InstanceMetadataProvider())


def test_a_metadata_token_that_ends_in_between_is_fetched_anew(fake, load):
    fake.faults["imds-role"] = [Fault(401), Fault()]
    assert load(InstanceMetadataProvider()).access_key_id == derived_key("imds", 0)
    assert fake.count("imds-token") == 2
    fake.faults["imds-role"] = [Fault(401)]
    with pytest.raises(CredentialsNotConfigured, match="401"):
        load(InstanceMetadataProvider())


def test_a_disabled_metadata_service_is_not_asked(fake, load, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "True")
    with pytest.raises(CredentialsNotConfigured, match="AWS_EC2_METADATA_DISABLED"):
        load(InstanceMetadataProvider())
    assert fake.requests == []


# Containers


def test_a_container_endpoint_is_asked_with_the_token_of_the_file_read_anew(
    fake, load, monkeypatch, home
):
    token_file = home / "token"
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container/a?b=c")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "older")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token_file))
    provider = ContainerProvider()
    for token in ("first", "second"):  # it rotates while in use
        token_file.write_text(token)
        fake.container_tokens = {token}
        key = load(provider).access_key_id
        assert key == derived_key("container", "/container/a?b=c", token, 0)
    monkeypatch.delenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    fake.container_tokens = {"older"}
    assert load(provider).access_key_id.startswith("ASIA")


@pytest.mark.parametrize(
    ("fault", "reason", "asked"),
    [
        (Fault(404), "answered 404", 3),
        (Fault(403, b'{"code": "Denied", "message": "no role"}'), "saying: Denied: no role", 3),
        (Fault(302, headers={"Location": "http://127.0.0.1/container"}), "answered 302", 3),
        (Fault(500), "answered 500", 3),
        (Fault(200, b"garbage"), "not a JSON object", 3),
        (Fault(200, b'{"AccessKeyId": "a", "SecretAccessKey": "hunter2"}'), "no Token", 3),
        (Fault(200, b"{" + b" " * 50, cut=True), "cannot be reached", 3),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_container_endpoint_that_fails_fails_the_chain(
    fake, load, monkeypatch, fault, reason, asked
):
    monkeypatch.setattr("wrapper.credentials._container._PAUSE", 0.01)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container")
    fake.faults["container"] = [fault]
    with pytest.raises(CredentialsError, match=reason) as caught:
        load(default_chain())
    assert not isinstance(caught.value, CredentialsNotConfigured)
    assert "hunter2" not in str(caught.value)
    assert fake.routes() == ["container"] * asked


def test_a_container_endpoint_that_recovers_serves(fake, load, monkeypatch):
    monkeypatch.setattr("wrapper.credentials._container._PAUSE", 0.01)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container")
    fake.faults["container"] = [Fault(404), Fault(200, b"["), Fault()]
    assert load(ContainerProvider()).access_key_id == derived_key(
        "container", "/container", None, 0
    )


def test_a_slow_container_endpoint_times_out(fake, load, monkeypatch):
    monkeypatch.setattr("wrapper.credentials._container._PAUSE", 0.01)
    monkeypatch.setattr("wrapper.credentials._container._TIMEOUT", 0.1)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container")
    fake.faults["container"] = [Fault(delay=1)]
    begun = time.monotonic()
    with pytest.raises(CredentialsError, match="ReadTimeout"):
        load(ContainerProvider())
    assert time.monotonic() - begun < 2


# STS


def environment_keys(monkeypatch, access_key="AKIAENVIRONMENT"):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret_of(access_key))


def test_a_role_is_assumed_with_a_signature_that_botocore_computes_too(fake, load, monkeypatch):
    environment_keys(monkeypatch)
    provider = AssumeRoleProvider(
        ROLE_ARN,
        EnvironmentProvider(),
        external_id="e&=?",
        role_session_name="me",
        duration_seconds=900,
    )
    credentials = load(provider)
    form = {
        "RoleArn": ROLE_ARN,
        "ExternalId": "e&=?",
        "RoleSessionName": "me",
        "DurationSeconds": "900",
        "Version": "2011-06-15",
    }
    expected = derived_key("AssumeRole", "AKIAENVIRONMENT", sorted(form.items()))
    assert credentials.access_key_id == expected
    assert credentials.secret_access_key == secret_of(expected)
    assert credentials.expiration - datetime.now(UTC) > timedelta(hours=5)


def test_a_wrong_secret_is_refused_with_advice_and_without_the_secret(fake, load, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with pytest.raises(
        CredentialsError, match=r"SignatureDoesNotMatch.*secret key.*clock"
    ) as caught:
        load(AssumeRoleProvider(ROLE_ARN, EnvironmentProvider()))
    assert "hunter2" not in str(caught.value)
    assert fake.count("sts") == 1


def test_profiles_chain_roles_and_ask_for_mfa_codes(fake, load, home):
    write_config(
        home,
        "[profile a]\nrole_arn = arn:a\nsource_profile = b\nmfa_serial = arn:mfa\n"
        "[profile b]\nrole_arn = arn:b\nsource_profile = c\nexternal_id = x\n"
        f"[profile c]\naws_access_key_id = AKIAC\naws_secret_access_key = {secret_of('AKIAC')}\n",
    )
    asked = []

    def mfa_code(serial: str) -> str:
        asked.append(serial)
        return " 123456\n"

    credentials = load(default_chain(profile="a", mfa_code=mfa_code))
    middle = derived_key(
        "AssumeRole",
        "AKIAC",
        [("ExternalId", "x"), ("RoleArn", "arn:b"), ("Version", "2011-06-15")],
    )
    assert asked == ["arn:mfa"]
    assert credentials.access_key_id == derived_key(
        "AssumeRole",
        middle,
        [
            ("RoleArn", "arn:a"),
            ("SerialNumber", "arn:mfa"),
            ("TokenCode", "123456"),
            ("Version", "2011-06-15"),
        ],
    )
    with pytest.raises(CredentialsError, match=r"MFA device arn:mfa.*mfa_code"):
        load(default_chain(profile="a"))
    with pytest.raises(CredentialsError, match="no code"):
        load(default_chain(profile="a", mfa_code=lambda _: ""))
    with pytest.raises(CredentialsError, match="mfa_code returned int for the device"):
        load(default_chain(profile="a", mfa_code=lambda _: 123456))

    async def ask(_: str) -> str:
        return "123456"

    chain = default_chain(profile="a", mfa_code=ask)
    if load is by_thread:
        with pytest.raises(CredentialsError, match="mfa_code returned coroutine"):
            load(chain)
    else:
        assert load(chain).access_key_id


@pytest.mark.parametrize("source", ["Ec2InstanceMetadata", "EcsContainer", "Environment"])
def test_a_credential_source_assumes_the_role(fake, load, home, monkeypatch, source):
    write_config(home, f"[profile a]\nrole_arn = arn:a\ncredential_source = {source}\n")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container")
    environment_keys(monkeypatch)
    signer = {
        "Ec2InstanceMetadata": derived_key("imds", 0),
        "EcsContainer": derived_key("container", "/container", None, 0),
        "Environment": "AKIAENVIRONMENT",
    }[source]
    assert load(default_chain(profile="a")).access_key_id == derived_key(
        "AssumeRole", signer, [("RoleArn", "arn:a"), ("Version", "2011-06-15")]
    )


def test_a_source_without_credentials_fails_the_chain(fake, load, home):
    write_config(
        home, "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nregion = eu-west-1\n"
    )
    with pytest.raises(CredentialsError, match=r"arn:a .* profile 'b', which has none") as caught:
        load(default_chain(profile="a"))
    assert not isinstance(caught.value, CredentialsNotConfigured)
    assert fake.requests == []


def test_a_web_identity_token_is_read_anew_and_sent_unsigned(fake, load, home):
    token_file = home / "jwt"
    provider = WebIdentityProvider(ROLE_ARN, str(token_file), role_session_name="me")
    for token in ("first.jwt", "second.jwt"):
        token_file.write_text(f"{token}\n")
        form = {
            "RoleArn": ROLE_ARN,
            "RoleSessionName": "me",
            "WebIdentityToken": token,
            "Version": "2011-06-15",
        }
        expected = derived_key("AssumeRoleWithWebIdentity", "nobody", sorted(form.items()))
        assert load(provider).access_key_id == expected


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), ("", "is empty"), (b"\xff", "not text")]
)
def test_an_unusable_web_identity_token_is_explained(fake, load, home, content, reason):
    path = home / "jwt"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CredentialsError, match=reason):
        load(WebIdentityProvider(ROLE_ARN, str(path)))
    assert fake.requests == []


@pytest.mark.parametrize(
    ("fault", "reason", "asked"),
    [
        (
            Fault(403, sts_error("AccessDenied", "not you").encode()),
            "AccessDenied.*trust policy",
            1,
        ),
        (Fault(400, sts_error("IDPCommunicationError", "…").encode()), "IDPCommunication", 3),
        (Fault(400, sts_error("Throttling", "…").encode()), "Throttling", 3),
        (Fault(500, b"oops"), "500 unknown error", 3),
        (Fault(404, b"<html>"), "404 unknown error", 1),
        (Fault(200, b"<a/>"), "no AccessKeyId", 1),
        (Fault(200, b"garbage"), "not valid XML", 1),
        (Fault(200, b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), "document type", 1),
        (Fault(200, b"<a>" * 30, cut=True), "failed: RemoteProtocolError", 3),
    ],
    ids=lambda value: str(value)[:50],
)
def test_an_sts_that_fails_is_tried_again_where_that_may_help(
    fake, load, home, monkeypatch, fault, reason, asked
):
    monkeypatch.setattr("wrapper.credentials._http.random", lambda: 0.01)
    (home / "jwt").write_text("the.secret.jwt")
    fake.faults["sts"] = [fault]
    with pytest.raises(CredentialsError, match=reason) as caught:
        load(WebIdentityProvider(ROLE_ARN, str(home / "jwt")))
    assert "the.secret.jwt" not in str(caught.value)
    assert fake.count("sts") == asked


def test_an_error_of_sts_that_repeats_the_token_is_masked(fake, load, home):
    (home / "jwt").write_text("the.secret.jwt")
    fake.faults["sts"] = [
        Fault(400, sts_error("InvalidIdentityToken", "bad: the.secret.jwt").encode())
    ]
    with pytest.raises(CredentialsError, match=r"bad: \*\*\*"):
        load(WebIdentityProvider(ROLE_ARN, str(home / "jwt")))


# SSO


def cache_token(home, name, **fields):
    folder = home / ".aws" / "sso" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha1(name.encode()).hexdigest()}.json"
    path.write_text(json.dumps({"startUrl": "https://x", "region": "eu-west-1", **fields}))
    return path


def instant(**delta):
    return (datetime.now(UTC) + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


SESSION = (
    "[profile s]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n"
    "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n"
)
LEGACY = (
    "[profile s]\nsso_account_id = 123456789012\nsso_role_name = Dev\nsso_region = eu-west-1\n"
    "sso_start_url = https://x\n"
)
REGISTRATION = {
    "clientId": "client",
    "clientSecret": "hunter2",
    "refreshToken": "refresh",
    "registrationExpiresAt": "2099-01-01T00:00:00Z",
}


def sso_key(token):
    query = [("account_id", ["123456789012"]), ("role_name", ["Dev"])]
    return derived_key("sso", token, query)


@pytest.mark.parametrize(("config", "name"), [(SESSION, "corp"), (LEGACY, "https://x")])
def test_sso_trades_the_cached_token_for_credentials(fake, load, home, config, name):
    write_config(home, config)
    cache_token(home, name, accessToken="cached", expiresAt=instant(hours=1))
    credentials = load(default_chain(profile="s"))
    assert credentials.access_key_id == sso_key("cached")
    assert credentials.expiration - datetime.now(UTC) > timedelta(hours=5)
    assert fake.routes() == ["sso"]
    assert "Authorization" not in fake.requests[0].headers


@pytest.mark.parametrize("remaining", [-60, 60, 14 * 60])
def test_an_sso_token_that_ends_is_refreshed_in_memory_alone(fake, load, home, remaining):
    write_config(home, SESSION)
    ends = instant(seconds=remaining)
    path = cache_token(home, "corp", accessToken="cached", expiresAt=ends, **REGISTRATION)
    before = path.read_bytes()
    chain = default_chain(profile="s")
    assert load(chain).access_key_id == sso_key("refreshed-by-refresh")
    assert load(chain).access_key_id == sso_key("refreshed-by-refresh"), "it is remembered"
    assert fake.routes() == ["oidc", "sso", "sso"]
    assert json.loads(fake.requests[0].body) == {
        "grantType": "refresh_token",
        "clientId": "client",
        "clientSecret": "hunter2",
        "refreshToken": "refresh",
    }
    pickled = pickle.dumps((chain, chain.chosen))
    assert b"refreshed-by-refresh" not in pickled
    assert b"hunter2" not in pickled
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    # a new login prevails over what was refreshed
    cache_token(home, "corp", accessToken="newer", expiresAt=instant(hours=8))
    assert load(chain).access_key_id == sso_key("newer")


def test_a_role_remembers_the_refreshed_token_of_its_source(fake, load, home):
    write_config(home, f"[profile r]\nrole_arn = arn:r\nsource_profile = s\n{SESSION}")
    cache_token(home, "corp", accessToken="cached", expiresAt=instant(hours=-1), **REGISTRATION)
    chain = default_chain(profile="r")
    assert load(chain).access_key_id == load(chain).access_key_id
    assert fake.routes() == ["oidc", "sso", "sts", "sso", "sts"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"refreshToken": None}, "the cache has no refreshToken"),
        ({"clientId": None, "clientSecret": ""}, "no clientId and no clientSecret"),
        ({"registrationExpiresAt": "2001-01-01T00:00:00Z"}, "registration ended"),
        ({"refreshToken": "revoked"}, "answered 400, saying: no such grant"),
    ],
)
def test_an_sso_token_that_cannot_be_refreshed_serves_until_it_ends(
    fake, load, home, change, reason, caplog
):
    write_config(home, SESSION)
    fake.refresh_tokens = {"refresh"}
    fields = {"accessToken": "cached", **REGISTRATION, **change}
    cache_token(home, "corp", expiresAt=instant(minutes=5), **fields)
    with caplog.at_level(logging.WARNING):
        assert load(default_chain(profile="s")).access_key_id == sso_key("cached")
    assert reason in caplog.text
    assert "hunter2" not in caplog.text
    cache_token(home, "corp", expiresAt=instant(minutes=-5), **fields)
    with pytest.raises(CredentialsError, match="aws sso login --sso-session corp") as caught:
        load(default_chain(profile="s"))
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "fault",
    [Fault(500), Fault(200, b"garbage"), Fault(200, b"{}"), Fault(200, b'{"expiresIn": 1}')],
)
def test_a_failing_token_service_leaves_a_valid_sso_token_in_use(
    fake, load, home, fault, monkeypatch
):
    monkeypatch.setattr("wrapper.credentials._http.random", lambda: 0.01)
    write_config(home, SESSION)
    fake.faults["oidc"] = [fault]
    cache_token(home, "corp", accessToken="cached", expiresAt=instant(minutes=5), **REGISTRATION)
    assert load(default_chain(profile="s")).access_key_id == sso_key("cached")


def test_missing_expired_and_refused_sso_tokens_name_the_login_to_run(fake, load, home):
    write_config(home, LEGACY)
    login = "aws sso login --profile s"
    with pytest.raises(CredentialsError, match=f"There is no SSO token .*{login}"):
        load(default_chain(profile="s"))
    cache_token(home, "https://x", accessToken="cached", expiresAt=instant(hours=-1))
    with pytest.raises(CredentialsError, match=f"expired at .*{login}"):
        load(default_chain(profile="s"))
    cache_token(home, "https://x", accessToken="cached", expiresAt=instant(hours=1))
    fake.sso_tokens = {"another"}
    with pytest.raises(CredentialsError, match=f"refused the token .*{login}"):
        load(default_chain(profile="s"))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(403, b'{"message": "No access"}'), "answered 403, saying: No access"),
        (Fault(404, b"<html>"), "answered 404"),
        (Fault(500), "answered 500"),
        (Fault(200, b"garbage"), "not a JSON object"),
        (Fault(200, b"{}"), "no credentials"),
        (Fault(200, b'{"roleCredentials": {"accessKeyId": 5}}'), "no secretAccessKey"),
        (
            Fault(
                200,
                b'{"roleCredentials": {"accessKeyId": "a", "secretAccessKey": "b", '
                b'"sessionToken": "c", "expiration": 1e400}}',
            ),
            "expiration",
        ),
        (
            Fault(
                200,
                b'{"roleCredentials": {"accessKeyId": "a", "secretAccessKey": "b", '
                b'"sessionToken": "c", "expiration": 9999999999999999999999}}',
            ),
            "expiration",
        ),
    ],
)
def test_an_sso_portal_that_fails_is_explained(fake, load, home, fault, reason, monkeypatch):
    monkeypatch.setattr("wrapper.credentials._http.random", lambda: 0.01)
    write_config(home, LEGACY)
    cache_token(home, "https://x", accessToken="cached", expiresAt=instant(hours=1))
    fake.faults["sso"] = [fault]
    with pytest.raises(CredentialsError, match=reason):
        load(default_chain(profile="s"))


# Proxies, redirects, certificates


def test_metadata_and_container_requests_never_go_through_a_proxy(fake, load, monkeypatch):
    with serve() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert load(InstanceMetadataProvider()).access_key_id == derived_key("imds", 0)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container")
        assert load(ContainerProvider()).access_key_id.startswith("ASIA")
        assert proxy.requests == []


def test_sts_goes_through_the_configured_proxy(fake, load, home, monkeypatch):
    monkeypatch.setattr("wrapper.credentials._http.random", lambda: 0.01)
    (home / "jwt").write_text("jwt")
    with serve() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://sts.invalid")
        with pytest.raises(CredentialsError, match="502"):
            load(WebIdentityProvider(ROLE_ARN, str(home / "jwt")))
        seen = {(request.method, request.path) for request in proxy.requests}
        assert seen == {("CONNECT", "sts.invalid:443")}
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake.url)  # on this machine
        assert load(WebIdentityProvider(ROLE_ARN, str(home / "jwt"))).access_key_id


@pytest.mark.parametrize("route", ["imds-token", "imds-role", "imds-credentials", "container"])
def test_redirects_are_not_followed(fake, load, monkeypatch, route):
    with serve() as elsewhere:
        location = {"Location": f"{elsewhere.url}/container"}
        for status in (301, 302, 303, 307, 308):
            fake.faults[route] = [Fault(status, headers=location)]
            monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container")
            provider = ContainerProvider() if route == "container" else InstanceMetadataProvider()
            with pytest.raises(CredentialsError):
                load(provider)
        assert elsewhere.requests == []


def test_certificates_are_read_off_the_event_loop(home, monkeypatch):
    from wrapper.credentials import _http

    threads = []
    load = ssl.SSLContext.load_verify_locations

    def record(*arguments, **options):
        threads.append(threading.get_ident())
        return load(*arguments, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", record)
    monkeypatch.setattr(_http, "random", lambda: 0.0)
    (home / "jwt").write_text("jwt")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://127.0.0.1:9")
    with pytest.raises(CredentialsError, match="ConnectError"):
        asyncio.run(WebIdentityProvider(ROLE_ARN, str(home / "jwt")).load_async())
    assert threads
    assert threading.get_ident() not in threads


def test_the_configured_certificates_are_used_for_sts(load, home, monkeypatch):
    """A bundle that is no certificate fails when it is read, before anything is sent."""
    (home / "jwt").write_text("jwt")
    (home / "ca.pem").write_text("no certificate")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(home / "ca.pem"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match=r"ca.pem' is not a readable bundle"):
        load(WebIdentityProvider(ROLE_ARN, str(home / "jwt")))


@pytest.fixture
def secured(home):
    """A service over TLS, by a certificate that nobody knows; and its authority's bundle."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(home / "authority.pem"))
    with serve(context) as fake:
        yield fake, str(home / "authority.pem")


@pytest.mark.parametrize("verify", [False, True, "bundle"])
def test_a_clients_own_certificates_are_not_for_sts(secured, home, monkeypatch, face, verify):
    """`verify=False` for a model on a test server must not send the identity to anybody."""
    fake, bundle = secured
    monkeypatch.setattr("wrapper.credentials._http.random", lambda: 0.0)
    (home / "jwt").write_text("jwt")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "jwt"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE_ARN)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake.url)
    options = {
        "credentials": None,
        "verify": bundle if verify == "bundle" else verify,
        "endpoint_url": "http://127.0.0.1:9",
    }
    with pytest.raises(CredentialsError, match="CERTIFICATE_VERIFY_FAILED"):
        face.call(options, "invoke_endpoint", "e", b"")
    assert fake.requests == []
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with pytest.raises(ConnectError):  # the endpoint's: the credentials were there
        face.call(options, "invoke_endpoint", "e", b"")
    assert fake.routes() == ["sts"]


def test_a_clients_own_proxy_is_not_for_sts(fake, home, monkeypatch, face):
    (home / "jwt").write_text("jwt")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "jwt"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE_ARN)
    with pytest.raises(ConnectError, match="through the proxy"):
        face.call({"credentials": None, "proxy": "http://127.0.0.1:9"}, "invoke_endpoint", "e", b"")
    assert fake.routes() == ["sts"]


@pytest.mark.parametrize(
    ("proxy", "said"), [("ftp://h", "cannot be used"), ("socks5://u:canary@127.0.0.1:9", "socksio")]
)
def test_a_proxy_that_cannot_be_used_for_sts_is_a_matter_of_configuration(
    load, home, monkeypatch, proxy, said
):
    (home / "jwt").write_text("jwt")
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigurationError, match=said) as caught:
        load(WebIdentityProvider(ROLE_ARN, str(home / "jwt")))
    assert "canary" not in str(caught.value)


def test_insecure_http_to_sts_is_allowed_by_name_alone(home, monkeypatch, face):
    (home / "jwt").write_text("jwt")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "jwt"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE_ARN)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.invalid")
    monkeypatch.setattr("wrapper.credentials._http.random", lambda: 0.0)
    options = {"credentials": None, "endpoint_url": "http://127.0.0.1:9"}
    with pytest.raises(ConfigurationError, match="allow_insecure_http"):
        face.call(options, "invoke_endpoint", "e", b"")
    with pytest.raises(CredentialsError, match=r"http://sts\.invalid failed: ConnectError"):
        face.call(options | {"allow_insecure_http": True}, "invoke_endpoint", "e", b"")


EXPIRED = {"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s", "Expiration": "2001-01-01"}


@pytest.mark.parametrize(
    "source",
    [
        f"source_profile=b\n[profile b]\ncredential_process=echo '{json.dumps(EXPIRED)}'",
        "credential_source=Environment",
    ],
)
def test_expired_credentials_assume_no_role(fake, load, home, monkeypatch, source):
    write_config(home, f"[default]\nrole_arn={ROLE_ARN}\n{source}\n")
    environment_keys(monkeypatch)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z")
    with pytest.raises(CredentialsError, match="which expired at 2001-01-01"):
        load(default_chain(profile="default"))
    assert fake.requests == []


# Rotation under load


class Clock:
    def __init__(self):
        self.offset = 0.0

    def __call__(self):
        return time.time() + self.offset


def test_ten_thousand_tasks_across_a_rotation_see_one_refresh(fake):
    clock = Clock()
    fake.now = clock
    source = RefreshingCredentials(InstanceMetadataProvider(), clock=clock)

    async def main():
        await source.get_async()
        fake.generation = 1
        clock.offset = fake.lifetime - 60
        turns = 0

        async def tick():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.ensure_future(tick())
        fake.faults["imds-credentials"] = [Fault(delay=0.2)]
        got = await asyncio.gather(*(source.get_async() for _ in range(10_000)))
        ticking.cancel()
        return got, turns

    got, turns = asyncio.run(main())
    assert {credentials.access_key_id for credentials in got} == {derived_key("imds", 1)}
    assert all(credentials.expiration.timestamp() > clock() for credentials in got)
    assert fake.routes() == ["imds-token", "imds-role", "imds-credentials"] * 2
    assert turns > 20, "the event loop went on during the refresh"


def test_ten_thousand_calls_of_threads_across_a_rotation_see_one_refresh(fake):
    clock = Clock()
    fake.now = clock
    source = RefreshingCredentials(InstanceMetadataProvider(), clock=clock)
    source.get()
    fake.generation = 1
    clock.offset = fake.lifetime - 60
    with ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda _: source.get(), range(10_000)))
    assert {credentials.access_key_id for credentials in got} == {derived_key("imds", 1)}
    assert fake.count("imds-credentials") == 2


def test_valid_credentials_serve_on_while_the_metadata_service_is_down(fake, caplog):
    clock = Clock()
    fake.now = clock
    source = RefreshingCredentials(InstanceMetadataProvider(), clock=clock)
    first = source.get()
    fake.faults["imds-token"] = [Fault(500)]
    fake.faults["imds-role"] = [Fault(500)]
    for remaining in (14 * 60, 5 * 60, 30):
        clock.offset = fake.lifetime - remaining
        assert source.get() == first
        assert asyncio.run(source.get_async()) == first
    assert caplog.text.count("serve on") == 3
    clock.offset = fake.lifetime + 1
    with pytest.raises(CredentialsError, match="answered 500"):
        source.get()
    fake.faults.clear()
    assert source.get().expiration.timestamp() > clock()


def test_a_service_that_gives_expired_credentials_is_not_believed(fake):
    fake.lifetime = -60
    with pytest.raises(CredentialsError, match="expired"):
        RefreshingCredentials(InstanceMetadataProvider()).get()


def test_cancelling_a_task_in_the_middle_of_a_refresh_starves_nobody(fake):
    fake.faults["imds-credentials"] = [Fault(delay=0.1)]
    source = RefreshingCredentials(InstanceMetadataProvider())

    async def main():
        tasks = [asyncio.ensure_future(source.get_async()) for _ in range(100)]
        await asyncio.sleep(0.05)
        for task in tasks[:50]:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    got = asyncio.run(main())
    assert all(isinstance(result, asyncio.CancelledError) for result in got[:50])
    assert {result.access_key_id for result in got[50:]} == {derived_key("imds", 0)}
    assert fake.count("imds-credentials") == 1
    gc.collect()


# The whole search


def test_the_chain_asks_each_source_in_its_turn(fake, load, home, monkeypatch):
    """Take the sources away one after the other: the next one serves."""
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{fake.url}/container")
    environment_keys(monkeypatch)
    write_config(
        home,
        "[default]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = s\n"
        "credential_process = echo '"
        '{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"}'
        "'\n",
    )
    credentials_file = home / ".aws" / "credentials"
    credentials_file.write_text(
        "[default]\naws_access_key_id = AKIASHARED\naws_secret_access_key = s\n"
    )
    assert load(default_chain()).access_key_id == "AKIAENVIRONMENT"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert load(default_chain()).access_key_id == "AKIASHARED"
    credentials_file.unlink()
    assert load(default_chain()).access_key_id == "AKIAPROCESS"
    write_config(home, "[default]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = s\n")
    assert load(default_chain()).access_key_id == "AKIACONFIG"
    write_config(home, "")
    key = load(default_chain()).access_key_id
    assert key == derived_key("container", "/container", None, 0)
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    assert load(default_chain()).access_key_id == derived_key("imds", 0)


def test_the_provider_that_served_once_is_asked_alone_from_then_on(fake, load, monkeypatch):
    chain = default_chain()
    assert load(chain).access_key_id == derived_key("imds", 0)
    environment_keys(monkeypatch)
    assert load(chain).access_key_id == derived_key("imds", 0)
    assert load(default_chain()).access_key_id == "AKIAENVIRONMENT"


def test_a_client_without_credentials_searches_with_its_own_configuration(fake, home):
    write_config(
        home,
        "[profile a]\nregion = us-west-2\nrole_arn = arn:a\n"
        "credential_source = Ec2InstanceMetadata\n",
    )
    source = as_source(None, resolve_config(profile="a", region="ap-south-1"))
    assert source.get().access_key_id.startswith("ASIA")
    scope = fake.requests[-1].headers["Authorization"]
    assert "/ap-south-1/sts/aws4_request" in scope


def test_settings_of_the_metadata_service_may_stand_in_the_profile(fake, load, home, monkeypatch):
    monkeypatch.delenv("AWS_EC2_METADATA_SERVICE_ENDPOINT")
    write_config(home, f"[default]\nec2_metadata_service_endpoint = {fake.url}/\n")
    assert load(InstanceMetadataProvider(settings=Settings())).access_key_id == derived_key(
        "imds", 0
    )


@pytest.mark.slow
def test_roles_are_assumed_at_the_sts_of_moto(load, home, monkeypatch):
    """An STS that nobody here wrote."""
    from moto import settings
    from moto.server import ThreadedMotoServer

    # moto's state is the process's: another test's server may check signatures meanwhile.
    monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://{host}:{port}")
        environment_keys(monkeypatch)
        role = AssumeRoleProvider(ROLE_ARN, EnvironmentProvider(), duration_seconds=900)
        (home / "jwt").write_text("a.web.identity")
        web_identity = WebIdentityProvider(ROLE_ARN, str(home / "jwt"))
        for provider, lifetime in ((role, 900), (web_identity, 3600)):
            credentials = load(provider)
            assert credentials.access_key_id.startswith("ASIA")
            assert credentials.session_token
            remaining = (credentials.expiration - datetime.now(UTC)).total_seconds()
            assert lifetime - 60 < remaining <= lifetime + 1
    finally:
        server.stop()
