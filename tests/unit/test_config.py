"""`wrapper._config` and what it stands on: settings, proxies, `python -m wrapper config`."""

from __future__ import annotations

import pickle
import ssl
import subprocess
import sys

import pytest

from tests.aws_environment import isolate
from tests.faces import Recorder
from wrapper import RetryPolicy
from wrapper.__main__ import main
from wrapper._config import resolve_config
from wrapper._errors import ConfigurationError
from wrapper._proxies import mask_proxy, mask_userinfo, proxies_from_environment
from wrapper._settings import Settings, SharedFiles


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    isolate(monkeypatch, tmp_path)
    (tmp_path / ".aws").mkdir()
    return tmp_path


def write(home, config="", credentials=""):
    (home / ".aws" / "config").write_text(config)
    (home / ".aws" / "credentials").write_text(credentials)


# name, argument, variable, its value, profile key, its value, what comes out of each
SETTINGS = [
    ("region", "r1", "AWS_REGION", "r2", "region", "r3", ("r1", "r2", "r3")),
    (
        "endpoint_url",
        "https://a",
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME",
        "https://b",
        "endpoint_url",
        "https://c",
        ("https://a", "https://b", "https://c"),
    ),
    ("use_fips", False, "AWS_USE_FIPS_ENDPOINT", "TRUE", "use_fips_endpoint", "true", (0, 1, 1)),
    (
        "use_dualstack",
        True,
        "AWS_USE_DUALSTACK_ENDPOINT",
        "false",
        "use_dualstack_endpoint",
        "True",
        (True, False, True),
    ),
    ("max_attempts", 7, "AWS_MAX_ATTEMPTS", "5", "max_attempts", "4", (7, 5, 4)),
    ("app_id", "a", "AWS_SDK_UA_APP_ID", "b", "sdk_ua_app_id", "c", ("a", "b", "c")),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting[0])
def test_an_argument_precedes_the_environment_and_the_environment_the_profile(
    setting, home, monkeypatch
):
    name, argument, variable, in_environment, key, in_profile, expected = setting
    assert getattr(resolve_config(), name) in {None, False}
    assert resolve_config().origins[name] == "default"
    write(home, f"# a comment\n[default]\n{key} = {in_profile}\n")
    found = resolve_config()
    assert getattr(found, name) == expected[2]
    assert found.origins[name] == f"{home / '.aws' / 'config'}:3"
    monkeypatch.setenv(variable, in_environment)
    found = resolve_config()
    assert (getattr(found, name), found.origins[name]) == (expected[1], variable)
    found = resolve_config(**{name: argument})
    assert (getattr(found, name), found.origins[name]) == (expected[0], "argument")


def test_the_region_comes_from_either_variable_and_aws_region_prevails(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert resolve_config().region == "eu-west-2"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert resolve_config().region == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "")
    assert resolve_config().region == "eu-west-2"


def test_the_profile_comes_from_the_argument_aws_profile_aws_default_profile(home, monkeypatch):
    write(home, "[default]\nregion = d\n[profile a]\nregion = a\n[profile b]\nregion = b\n")
    assert (resolve_config().profile, resolve_config().region) == ("default", "d")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "a")
    assert (resolve_config().profile, resolve_config().region) == ("a", "a")
    monkeypatch.setenv("AWS_PROFILE", "b")
    assert (resolve_config().profile, resolve_config().region) == ("b", "b")
    assert resolve_config(profile="a").region == "a"
    assert resolve_config(profile="a").origins["profile"] == "argument"


def test_a_named_profile_has_to_exist(home, monkeypatch):
    write(home, "[profile a]\n", "[b]\n")
    with pytest.raises(ConfigurationError, match=r"'x' \(from argument\).*Profiles there: a, b\."):
        resolve_config(profile="x")
    monkeypatch.setenv("AWS_PROFILE", "y")
    with pytest.raises(ConfigurationError, match=r"'y' \(from AWS_PROFILE\).*aws configure"):
        resolve_config()
    with pytest.raises(ConfigurationError, match="profile is empty"):
        resolve_config(profile="")


def test_a_profile_under_the_other_files_kind_of_title_is_pointed_at(home):
    write(home, "[prod]\nregion = a\n", "[profile dev]\naws_access_key_id = A\n")
    with pytest.raises(ConfigurationError, match=r"title is \[profile prod\]\. Add it"):
        resolve_config(profile="prod")
    with pytest.raises(ConfigurationError, match=r"title is \[dev\]\. Add it"):
        resolve_config(profile="dev")


