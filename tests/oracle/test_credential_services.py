"""Where the calls for credentials go: to the URLs that botocore asks, by the profile in force."""

from __future__ import annotations

import contextlib
import hashlib
import json
from unittest import mock

import botocore.credentials
import botocore.exceptions
import botocore.httpsession
import botocore.session
import botocore.tokens
import pytest

from tests.aws_environment import isolate
from wrapper._errors import SageMakerRuntimeError
from wrapper.credentials import _http as http_module
from wrapper.credentials import default_chain

ROLE = "role_arn = arn:aws:iam::123456789012:role/r\n"
KEYS = "[profile keys]\naws_access_key_id = A\naws_secret_access_key = b\n"
SSO = (
    "sso_account_id = 123456789012\nsso_role_name = Dev\nsso_session = corp\n"
    "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp\n"
)
VPC = "[services vpc]\nsts =\n  endpoint_url = https://vpce-1.example.com\n"
WEB = {
    "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/jwt",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
}

CASES = {
    "fips of the active profile, for its source's SSO": (
        (
            f"[default]\nregion=us-east-1\nuse_fips_endpoint=true\n{ROLE}source_profile=b\n"
            f"[profile b]\n{SSO}"
        ),
        {},
    ),
    "fips of the active profile, for its source's role": (
        (
            f"[default]\nregion=us-east-1\nuse_fips_endpoint=true\n{ROLE}source_profile=b\n"
            f"[profile b]\n{ROLE}source_profile=keys\n{KEYS}"
        ),
        {},
    ),
    "fips of the source's profile, which does not count": (
        (
            f"[default]\nregion=us-east-1\n{ROLE}source_profile=b\n"
            f"[profile b]\nuse_fips_endpoint=true\n{ROLE}source_profile=keys\n{KEYS}"
        ),
        {},
    ),
    "an endpoint of the active profile": (
        (
            f"[default]\nregion=eu-west-1\nservices=vpc\n{ROLE}source_profile=b\n"
            f"[profile b]\n{ROLE}source_profile=keys\n{KEYS}{VPC}"
        ),
        {},
    ),
    "an endpoint of the source's profile, which does not count": (
        (
            f"[default]\nregion=eu-west-1\n{ROLE}source_profile=b\n"
            f"[profile b]\nservices=vpc\n{ROLE}source_profile=keys\n{KEYS}{VPC}"
        ),
        {},
    ),
    "the legacy STS of the active profile": (
        (
            f"[default]\nregion=us-east-1\nsts_regional_endpoints=legacy\n{ROLE}source_profile=b\n"
            f"[profile b]\n{ROLE}source_profile=keys\n{KEYS}"
        ),
        {},
    ),
    "a region of the source's profile, which does not count": (
        (
            f"[default]\nregion=eu-west-1\n{ROLE}source_profile=b\n"
            f"[profile b]\nregion=us-east-2\n{ROLE}source_profile=keys\n{KEYS}"
        ),
        {},
    ),
    "a web identity": ("[default]\nregion=eu-west-1\n", WEB),
    "a web identity without a region": ("", WEB),
    "a role without a region": (f"[default]\n{ROLE}source_profile=keys\n{KEYS}", {}),
    "a web identity without a region, and an endpoint": (
        "",
        WEB | {"AWS_ENDPOINT_URL_STS": "https://sts.example.com"},
    ),
    "a pseudo region of FIPS": ("[default]\nregion=fips-us-east-1\n", WEB),
    "the global region": ("[default]\nregion=aws-global\n", WEB),
    "SSO of another partition": (
        f"[default]\n{SSO.replace('eu-west-1', 'us-gov-west-1')}",
        {"AWS_USE_FIPS_ENDPOINT": "true"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_urls_are_asked(case, monkeypatch, tmp_path):
    config, environ = CASES[case]
    isolate(monkeypatch, tmp_path)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in environ.items():
        monkeypatch.setenv(name, value.format(home=tmp_path))
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    token = {"accessToken": "token", "expiresAt": "2099-01-01T00:00:00Z"}
    for name in ("corp", "https://corp"):
        (cache / f"{hashlib.sha1(name.encode()).hexdigest()}.json").write_text(json.dumps(token))
    (tmp_path / ".aws" / "config").write_text(config)
    (tmp_path / "jwt").write_text("a.web.identity")
    expected = asked_by_botocore(str(cache))
    assert len(expected) == 1
    assert asked_here() == expected


def asked_by_botocore(cache: str) -> set[str]:
    urls = set()

    def send(_, request):
        urls.add(request.url.partition("?")[0].rstrip("/"))
        raise botocore.exceptions.EndpointConnectionError(endpoint_url=request.url)

    session = botocore.session.Session()
    # botocore itself reads AWS_DEFAULT_REGION alone; here the profile names the region.
    with (
        mock.patch.object(botocore.httpsession.URLLib3Session, "send", send),
        mock.patch.object(botocore.credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", cache),
        mock.patch.object(botocore.tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", cache),
        mock.patch("time.sleep"),
    ):
        try:
            credentials = session.get_credentials()
            if credentials is not None:
                credentials.get_frozen_credentials()
        except botocore.exceptions.BotoCoreError:
            pass
    return urls


def asked_here() -> set[str]:
    urls = set()

    def perform(exchange):
        urls.add(exchange.url.partition("?")[0].rstrip("/"))
        raise http_module.HttpFailed("not answered")

    with (
        mock.patch.object(http_module.Exchange, "perform", perform),
        mock.patch.object(http_module, "random", return_value=0.0),
        contextlib.suppress(SageMakerRuntimeError),
    ):
        default_chain().load()
    return urls
