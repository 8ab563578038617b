"""`wrapper._config_files`: the syntax of the shared files."""

from __future__ import annotations

import pytest

from wrapper._config_files import parse_config_file, shared_config
from wrapper._errors import ConfigurationError

PATH = "/home/me/.aws/config"


def parse(text: str | bytes):
    return parse_config_file(text.encode() if isinstance(text, str) else text, PATH)


def merged(config: str = "", credentials: str = ""):
    return shared_config(parse(config), parse(credentials))


def test_keys_compare_without_case_and_keep_their_line():
    section = parse("# a comment\n[default]\n\nRegion = eu-west-1\n")["default"]
    assert section.text("region") == "eu-west-1"
    assert section.origins["region"] == f"{PATH}:4"


def test_both_delimiters_serve_and_the_first_one_counts():
    section = parse("[a]\nx: 1=2\ny = 1:2\n")["a"]
    assert section.values == {"x": "1=2", "y": "1:2"}


@pytest.mark.parametrize("mark", ["#", ";", "   #", "\t;"])
def test_comments_stand_on_lines_of_their_own(mark):
    section = parse(f"[a]\n{mark} secret = no\nx = 1 # part of the value\n")["a"]
    assert section.values == {"x": "1 # part of the value"}


def test_an_indented_line_continues_the_value():
    section = parse("[a]\ncommand = one\n   two\n\n   three\n# comment\nnext = 1\n")["a"]
    assert section.values == {"command": "one\ntwo\n\nthree", "next": "1"}


def test_a_key_without_value_opens_nested_settings():
    text = "[services local]\nsagemaker_runtime =\n  endpoint_url = http://localhost:8080\n"
    text += "  # no\n  x=1\n"
    section = parse(text)["services local"]
    assert section.nested("sagemaker_runtime") == {
        "endpoint_url": "http://localhost:8080",
        "x": "1",
    }
    assert section.text("sagemaker_runtime") is None
    assert section.nested("absent") == {}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_line_ending_and_a_byte_order_mark_are_read(newline, mark):
    text = mark + newline.join(["[default]", "region = eu-west-1", "output = json"])
    assert parse(text)["default"].values == {"region": "eu-west-1", "output": "json"}


def test_values_may_hold_any_utf_8():
    assert (
        parse("[default]\nrole_session_name = Zoë\n")["default"].text("role_session_name") == "Zoë"
    )


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"region = x\n", 1, "before the first"),
        (b"[a]\nx = 1\n[b]\n[a]\n", 4, "[a] stands twice"),
        (b"[a]\nx = 1\ny = 2\nX = 3\n", 4, "key stands twice"),
        (b"[a]\nx = 1\nAKIASECRET\n", 3, "neither"),
        (b"[a]\n= hunter2\n", 2, "neither"),
        (b"[a]\ns3 =\n  # why\n  x = 1\n  hunter2\n", 5, "nested"),
        (b"[a]\nx = 1\ny = \xff\n", 3, "UTF-8"),
        ("[a]\nx = 1".encode("utf-16"), 1, "UTF-16"),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_without_its_text(content, line, what):
    with pytest.raises(ConfigurationError) as caught:
        parse(content)
    message = str(caught.value)
    assert message.startswith(f"{PATH}, line {line}: ")
    assert what in message
    assert "hunter2" not in message
    assert "AKIASECRET" not in message


def test_profiles_of_the_config_file_have_a_prefix_and_those_of_the_credentials_file_none():
    both = merged(
        "[default]\nregion = a\n[profile dev]\nregion = b\n[other]\nregion = c\n",
        "[dev]\naws_access_key_id = K\n[profile odd]\nx = 1\n",
    )
    assert set(both.profiles) == {"default", "dev", "profile odd"}
    assert both.profiles["dev"].values == {"region": "b", "aws_access_key_id": "K"}


def test_the_credentials_file_prevails_where_both_define_a_key():
    both = merged("[profile dev]\nregion = config\nx = 1\n", "[dev]\nregion = credentials\n")
    assert both.profiles["dev"].text("region") == "credentials"
    assert both.config_file["dev"].text("region") == "config"
    assert both.credentials_file["dev"].text("region") == "credentials"


def test_names_with_spaces_are_quoted():
    both = merged(
        '[profile "my dev"]\nregion = a\n[profile \'b c\']\n[profile un quoted]\n[profile "x]\n'
    )
    assert set(both.profiles) == {"my dev", "b c"}


def test_sso_sessions_and_services_are_kept_by_name():
    both = merged(
        "[sso-session corp]\nsso_region = a\n[services local]\nsts =\n  endpoint_url = b\n"
    )
    assert both.sso_sessions["corp"].text("sso_region") == "a"
    assert both.services["local"].nested("sts") == {"endpoint_url": "b"}
    assert both.profiles == {}


def test_repr_shows_names_but_no_values():
    both = merged("[default]\naws_secret_access_key = hunter2\n")
    assert "hunter2" not in repr(both)
    assert "hunter2" not in repr(both.profiles["default"])
    assert "aws_secret_access_key" in repr(both.profiles["default"])