def test_files_may_stand_elsewhere_and_be_missing(home, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", "~/elsewhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "$HOME/keys")
    assert resolve_config().region is None
    (tmp_path / "elsewhere").write_text("[default]\nregion = there\n")
    (tmp_path / "keys").write_text("[default]\nsdk_ua_app_id = mine\n")
    found = resolve_config()
    assert (found.region, found.app_id) == ("there", "mine")


def test_a_broken_file_is_an_error_with_path_and_line(home):
    write(home, "[default]\nregion\n")
    with pytest.raises(ConfigurationError, match=r"\.aws/config, line 2: "):
        resolve_config()


def test_files_are_read_again_once_they_have_changed(home):
    files = SharedFiles()
    assert files.load().profiles == {}
    write(home, "[default]\nregion = a\n")
    first = files.load()
    assert first.profiles["default"].text("region") == "a"
    assert files.load() is first
    write(home, "[default]\nregion = another\n")
    assert files.load().profiles["default"].text("region") == "another"


def test_endpoint_urls_are_found_in_the_order_of_aws(home, monkeypatch):
    write(
        home,
        "[default]\nendpoint_url = https://profile\nservices = local\n"
        "[services local]\nsagemaker_runtime =\n  endpoint_url = https://services\n"
        "sts =\n  endpoint_url = https://sts\n",
    )
    found = resolve_config()
    assert found.endpoint_url == "https://services"
    assert found.origins["endpoint_url"].endswith("config:5")
    assert found.settings.endpoint_url("sts").value == "https://sts"
    assert found.settings.endpoint_url("sso").value == "https://profile"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://global")
    assert resolve_config().endpoint_url == "https://global"
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "https://specific")
    assert resolve_config().endpoint_url == "https://specific"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert resolve_config().endpoint_url is None
    assert resolve_config(endpoint_url="https://argument").endpoint_url == "https://argument"


def test_a_services_section_that_does_not_exist_is_an_error(home):
    write(home, "[default]\nservices = local\n")
    with pytest.raises(ConfigurationError, match=r"config:2 names the services section 'local'"):
        resolve_config()


@pytest.mark.parametrize("value", ["yes", "1", "on", "truee"])
def test_a_flag_is_true_or_false_and_nothing_else(monkeypatch, value):
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", value)
    with pytest.raises(ConfigurationError, match=f"'{value}' in AWS_USE_FIPS_ENDPOINT; accepted"):
        resolve_config()


@pytest.mark.parametrize("value", ["0", "-1", "three", "1.5"])
def test_max_attempts_is_a_whole_number_from_one(monkeypatch, value):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", value)
    with pytest.raises(ConfigurationError, match=f"'{value}' .from AWS_MAX_ATTEMPTS."):
        resolve_config()
    with pytest.raises(ConfigurationError, match="argument"):
        resolve_config(max_attempts=0)


def test_the_bundle_of_certificates(home, monkeypatch):
    assert resolve_config().verify is True
    for name in ("argument.pem", "aws.pem", "profile.pem", "requests.pem"):
        (home / name).write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "~/requests.pem")
    assert resolve_config().verify == str(home / "requests.pem")
    write(home, f"[default]\nca_bundle = {home}/profile.pem\n")
    assert resolve_config().verify == f"{home}/profile.pem"
    monkeypatch.setenv("AWS_CA_BUNDLE", f"{home}/aws.pem")
    assert resolve_config().verify == f"{home}/aws.pem"
    assert resolve_config(verify=f"{home}/argument.pem").verify == f"{home}/argument.pem"
    assert resolve_config(verify=False).verify is False
    context = ssl.create_default_context()
    assert resolve_config(verify=context).verify is context
    assert "an SSL context" in resolve_config(verify=context).explain()
    monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such.pem")
    with pytest.raises(ConfigurationError, match=r"'/no/such.pem' .from AWS_CA_BUNDLE. does not"):
        resolve_config()


def test_proxies_of_the_environment_and_of_an_argument(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "proxy:3128")
    monkeypatch.setenv("NO_PROXY", "internal,.example.com")
    found = resolve_config().proxies
    assert found.for_url("https://runtime.sagemaker.eu-west-1.amazonaws.com") == "http://proxy:3128"
    assert found.for_url("https://a.example.com/x") is None
    assert found.for_url("http://other") is None
    found = resolve_config(proxy="http://mine:1").proxies
    assert found.for_url("https://a.example.com") == "http://mine:1"
    assert found.for_url("http://internal") == "http://mine:1"
    assert resolve_config(proxy="").proxies.for_url("https://any") is None


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:80"]
)
def test_this_machine_is_reached_directly_unless_the_argument_says_otherwise(host, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "proxy:3128")
    assert resolve_config().proxies.for_url(f"http://{host}/x") is None
    assert resolve_config().proxies.for_url("http://127.0.0.1.example.com") == "http://proxy:3128"
    found = resolve_config(proxy="http://mine:1").proxies
    assert found.for_url(f"http://{host}") == "http://mine:1"


