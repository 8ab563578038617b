"""Where settings are looked up: the environment, then a profile of the shared files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from wrapper._config_files import (
    EMPTY_SECTION,
    Section,
    SharedConfig,
    parse_config_file,
    shared_config,
)
from wrapper._errors import ConfigurationError

__all__ = ["Found", "Settings", "SharedFiles"]


class Found(NamedTuple):
    """A setting's value, never empty, and where it stands: a variable's name or `path:line`."""

    value: str
    origin: str


class SharedFiles:
    """The two shared files: read when first asked for, and again once they have changed.

    What was read is left out of a pickle: the other process reads its own files.

    Args:
        config_path: The config file, `~/.aws/config` by default.
        credentials_path: The credentials file, `~/.aws/credentials` by default.
    """

    def __init__(
        self, config_path: str = "~/.aws/config", credentials_path: str = "~/.aws/credentials"
    ) -> None:
        self.config_path = _expand(config_path)
        self.credentials_path = _expand(credentials_path)
        self._read: tuple[object, SharedConfig] | None = None

    def load(self) -> SharedConfig:
        """Both files' settings. A missing or unreadable file counts as empty.

        Raises:
            ConfigurationError: A file breaks the syntax.
        """
        stamp = (_stamp(self.config_path), _stamp(self.credentials_path))
        read = self._read
        if read is None or read[0] != stamp:
            both = shared_config(_parse(self.config_path), _parse(self.credentials_path))
            read = self._read = (stamp, both)
        return read[1]

    def problems(self) -> list[str]:
        """Which files exist but cannot be read, and why."""
        found = []
        for path in (self.config_path, self.credentials_path):
            try:
                _read_bytes(path)
            except OSError as error:
                if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
                    found.append(f"{path} cannot be read: {error.strerror}")
        return found

    def __getstate__(self) -> tuple[str, str]:
        return (self.config_path, self.credentials_path)

    def __setstate__(self, state: tuple[str, str]) -> None:
        self.config_path, self.credentials_path = state
        self._read = None

    def __repr__(self) -> str:
        return f"SharedFiles({self.config_path!r}, {self.credentials_path!r})"


def _expand(path: str) -> str:
    return os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111  # pathlib costs an import


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read_bytes(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def _parse(path: str) -> dict[str, Section]:
    try:
        content = _read_bytes(path)
    except OSError:
        return {}
    return parse_config_file(content, path)


class Settings:
    """Looks a setting up in the environment, then in the profile; an empty value counts as unset.

    Args:
        profile: The profile's name; None for `AWS_PROFILE`, then `AWS_DEFAULT_PROFILE`, then
            `default`.
        environ: The environment; None for that of the process at the time of each lookup.
    """

    def __init__(
        self, *, profile: str | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self._environ = None if environ is os.environ else environ
        self._active: Settings | None = None
        self.profile_is_explicit = profile is not None
        found = (
            self.variable("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
            if profile is None
            else Found(profile, "argument")
        )
        self.named_profile = found
        self.profile_name = "default" if found is None else found.value
        self.files = SharedFiles(
            self.environ.get("AWS_CONFIG_FILE") or "~/.aws/config",
            self.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials",
        )

    @property
    def given_environ(self) -> Mapping[str, str] | None:
        """The environment that was given; None for that of the process."""
        return self._environ

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment that is looked at."""
        return os.environ if self._environ is None else self._environ

    def variable(self, *names: str) -> Found | None:
        """The first of these environment variables that is set."""
        environ = self.environ
        for name in names:
            value = environ.get(name)
            if value:
                return Found(value, name)
        return None

    def profile(self) -> Section:
        """The settings of the profile; empty when none was named and there is no `default`.

        Raises:
            ConfigurationError: The profile was named and does not exist, or a file is broken.
        """
        profiles = self.files.load().profiles
        section = profiles.get(self.profile_name)
        if section is not None:
            return section
        if self.named_profile is None:
            return EMPTY_SECTION
        known = ", ".join(sorted(profiles)) or "none"
        hint = self._hint_at_title()
        problems = "".join(f" {problem}." for problem in self.files.problems())
        raise ConfigurationError(
            f"The profile {self.profile_name!r} (from {self.named_profile.origin}) is neither "
            f"in {self.files.config_path} nor in {self.files.credentials_path}.{problems} "
            f"Profiles there: {known}.{hint} Add it with `aws configure --profile …`, or name "
            "another.",
            setting="profile",
        )

    def _hint_at_title(self) -> str:
        """What to say where the name stands in a file, but under the other file's kind of title."""
        name, files = self.profile_name, self.files.load()
        if name in files.other_titles:
            return (
                f" [{name}] in {self.files.config_path} is no profile: in that file its title is "
                f"[profile {name}]."
            )
        if f"profile {name}" in files.credentials_file:
            return (
                f" [profile {name}] in {self.files.credentials_path} is another name: in that file "
                f"its title is [{name}]."
            )
        return ""

    def key(self, key: str) -> Found | None:
        """A setting of the profile."""
        section = self.profile()
        value = section.text(key)
        return Found(value, section.origins[key]) if value else None

    def find(self, variable: str, key: str) -> Found | None:
        """A setting that has a variable and a key in the profile; the variable prevails."""
        return self.variable(variable) or self.key(key)

    def flag(self, variable: str, key: str) -> tuple[bool, str] | None:
        """A setting that is `true` or `false`, whatever the case, and where it stands.

        Raises:
            ConfigurationError: It is something else.
        """
        found = self.find(variable, key)
        if found is None:
            return None
        value = found.value.lower()
        if value not in {"true", "false"}:
            raise ConfigurationError(
                f"{key} is {found.value!r} in {found.origin}; accepted: true, false.", setting=key
            )
        return value == "true", found.origin

    def endpoint_url(self, service: str) -> Found | None:
        """The custom endpoint configured for a service.

        The order is that of
        https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html: the service's
        variable, the global one, the profile's `services` section, the profile's own
        `endpoint_url`; and nothing where configured endpoints are to be ignored.

        Args:
            service: The service's key in a `services` section, for example `sagemaker_runtime`.

        Raises:
            ConfigurationError: The profile names a `services` section that does not exist.
        """
        ignored = self.flag(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"
        )
        if ignored is not None and ignored[0]:
            return None
        return (
            self.variable(f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL")
            or self._services_endpoint_url(service)
            or self.key("endpoint_url")
        )

    def _services_endpoint_url(self, service: str) -> Found | None:
        name = self.key("services")
        if name is None:
            return None
        section = self.files.load().services.get(name.value)
        if section is None:
            raise ConfigurationError(
                f"{name.origin} names the services section {name.value!r}, which does not exist; "
                f"add [services {name.value}] to {self.files.config_path}.",
                setting="services",
            )
        url = section.nested(service).get("endpoint_url")
        return Found(url, section.origins[service]) if url else None

    @property
    def active(self) -> Settings:
        """Those of the profile in force, where this one is only consulted for its credentials."""
        return self._active or self

    def with_profile(self, name: str) -> Settings:
        """The same files and environment with another profile; it has to exist."""
        other = Settings.__new__(Settings)
        other.__dict__.update(self.__dict__, _active=self.active)
        other.profile_is_explicit = True
        other.named_profile = Found(name, "argument")
        other.profile_name = name
        return other

    def __getstate__(self) -> dict[str, object]:
        return dict(self.__dict__)

    def __repr__(self) -> str:
        return f"Settings(profile={self.profile_name!r}, files={self.files!r})"
