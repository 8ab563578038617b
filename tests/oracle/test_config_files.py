"""`wrapper._config_files` against botocore's reading of the same bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wrapper._config_files import parse_config_file, shared_config
from wrapper._errors import ConfigurationError

words = st.sampled_from(
    [
        "region",
        "Region",
        "s3",
        "aws_access_key_id",
        "x y",
        "a",
        "=",
        ":",
        "#",
        ";",
        "[",
        "]",
        "",
        "1",
    ]
)
sections = st.sampled_from(
    [
        "[default]",
        "[DEFAULT]",
        "[profile default]",
        "[profile dev]",
        "[profile  'a b']",
        '[profile "]',
        *(
            "[profile a b]",
            "[profiles dev]",
            "[ profile dev]",
            "[sso-sessions corp]",
            "[servicesx y]",
        ),
        "[sso-session corp]",
        "[services local]",
        "[dev]",
        "[]",
        "[]]",
        "[a] = b",
    ]
)
lines = st.one_of(
    sections,
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", " ", "  ", "\t", "    "]),
        words,
        st.sampled_from(["=", " = ", ": ", "", " ="]),
        st.one_of(words, st.text(alphabet="ab=:#;[] \tä\x0b\x1c\u2028", max_size=8)),
    ),
    st.sampled_from(["", "   ", "# comment", "  ; comment"]),
)
files = st.builds(
    lambda first, rest, newline: newline.join([first, *rest]),
    st.one_of(sections, lines),
    st.lists(lines, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


def ours(content: bytes):
    try:
        parsed = parse_config_file(content, "config")
    except ConfigurationError:
        return None
    both = shared_config(parsed, {})
    return (
        {name: dict(section.values) for name, section in parsed.items()},
        {name: dict(section.values) for name, section in both.profiles.items()},
        {name: dict(section.values) for name, section in both.sso_sessions.items()},
        {name: dict(section.values) for name, section in both.services.items()},
    )


def theirs(content: bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config")
        path.write_bytes(content)
        try:
            loaded = load_config(str(path))
            raw = raw_config_parse(str(path))
        except ConfigParseError:
            return None
    return raw, loaded["profiles"], loaded["sso_sessions"], loaded["services"]


@settings(max_examples=600, deadline=None)
@given(files)
@example("[a]\nx =\n  y = 1\n # comment\n  z = 2\n")
@example("[a]\nx = 1\n  # comment\n  y\n")
@example("[DEFAULT]\nx = 1\n[a]\n[b]\nx = 2\n")
@example("[a]\nx =\n  y = \x1c:\n")
@example("[a]\nx =\n  y = 1\x1cz = 2\n")
def test_the_same_sections_come_out_or_both_refuse(text):
    content = text.encode()
    assert ours(content) == theirs(content)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_refused_alike(content):
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return  # a byte order mark: read (UTF-8) or explained (UTF-16) here, refused by botocore
    assert ours(b"[a]\n" + content) == theirs(b"[a]\n" + content)