def test_a_cgi_request_cannot_set_the_proxy():
    environ = {"REQUEST_METHOD": "GET", "HTTP_PROXY": "http://evil"}
    assert proxies_from_environment(environ)[0].http is None
    assert proxies_from_environment(environ | {"http_proxy": "http://ok"})[0].http == "http://ok"


def test_explain_shows_every_setting_with_its_origin_and_masks_passwords(home, monkeypatch):
    write(
        home,
        "[default]\nregion = eu-west-1\n",
        "[default]\naws_access_key_id = AKIASECRET\naws_secret_access_key = hunter2\n",
    )
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2@proxy:3128")
    found = resolve_config(endpoint_url="https://user:hunter2@host/path", app_id="me")
    text = found.explain()
    rows = {line.split("  ")[0]: line for line in text.splitlines()}
    assert set(rows) == {
        *("region", "endpoint_url", "profile", "use_fips", "use_dualstack", "verify"),
        *("https_proxy", "http_proxy", "no_proxy", "max_attempts", "app_id"),
        *("endpoint", "config file", "credentials file"),
    }
    assert rows["region"].split()[1:] == ["eu-west-1", f"{home}/.aws/config:2"]
    assert rows["endpoint_url"].split()[1:] == ["https://***@host/path", "argument"]
    assert rows["https_proxy"].split()[1:] == ["http://***@proxy:3128", "HTTPS_PROXY"]
    assert rows["max_attempts"].split()[1:] == ["3", "default"]
    assert "user information" in rows["endpoint"]
    assert rows["config file"].endswith("exists")
    for shown in (text, repr(found), repr(found.proxies), repr(found.settings)):
        assert "hunter2" not in shown
        assert "AKIASECRET" not in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"region": "eu-west-1"}, "https://runtime.sagemaker.eu-west-1.amazonaws.com"),
        ({"region": "fips-us-east-1"}, "https://runtime-fips.sagemaker.us-east-1.amazonaws.com"),
        ({"region": "eu-west-1", "endpoint_url": "http://localhost:8080"}, "http://localhost:8080"),
        ({}, "no region"),
        ({"region": "eu_west_1"}, "is not a region"),
        (
            {"region": "eu-west-1", "use_fips": True, "endpoint_url": "https://a"},
            "cannot be combined",
        ),
        ({"region": "eu-west-1", "endpoint_url": "https://a/?token=hunter2"}, "it has a query"),
        ({"region": "eu-west-1", "endpoint_url": "http://a"}, "http"),
    ],
)
def test_explain_says_where_calls_go_or_why_nowhere(given, said):
    text = resolve_config(**given).explain()
    (row,) = [line for line in text.splitlines() if line.startswith("endpoint  ")]
    assert said in row
    assert "hunter2" not in text


def test_explain_tells_a_folder_from_a_file(home, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home))
    (row,) = [line for line in resolve_config().explain().splitlines() if "config file" in line]
    assert row.split(None, 3)[2:] == [str(home), "a folder, and no file"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://", "ftp://host", "http://host:99999", "http://host:x", "http://host:0"),
        *("http//host:1", "http://a b", "http://host/path", "http://host:1?x", "nonsense://h"),
        "http://user:can/canary@host:1",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_where_it_would_be(url, face):
    proxies = resolve_config(proxy=url).proxies
    with pytest.raises(ConfigurationError, match="cannot be used") as caught:
        proxies.for_url("https://host")
    assert caught.value.setting == "proxy"
    assert "canary" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        face.make(proxy=url)


def test_a_proxy_that_is_not_gone_through_may_be_anything(face, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://")
    monkeypatch.setenv("NO_PROXY", "amazonaws.com")
    face.make()
    monkeypatch.delenv("NO_PROXY")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        face.make()
    face.make(transport=Recorder())


def test_what_a_transport_decides_is_not_looked_for(face, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such.pem")
    with pytest.raises(ConfigurationError, match="does not exist"):
        face.make()
    client = face.make(transport=Recorder())
    assert client.config.origins["verify"] == "transport"


def test_explain_tells_of_the_clients_own_attempts(face, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "nonsense")
    client = face.make(retries=RetryPolicy(max_attempts=2))
    assert client.config.max_attempts == 2
    assert client.config.origins["max_attempts"] == "argument"
    other = client.with_options(retries=7)
    assert other.config.max_attempts == 7
    assert other.with_options(timeout=1).config.max_attempts == 7
    assert client.config.max_attempts == 2


def test_a_configuration_is_frozen_comparable_and_picklable_without_what_was_read(home):
    write(home, "[default]\nregion = a\n", "[default]\naws_secret_access_key = hunter2\n")
    found = resolve_config()
    with pytest.raises(AttributeError):
        found.region = "b"
    pickled = pickle.dumps(found)
    assert b"hunter2" not in pickled
    assert pickle.loads(pickled) == found
    assert pickle.loads(pickled).settings.profile().text("aws_secret_access_key") == "hunter2"


def test_settings_follow_the_environment_they_are_given(home):
    settings = Settings(environ={"AWS_REGION": "given"})
    assert settings.variable("AWS_REGION") == ("given", "AWS_REGION")
    assert resolve_config(environ={"AWS_REGION": "given"}).region == "given"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_an_unreadable_file_counts_as_empty_and_is_named_where_it_matters(home, monkeypatch):
    write(home, "[profile a]\n")

    def denied(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("wrapper._settings._read_bytes", denied)
    assert resolve_config().region is None
    with pytest.raises(ConfigurationError, match=r"config cannot be read: Permission denied"):
        resolve_config(profile="a")


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://u:p@host:1/x@y", "http://***@host:1/x@y"),
        ("http://token@host", "http://***@host"),
        ("http://host/p@q", "http://host/p@q"),
        ("http://a@b@host", "http://***@host"),
    ],
)
def test_user_information_is_masked(url, masked):
    assert mask_userinfo(url) == masked


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://u:p@host:1", "http://***@host:1"),
        ("http://u:p/a:1@b@host:1", "http://***@host:1"),  # nobody encoded the password
        ("socks5://host:1", "socks5://host:1"),
        ("u:p@host", "***@host"),
        ("http://u:p://@host", "http://***@host"),
    ],
)
def test_a_proxys_password_is_masked_whatever_is_in_it(url, masked):
    assert mask_proxy(url) == masked


