"""The text of AWS's two shared files, `config` and `credentials`, turned into profiles.

The syntax is that of the AWS command line and SDKs for Python, which read both files with the
standard library's `configparser.RawConfigParser`
(https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html):

- `[section]` lines; `key = value` or `key: value`; keys compare without case;
- a line whose first character other than white space is `#` or `;` is a comment; one behind a
  value is part of the value;
- a line indented deeper than its key continues the value, and where the key's own line holds no
  value, the indented lines are nested `key = value` pairs;
- a section or key that stands twice in a file is an error, as is text before the first section;
- what stands in `[DEFAULT]`, in capitals, applies to every section.

Nothing here reads a file: bytes come in. Error texts name the path and the line but never quote
the line, because it may hold a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from wrapper._errors import ConfigurationError
from wrapper._values import Value

__all__ = ["Section", "SharedConfig", "parse_config_file", "shared_config"]

Setting: TypeAlias = "str | Mapping[str, str]"

_DEFAULTS_SECTION = "DEFAULT"


class Section(Value):
    """The settings of one section; values may be secret, so `repr` shows the keys alone.

    Attributes:
        values: By lower-case key: a string, or a mapping where the settings are nested.
        origins: By lower-case key, where it stands: `path:line`.
    """

    values: Mapping[str, Setting]
    origins: Mapping[str, str]

    def text(self, key: str) -> str | None:
        """The value of `key`; None when it is missing, empty, or holds nested settings."""
        value = self.values.get(key)
        return value if value and isinstance(value, str) else None

    def nested(self, key: str) -> Mapping[str, str]:
        """The settings nested under `key`; empty when there are none."""
        value = self.values.get(key)
        return {} if value is None or isinstance(value, str) else value

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __repr__(self) -> str:
        return f"Section({list(self.values)!r})"


EMPTY_SECTION = Section({}, {})


class SharedConfig(Value):
    """What both files say, by name.

    Attributes:
        profiles: Settings of each profile, those of the credentials file over those of the config
            file.
        sso_sessions: The `[sso-session …]` sections.
        services: The `[services …]` sections.
        credentials_file: The sections of the credentials file alone.
        config_file: The profiles of the config file alone.
        other_titles: The titles of the config file's sections that are none of these.
    """

    profiles: Mapping[str, Section]
    sso_sessions: Mapping[str, Section]
    services: Mapping[str, Section]
    credentials_file: Mapping[str, Section]
    config_file: Mapping[str, Section]
    other_titles: frozenset[str]

    def __repr__(self) -> str:
        return f"SharedConfig(profiles={list(self.profiles)!r})"


def shared_config(
    config: Mapping[str, Section], credentials: Mapping[str, Section]
) -> SharedConfig:
    """Sort the sections of both files into profiles, SSO sessions and service definitions.

    In the config file a profile is `[default]` or `[profile name]`; in the credentials file the
    section's name is the profile's name. A name with spaces is quoted.
    """
    other_titles = set()
    by_kind: dict[str, dict[str, Section]] = {"profile": {}, "sso-session": {}, "services": {}}
    for title, section in config.items():
        if title == "default":
            by_kind["profile"][title] = section
            continue
        # As botocore has it: what begins with the kind is of that kind.
        kind = next((each for each in by_kind if title.startswith(each)), None)
        if kind is not None and (name := _name_in(title)) is not None:
            by_kind[kind][name] = section
        else:
            other_titles.add(title)
    from_config = by_kind["profile"]
    profiles = dict(from_config)
    for name, section in credentials.items():
        below = profiles.get(name, EMPTY_SECTION)
        profiles[name] = Section(
            {**below.values, **section.values}, {**below.origins, **section.origins}
        )
    return SharedConfig(
        profiles=profiles,
        sso_sessions=by_kind["sso-session"],
        services=by_kind["services"],
        credentials_file=credentials,
        config_file=from_config,
        other_titles=frozenset(other_titles),
    )


def _name_in(title: str) -> str | None:
    """The name in `profile name` or `profile "a name"`; None where there is not exactly one."""
    if not any(mark in title for mark in "'\"\\"):
        words = title.split()
    else:
        import shlex

        try:
            words = shlex.split(title)
        except ValueError:  # a quotation mark without its pair
            return None
    return words[1] if len(words) == 2 else None


def parse_config_file(content: bytes, path: str) -> dict[str, Section]:
    """Parse the bytes of a shared file.

    Args:
        content: The whole file: UTF-8, with or without a byte order mark.
        path: The file's path, for origins and errors.

    Returns:
        The sections by title, in the file's order.

    Raises:
        ConfigurationError: The file is not UTF-8 or breaks the syntax; the text has path and line.
    """
    parser = _Parser(path)
    for number, line in enumerate(_lines(content, path), start=1):
        parser.feed(line, number)
    return parser.sections()


def _lines(content: bytes, path: str) -> list[str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _broken(path, 1, "the file is UTF-16; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _broken(path, line, "a byte is not valid UTF-8; save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _broken(path: str, line: int, what: str) -> ConfigurationError:
    return ConfigurationError(f"{path}, line {line}: {what}.", setting=path)


class _Parser:
    """Follows `configparser.RawConfigParser._read`, line by line."""

    def __init__(self, path: str) -> None:
        self._path = path
        # By title and key: the lines of the value, numbered; the first is the key's own.
        self._sections: dict[str, dict[str, list[tuple[int, str]]]] = {}
        self._title: str | None = None
        self._value: list[tuple[int, str]] | None = None
        self._indent = 0

    def feed(self, line: str, number: int) -> None:
        text = line.strip()
        if not text:
            if self._value is not None:
                self._value.append((number, ""))
        elif text[0] in "#;":
            pass
        elif self._value is not None and _indent_of(line) > self._indent:
            self._value.append((number, text))
        else:
            self._indent = _indent_of(line)
            if text[0] == "[" and "]" in text[2:]:
                self._begin_section(text[1 : text.rindex("]")], number)
            else:
                self._begin_key(text, number)

    def _begin_section(self, title: str, number: int) -> None:
        if title in self._sections and title != _DEFAULTS_SECTION:
            raise _broken(self._path, number, f"the section [{title}] stands twice")
        self._sections.setdefault(title, {})
        self._title = title
        self._value = None

    def _begin_key(self, text: str, number: int) -> None:
        if self._title is None:
            raise _broken(self._path, number, "text before the first [section]")
        at = min((i for i in (text.find("="), text.find(":")) if i >= 0), default=0)
        key = text[:at].rstrip().lower()
        if not key:
            raise _broken(self._path, number, "neither a [section] nor a `key = value`")
        section = self._sections[self._title]
        if key in section:
            raise _broken(self._path, number, f"a key stands twice in [{self._title}]")
        self._value = section[key] = [(number, text[at + 1 :].strip())]

    def sections(self) -> dict[str, Section]:
        defaults = self._sections.pop(_DEFAULTS_SECTION, {})
        found: dict[str, Section] = {}
        for title, settings in self._sections.items():
            settings = {**defaults, **settings}  # noqa: PLW2901  # the section as it applies
            found[title] = Section(
                {key: self._join(lines) for key, lines in settings.items()},
                {key: f"{self._path}:{lines[0][0]}" for key, lines in settings.items()},
            )
        return found

    def _join(self, lines: list[tuple[int, str]]) -> Setting:
        value = "\n".join(text for _, text in lines).rstrip()
        if not value.startswith("\n"):
            return value
        nested: dict[str, str] = {}
        for number, text in lines:
            # As botocore does: form feeds, separators and the like end a nested pair, too.
            for pair in filter(None, map(str.strip, text.splitlines())):
                key, equals, nested_value = pair.partition("=")
                if not equals:
                    raise _broken(self._path, number, "not a nested `key = value`")
                nested[key.strip()] = nested_value.strip()
        return nested


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())
