"""Keys that stand in the shared files themselves."""

from __future__ import annotations

from collections.abc import Mapping

from wrapper._config_files import Section
from wrapper._credentials import Credentials
from wrapper._errors import CredentialsError
from wrapper._settings import Settings
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps, call

__all__ = ["ConfigFileProvider", "SharedCredentialsProvider"]


class SharedCredentialsProvider(StepsProvider):
    """`aws_access_key_id` and its companions in the credentials file (`~/.aws/credentials`).

    Args:
        settings: The files and the profile; those of the environment when left out.
        profile: The profile's name, in place of the environment's.
    """

    name = "shared credentials file"

    def __init__(self, settings: Settings | None = None, *, profile: str | None = None) -> None:
        self._settings = settings or Settings(profile=profile)

    def steps(self) -> Steps[Credentials]:
        """Read the file and take the profile's keys."""
        settings = self._settings
        files = yield from call(settings.files.load)
        return _keys(
            files.credentials_file, settings.profile_name, settings.files.credentials_path, "{}"
        )


class ConfigFileProvider(StepsProvider):
    """`aws_access_key_id` and its companions in the config file (`~/.aws/config`).

    Args:
        settings: The files and the profile; those of the environment when left out.
        profile: The profile's name, in place of the environment's.
    """

    name = "config file"

    def __init__(self, settings: Settings | None = None, *, profile: str | None = None) -> None:
        self._settings = settings or Settings(profile=profile)

    def steps(self) -> Steps[Credentials]:
        """Read the file and take the profile's keys."""
        settings = self._settings
        files = yield from call(settings.files.load)
        title = "{}" if settings.profile_name == "default" else "profile {}"
        return _keys(files.config_file, settings.profile_name, settings.files.config_path, title)


def _keys(profiles: Mapping[str, Section], name: str, path: str, title: str) -> Credentials:
    section = profiles.get(name)
    title = f"[{title.format(name)}]"
    remedy = f"Put aws_access_key_id and aws_secret_access_key under {title} there"
    if section is None:
        raise CredentialsNotConfigured(f"{path} has no {title}", remedy)
    if "aws_access_key_id" not in section:
        raise CredentialsNotConfigured(f"{title} in {path} has no aws_access_key_id", remedy)
    access_key_id = section.text("aws_access_key_id")
    secret_access_key = section.text("aws_secret_access_key")
    for key, value in (
        ("aws_access_key_id", access_key_id),
        ("aws_secret_access_key", secret_access_key),
    ):
        if not value:
            raise CredentialsError(
                f"{title} in {path} has no {key} to go with the other one. {remedy}."
            )
    token_key = "aws_security_token" if "aws_security_token" in section else "aws_session_token"
    return Credentials(
        access_key_id or "", secret_access_key or "", section.text(token_key) or None
    )