def test_a_proxy_without_a_scheme_is_given_one_so_that_its_password_is_masked():
    environ = {"https_proxy": "u:hunter2@host:1", "http_proxy": "//h"}
    proxies, _ = proxies_from_environment(environ)
    assert (proxies.https, proxies.http) == ("http://u:hunter2@host:1", "http://h")
    assert "hunter2" not in repr(proxies)


def test_the_command_shows_the_configuration_and_the_credentials(home, monkeypatch, capsys):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    assert main(["config", "--region", "eu-west-1", "--credentials"]) == 0
    out = capsys.readouterr().out
    assert "eu-west-1" in out
    assert "****************MPLE, from environment; they do not expire" in out
    assert "hunter2" not in out
    assert "AKIAIOSF" not in out


def test_the_command_fails_with_the_error_where_a_client_would(monkeypatch, capsys):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["config", "--profile", "nope"]) == 1
    assert "'nope'" in capsys.readouterr().err
    assert main(["config"]) == 1
    assert "no region" in capsys.readouterr().err
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert main(["config"]) == 0
    assert main(["config", "--credentials"]) == 1
    assert "No AWS credentials were found" in capsys.readouterr().err
    monkeypatch.setenv("HTTPS_PROXY", "ftp://host")
    assert main(["config"]) == 1
    assert "the proxy 'ftp://host' cannot be used" in capsys.readouterr().err
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv("AWS_CA_BUNDLE", __file__)
    assert main(["config"]) == 1
    assert "is not a readable bundle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z"}, "expired"),
        ({"AWS_ACCESS_KEY_ID": "AKIA "}, "access_key_id has a space"),
    ],
)
def test_the_command_refuses_credentials_that_a_client_refuses(monkeypatch, capsys, environ, said):
    given = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK"}
    for name, value in {**given, **environ}.items():
        monkeypatch.setenv(name, value)
    assert main(["config", "--credentials"]) == 1
    written = capsys.readouterr()
    assert said in written.err
    assert "credentials       " not in written.out


LOADED = """
import sys
before = set(sys.modules)
from wrapper._config import resolve_config
from wrapper.credentials import as_source
source = as_source(None, resolve_config())
assert source.get().access_key_id == "AK"
print(*sorted(set(sys.modules) - before))
"""


def test_what_is_not_used_is_not_imported(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    done = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True
    )
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("wrapper.credentials")} == {
        "wrapper.credentials",
        "wrapper.credentials._chain",
        "wrapper.credentials._environment",
        "wrapper.credentials._expiration",
        "wrapper.credentials._provider",
        "wrapper.credentials._refresh",
        "wrapper.credentials._sources",
        "wrapper.credentials._steps",
    }
    assert not loaded & {
        *("asyncio", "botocore", "concurrent.futures", "configparser", "httpx", "json", "logging"),
        *("shlex", "ssl", "subprocess", "urllib.parse", "urllib.request", "xml.parsers.expat"),
    }
