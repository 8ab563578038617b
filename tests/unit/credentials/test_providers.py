"""Providers that need no network: environment, files, processes, logins, and rules of the
others."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import dateutil.parser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wrapper._config import resolve_config
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper._settings import Settings
from wrapper.credentials import (
    ConfigFileProvider,
    ContainerProvider,
    CredentialsNotConfigured,
    EnvironmentProvider,
    InstanceMetadataProvider,
    LoginProvider,
    ProcessProvider,
    SharedCredentialsProvider,
    default_chain,
)
from wrapper.credentials._container import _checked_url
from wrapper.credentials._expiration import parse_expiration
from wrapper.credentials._sts import parse_answer
from wrapper.credentials._wording import excerpt


def write(home, config="", credentials=""):
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(config)
    (home / ".aws" / "credentials").write_text(credentials)


# Environment


def test_the_environment_gives_keys_token_and_expiration():
    environ = {
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
        "AWS_CREDENTIAL_EXPIRATION": "2030-01-01T01:00:00+01:00",
    }
    found = EnvironmentProvider(environ).load()
    assert (found.access_key_id, found.secret_access_key, found.session_token) == ("AKID", "s", "t")
    assert found.expiration == datetime(2030, 1, 1, tzinfo=UTC)


def test_half_of_the_keys_is_an_error_and_none_is_not():
    with pytest.raises(CredentialsError, match="AWS_SECRET_ACCESS_KEY is not"):
        EnvironmentProvider({"AWS_ACCESS_KEY_ID": "AKID"}).load()
    with pytest.raises(CredentialsNotConfigured):
        EnvironmentProvider({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "s"}).load()


def test_the_environment_is_read_anew_each_time(monkeypatch):
    provider = EnvironmentProvider()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert provider.load().access_key_id == "A"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "B")
    assert provider.load().access_key_id == "B"


@pytest.mark.parametrize(
    "value",
    [
        *(
            "soon",
            "2030-13-01T00:00:00Z",
            "",
            None,
            5,
            [],
            "2030",
            "10:00",
            "Jan 2030",
            "1893456000",
        ),
        *("2030-01-01T00:00:00 XYZ", "9" * 40, "2030-01-01T00:00:00+99:99", "\0", "1 2 3 4 5 6 7"),
    ],
)
def test_what_is_no_instant_is_refused(value):
    with pytest.raises(CredentialsError, match="X is not an instant"):
        parse_expiration(value, "X")


@pytest.mark.parametrize(
    "value",
    ["2030-01-01T00:00:00Z", "2030-01-01T00:00:00UTC", "2030-01-01T00:00:00", "20300101T000000Z"],
)
def test_the_ways_in_which_awss_tools_write_an_instant(value):
    assert parse_expiration(value, "X") == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        *("Tue, 01 Jan 2030 00:00:00 GMT", "2030-01-01 01:00:00 +0100", "Jan 1 2030 00:00 UTC"),
        *("2029-12-31T19:00:00 -05:00", "Tue Jan  1 00:00:00 2030", "2030/01/01"),
    ],
)
def test_what_dateutil_reads_for_awss_tools_is_an_instant_too(value):
    assert parse_expiration(value, "X") == datetime(2030, 1, 1, tzinfo=UTC)
    theirs = dateutil.parser.parse(value)
    assert (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) == parse_expiration(value, "X")


@given(st.text("0123456789-/:.TZ +ADGJMNPUVabcenoptuvy,hms", max_size=30) | st.text(max_size=30))
@example("2030-01-01 5h" + "9" * 30 + "m")
def test_any_text_is_an_aware_instant_or_refused(value):
    with contextlib.suppress(CredentialsError):
        assert parse_expiration(value, "X").utcoffset() is not None


# Files


def test_keys_of_either_file_serve_and_each_provider_knows_its_own(home):
    write(
        home,
        "[default]\naws_access_key_id = CONFIG\naws_secret_access_key = s\n"
        "[profile p]\naws_access_key_id = PCONFIG\naws_secret_access_key = s\n",
        "[default]\naws_access_key_id = SHARED\naws_secret_access_key = s\naws_session_token = t\n",
    )
    assert SharedCredentialsProvider().load().access_key_id == "SHARED"
    assert SharedCredentialsProvider().load().session_token == "t"
    assert ConfigFileProvider().load().access_key_id == "CONFIG"
    assert ConfigFileProvider(profile="p").load().access_key_id == "PCONFIG"
    with pytest.raises(CredentialsNotConfigured, match=r"no \[p\]\. Put .* under \[p\] there"):
        SharedCredentialsProvider(profile="p").load()


def test_half_of_the_keys_of_a_file_is_an_error(home):
    write(home, "[profile p]\naws_access_key_id = A\n", "[default]\naws_access_key_id = A\n")
    with pytest.raises(CredentialsError, match=r"no aws_secret_access_key") as caught:
        SharedCredentialsProvider().load()
    assert not isinstance(caught.value, CredentialsNotConfigured)
    with pytest.raises(CredentialsError, match=r"\[profile p\] in .* no aws_secret_access_key"):
        ConfigFileProvider(profile="p").load()


def test_files_are_read_off_the_event_loop(home, monkeypatch):
    write(home, "", "[default]\naws_access_key_id = A\naws_secret_access_key = s\n")
    threads = []
    from wrapper import _settings

    read = _settings._read_bytes
    monkeypatch.setattr(
        _settings, "_read_bytes", lambda path: threads.append(threading.get_ident()) or read(path)
    )
    provider = SharedCredentialsProvider()
    assert asyncio.run(provider.load_async()).access_key_id == "A"
    assert threads
    assert threading.get_ident() not in threads


# Processes

PRINTS = """
import json, sys
print(json.dumps({"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s",
**json.loads(sys.argv[1])}))
"""


def process(extra="{}", code=PRINTS):
    return ProcessProvider([sys.executable, "-c", code, extra])


@pytest.mark.parametrize("load", [lambda p: p.load(), lambda p: asyncio.run(p.load_async())])
def test_a_process_prints_credentials(load):
    assert load(process()).session_token is None
    found = load(process('{"SessionToken": "t", "Expiration": "2030-01-01T00:00:00Z"}'))
    assert found.session_token == "t"
    assert found.expiration == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit('log in first')", "status 1, saying: log in first"),
        ("import sys; sys.exit(7)", r"status 7\."),
        ("print('hunter2')", "not a JSON object"),
        ("print('[1]')", "not a JSON object"),
        ("print('{}')", "Version None"),
        ("print('{\"Version\": 2}')", "Version 2; 1 is understood"),
        ("print('{\"Version\": 1}')", "no AccessKeyId"),
        ('print(\'{"Version": 1, "AccessKeyId": "a"}\')', "no SecretAccessKey"),
        (PRINTS.replace('"s"', "5"), "something other than a string as SecretAccessKey"),
    ],
    ids=lambda value: value[:40],
)
def test_a_process_that_fails_is_explained_without_what_it_printed(code, reason):
    with pytest.raises(CredentialsError, match=reason) as caught:
        process(code=code).load()
    assert "hunter2" not in str(caught.value)


def test_a_cancelled_search_ends_the_process_that_it_waits_for(tmp_path):
    mark = tmp_path / "mark"
    code = f"import pathlib, time; time.sleep(5); pathlib.Path({str(mark)!r}).touch()"

    async def main():
        async with asyncio.timeout(0.5):
            await ProcessProvider([sys.executable, "-c", code]).load_async()

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(main())  # which waits for its threads
    assert time.monotonic() - began < 4
    assert not mark.exists()


def test_a_process_is_run_without_a_shell(tmp_path):
    canary = tmp_path / "canary"
    code = "import sys, json; sys.exit(json.dumps(sys.argv[1:]))"
    for text in (
        f"; touch {canary}",
        f"$(touch {canary})",
        f"`touch {canary}`",
        f"&& touch {canary}",
    ):
        with pytest.raises(CredentialsError, match="status 1, saying"):
            ProcessProvider(f"{sys.executable} -c '{code}' {text}").load()
    assert not canary.exists()
    with pytest.raises(CredentialsError, match=r'\["\$HOME", "~", "\*", "a b"\]'):
        ProcessProvider(f"{sys.executable} -c '{code}' $HOME ~ * 'a b'").load()


def test_a_process_that_cannot_be_run_is_named_without_its_arguments():
    with pytest.raises(
        CredentialsError, match=r"'no-such-program' cannot be run: No such"
    ) as caught:
        ProcessProvider("/x/no-such-program --password hunter2").load()
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(ProcessProvider("a hunter2"))
    for command in ("", "  ", "a 'b"):
        with pytest.raises(ConfigurationError, match="is no command"):
            ProcessProvider(command).load()
    with pytest.raises(CredentialsError, match="malformed"):
        ProcessProvider(["a\x00b"]).load()


# `aws login`


def log_in(home, directory=".aws/login/cache", **fields):
    folder = home / directory
    folder.mkdir(parents=True, exist_ok=True)
    token = {"accessKeyId": "AKID", "secretAccessKey": "s", "sessionToken": "t", **fields}
    path = folder / f"{hashlib.sha256(b'arn:session').hexdigest()}.json"
    path.write_text(json.dumps({"accessToken": token, "refreshToken": "r", "dpopKey": "k"}))


def test_a_login_serves_as_long_as_it_lasts(home, monkeypatch):
    write(home, "[default]\nlogin_session = arn:session\n")
    with pytest.raises(CredentialsError, match=r"There is no login .*aws login"):
        default_chain().load()
    ends = datetime.now(UTC) + timedelta(minutes=14)
    log_in(home, expiresAt=ends.isoformat())
    assert default_chain().load().access_key_id == "AKID"
    log_in(home, expiresAt="2020-01-01T00:00:00Z")
    with pytest.raises(CredentialsError, match=r"expired at .*aws login.*export-credentials"):
        default_chain().load()
    log_in(home, secretAccessKey=None, expiresAt=ends.isoformat())
    with pytest.raises(CredentialsError, match="no secretAccessKey"):
        default_chain().load()
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(home / "elsewhere"))
    log_in(home, "elsewhere", expiresAt=ends.isoformat())
    assert default_chain().load().access_key_id == "AKID"
    assert LoginProvider("arn:session").load().access_key_id == "AKID"


# Roles


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("[profile p]\nrole_arn = r\n", "neither of source_profile and credential_source"),
        (
            "[profile p]\nrole_arn = r\nsource_profile = p\ncredential_source = Environment\n",
            "both of source_profile and credential_source",
        ),
        ("[profile p]\nrole_arn = r\nsource_profile = q\n", "'q', which does not exist; .* p"),
        ("[profile p]\nrole_arn = r\nsource_profile = p\n", "in a circle: p → p"),
        (
            (
                "[profile p]\nrole_arn = r\nsource_profile = q\n"
                "[profile q]\nrole_arn = r\nsource_profile = p\n"
            ),
            "in a circle: p → q → p",
        ),
        ("[profile p]\nrole_arn = r\ncredential_source = Ec2\n", "accepted: Environment, EcsCont"),
        ("[profile p]\nweb_identity_token_file = /t\n", "no role to assume"),
        ("[profile p]\nsso_account_id = 1\n", "no sso_role_name and no sso_start_url and no sso_r"),
        ("[profile p]\nsso_account_id = 1\nsso_session = s\n", r"add \[sso-session s\]"),
        (
            "[profile p]\nsso_account_id = 1\nsso_session = s\n[sso-session s]\nsso_region = a\n",
            r"\[sso-session s\] in .* has no sso_start_url",
        ),
        (
            (
                "[profile p]\nsso_account_id = 1\nsso_session = s\nsso_region = b\n"
                "[sso-session s]\nsso_region = a\nsso_start_url = u\n"
            ),
            r"sso_region differs between the profile \(.*config:4\) and its sso-session \(.*:6\)",
        ),
    ],
)
def test_profiles_that_contradict_themselves_are_explained(home, config, reason):
    write(home, config)
    with pytest.raises(ConfigurationError, match=reason):
        default_chain(profile="p").load()


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])
@pytest.mark.parametrize("url", ["http://sts.example.com", "ftp://x", "https://u:p@x"])
def test_sts_is_not_asked_at_an_insecure_or_malformed_url(home, monkeypatch, variable, url):
    write(home, "[profile p]\nrole_arn = r\ncredential_source = Environment\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv(variable, url)
    with pytest.raises(ConfigurationError, match=f"sts, whose endpoint_url comes from {variable}"):
        default_chain(resolve_config(profile="p", region="eu-west-1")).load()


# Answers of STS


def test_the_leaves_of_an_answer_are_read_whatever_their_prefix():
    body = b'<?xml version="1.0"?><a xmlns:p="u"><p:Code> X &amp;\n&#x59; </p:Code>'
    body += b"<b><Code>2</Code></b></a>"
    assert parse_answer(body) == {"Code": "X &\nY"}


BILLION = (
    b"""<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]><a>&lol2;</a>"""
)


@pytest.mark.parametrize(
    "body",
    [
        BILLION,
        BILLION.decode().encode("utf-16"),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<!DOCTYPE a><a/>",
    ],
)
def test_a_document_type_is_refused_in_any_encoding(body):
    with pytest.raises(CredentialsError, match="document type definition"):
        parse_answer(body)


@given(st.binary(max_size=200) | st.text(alphabet="<>a/&;! ", max_size=40).map(str.encode))
def test_any_other_bytes_are_refused_or_read_but_nothing_else_happens(body):
    with contextlib.suppress(CredentialsError):
        assert isinstance(parse_answer(body), dict)


# Where containers' credentials may be asked for


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.170.2/x?y=z",
        "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1/credentials",
        "http://localhost:8080/x",
        "http://127.0.0.1/x",
        "http://127.9.9.9:1/x",
        "http://[::1]:1/x",
        "https://anywhere.example.com/x",
        "HTTP://LOCALHOST/x",
    ],
)
def test_allowed_hosts_are_asked(url):
    assert _checked_url({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}).lower() == url.lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "http://169.254.169.254/x",
        "http://169.254.170.2.example.com/x",
        "http://169.254.170.2@example.com/x",
        "http://169.254.170.2:80@example.com/x",
        "http://example.com#@169.254.170.2/",
        "http://example.com?@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http://127.0.0.1\n.example.com/",
        "http://localhost.example.com/",
        "http://2130706433/x",
        "http://0.0.0.0/x",
        "http://[::]/x",
        "http://[fd00:ec2::254]/x",
        "http:///x",
        "http:127.0.0.1",
        "ftp://127.0.0.1/x",
        "//127.0.0.1/x",
        "127.0.0.1/x",
        "https://user:hunter2@127.0.0.1/x",
        "http://\u217cocalhost/x",
        "http://[::1/x",
    ],
)
def test_other_hosts_are_never_asked(url):
    with pytest.raises(ConfigurationError, match="AWS_CONTAINER_CREDENTIALS_FULL_URI is") as caught:
        ContainerProvider({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}).load()
    assert "hunter2" not in str(caught.value)


def test_a_relative_uri_stays_on_the_host_of_ecs():
    def checked(relative):
        return _checked_url({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": relative})

    assert checked("/v2/credentials/id?a=b") == "http://169.254.170.2/v2/credentials/id?a=b"
    assert checked("//example.com/x") == "http://169.254.170.2//example.com/x"
    for relative in ("@example.com/", ".example.com/", ":80@example.com/", "x", "\\@example.com"):
        with pytest.raises(ConfigurationError, match="does not begin with /"):
            checked(relative)


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX: y", "a\x00", "é"])
def test_an_authorization_token_that_is_no_header_is_refused(token, tmp_path):
    path = tmp_path / "token"
    path.write_text(token, newline="")
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(path),
    }
    with pytest.raises(CredentialsError, match="no HTTP header can hold") as caught:
        ContainerProvider(environ).load()
    assert token not in str(caught.value)
    path.unlink()
    with pytest.raises(CredentialsError, match="cannot be read: No such file"):
        ContainerProvider(environ).load()


# Where instance metadata is asked for


def endpoint(**environ):
    settings = Settings(environ={"AWS_CONFIG_FILE": os.devnull, **environ})
    return InstanceMetadataProvider(settings=settings)._options().endpoint


def test_the_metadata_endpoint_follows_the_settings_of_the_sdks():
    assert endpoint() == "http://169.254.169.254"
    assert endpoint(AWS_IMDS_USE_IPV6="true") == "http://[fd00:ec2::254]"
    assert endpoint(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="IPv6") == "http://[fd00:ec2::254]"
    mode = {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ipv4", "AWS_IMDS_USE_IPV6": "true"}
    assert endpoint(**mode) == "http://169.254.169.254"
    custom = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338/base/"}
    assert endpoint(**mode, **custom) == "http://127.0.0.1:1338/base"


@pytest.mark.parametrize(
    "url", ["127.0.0.1", "http://", "http://u@h/", "file:///x", "http://h?x", "http://h /"]
)
def test_a_malformed_metadata_endpoint_is_refused(url):
    with pytest.raises(ConfigurationError, match="AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL"):
        endpoint(AWS_EC2_METADATA_SERVICE_ENDPOINT=url)
    with pytest.raises(ConfigurationError, match="accepted: IPv4, IPv6"):
        endpoint(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="ipv5")


# Text of others


def test_an_excerpt_is_short_printable_and_without_secrets():
    assert excerpt(b"\x1b[31mgone\x00\n  away\xff") == "[31mgone away\ufffd"
    assert excerpt("the pass word", "pass word", None, "") == "the ***"
    assert excerpt("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0 sent") == "token *** sent"
    assert excerpt("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") == "***"
    assert excerpt("arn:aws:iam::123456789012:role/deployment-role") == (
        "arn:aws:iam::123456789012:role/deployment-role"
    )
    assert len(excerpt("x y" * 1000)) <= 301
