"""Roles that are assumed with other credentials."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper._values import replace
from wrapper.credentials._provider import CredentialsNotConfigured, Provider, StepsProvider
from wrapper.credentials._steps import CallUser, Steps, call

if TYPE_CHECKING:
    from wrapper._config import Config
    from wrapper._config_files import Section

__all__ = ["AskForCode", "AssumeRoleProfileProvider", "AssumeRoleProvider", "session_name"]

AskForCode: TypeAlias = "Callable[[str], str | Awaitable[str]]"
"""Is given an MFA device's serial number or ARN and returns its current code."""

_STATIC_KEYS = ("aws_access_key_id", "aws_secret_access_key")


def session_name() -> str:
    """The name of a role's session where none is configured; CloudTrail shows it."""
    return f"sagemaker-runtime-client-{int(time.time())}"


class AssumeRoleProvider(StepsProvider):
    """A role, assumed through STS with the credentials of another provider.

    Args:
        role_arn: The role.
        source: Whose credentials assume it.
        config: For the region, the endpoint, the certificates and the proxies; resolved when left
            out.
        external_id: What the role's trust policy asks for, if it does.
        role_session_name: The session's name, shown by CloudTrail.
        duration_seconds: How long the session lasts; an hour by default.
        mfa_serial: The serial number or ARN of the device whose code the trust policy asks for.
        mfa_code: Asked for that device's current code, whenever the role is assumed; may be a
            coroutine function where the client is asynchronous.
    """

    name = "assume role"

    def __init__(
        self,
        role_arn: str,
        source: Provider,
        *,
        config: Config | None = None,
        external_id: str | None = None,
        role_session_name: str | None = None,
        duration_seconds: int | None = None,
        mfa_serial: str | None = None,
        mfa_code: AskForCode | None = None,
    ) -> None:
        self._source = source
        self._config = config
        self._session_name = role_session_name
        self._mfa_code = mfa_code
        self._parameters = {
            "RoleArn": role_arn,
            "ExternalId": external_id,
            "DurationSeconds": None if duration_seconds is None else str(duration_seconds),
            "SerialNumber": mfa_serial,
        }

    def steps(self) -> Steps[Credentials]:
        """Find the source's credentials, ask for a code where one is needed, and call STS."""
        from wrapper._config import resolve_config
        from wrapper.credentials._sts import call_sts

        role_arn = self._parameters["RoleArn"]
        try:
            source = yield from self._source.steps()
        except CredentialsNotConfigured as error:
            raise CredentialsError(
                f"The role {role_arn} is assumed with the credentials of {self._source.name}, "
                f"which has none: {error}"
            ) from error
        if source.expiration is not None and source.expiration <= datetime.now(UTC):
            raise CredentialsError(
                f"The role {role_arn} is assumed with the credentials of {self._source.name}, "
                f"which expired at {source.expiration.isoformat()}."
            )
        parameters = {key: value for key, value in self._parameters.items() if value}
        parameters["RoleSessionName"] = self._session_name or session_name()
        serial = parameters.get("SerialNumber")
        if serial is not None:
            parameters["TokenCode"] = yield from self._ask_for_code(serial)
        config = self._config or (yield from call(resolve_config))
        return (yield from call_sts("AssumeRole", parameters, config, source))

    def _ask_for_code(self, serial: str) -> Steps[str]:
        mfa_code = self._mfa_code
        if mfa_code is None:
            raise CredentialsError(
                f"The role {self._parameters['RoleArn']} asks for a code of the MFA device "
                f"{serial}, and there is nobody to ask. Pass as credentials "
                "default_chain(mfa_code=…) with a function that is given the device and returns "
                "its current code."
            )
        code: object = yield CallUser(partial(mfa_code, serial))
        if not isinstance(code, str):
            if close := getattr(code, "close", None):
                close()  # a coroutine that is never awaited would warn
            raise CredentialsError(
                f"mfa_code returned {type(code).__name__} for the device {serial}; a str is needed."
            )
        if not code.strip():
            raise CredentialsError(f"mfa_code gave no code for the device {serial}.")
        return code.strip()

    def __repr__(self) -> str:
        return f"AssumeRoleProvider({self._parameters['RoleArn']!r}, {self._source!r})"


class AssumeRoleProfileProvider(StepsProvider):
    """The role that a profile names: `role_arn`, and `source_profile` or `credential_source`.

    Args:
        config: With the profile's settings.
        mfa_code: As for `AssumeRoleProvider`.
    """

    name = "assume role"

    def __init__(self, config: Config, *, mfa_code: AskForCode | None = None) -> None:
        self._config = config
        self._mfa_code = mfa_code
        self._provider: Provider | None = None  # kept: an SSO source remembers a refreshed token

    def steps(self) -> Steps[Credentials]:
        """Read the profiles and assume the role, and before it those that it is assumed with."""
        if self._provider is None:
            self._provider = yield from call(lambda: self._role(self._config, []))
        return (yield from self._provider.steps())

    def _role(self, config: Config, visited: list[str]) -> Provider:
        settings = config.settings
        name = settings.profile_name
        profile = settings.profile()
        role_arn = profile.text("role_arn")
        if role_arn is None or profile.text("web_identity_token_file"):
            why = "has no role_arn" if role_arn is None else "assumes its role with a web identity"
            raise CredentialsNotConfigured(
                f"the profile {name!r} {why}",
                "Give it role_arn with source_profile or credential_source to assume a role",
            )
        return AssumeRoleProvider(
            role_arn,
            self._source(config, profile, [*visited, name]),
            config=config,
            external_id=profile.text("external_id"),
            role_session_name=profile.text("role_session_name"),
            duration_seconds=_duration(profile),
            mfa_serial=profile.text("mfa_serial"),
            mfa_code=self._mfa_code,
        )

    def _source(self, config: Config, profile: Section, visited: list[str]) -> Provider:
        name = config.settings.profile_name
        source_profile = profile.text("source_profile")
        credential_source = profile.text("credential_source")
        if (source_profile is None) == (credential_source is None):
            which = "both" if source_profile is not None else "neither"
            raise ConfigurationError(
                f"The profile {name!r} has role_arn and {which} of source_profile and "
                "credential_source; it needs one of them: whose credentials assume the role.",
                setting="source_profile",
            )
        if credential_source is not None:
            return _credential_source(credential_source, config)
        return self._source_profile(config, source_profile or "", visited)

    def _source_profile(self, config: Config, source: str, visited: list[str]) -> Provider:
        profiles = config.settings.files.load().profiles
        if source not in profiles:
            raise ConfigurationError(
                f"The profile {visited[-1]!r} names the source_profile {source!r}, which does not "
                f"exist; profiles there: {', '.join(sorted(profiles))}.",
                setting="source_profile",
            )
        has_keys = any(key in profiles[source] for key in _STATIC_KEYS)
        # A profile may name itself where it also has keys: they assume its role.
        if source in visited and not (source == visited[-1] and has_keys):
            raise ConfigurationError(
                "The profiles' source_profile settings lead in a circle: "
                f"{' → '.join([*visited, source])}.",
                setting="source_profile",
            )
        inner = replace(config, profile=source, settings=config.settings.with_profile(source))
        is_role = profiles[source].text("role_arn") and not (
            profiles[source].text("web_identity_token_file")
        )
        if is_role and not has_keys:
            return self._role(inner, visited)
        from wrapper.credentials._chain import ProviderChain, profile_providers

        chain = ProviderChain(profile_providers(inner))
        chain.name = f"the profile {source!r}"
        return chain


def _credential_source(source: str, config: Config) -> Provider:
    environ = config.settings.given_environ
    if source == "Environment":
        from wrapper.credentials._environment import EnvironmentProvider

        return EnvironmentProvider(environ)
    if source == "EcsContainer":
        from wrapper.credentials._container import ContainerProvider

        return ContainerProvider(environ)
    if source == "Ec2InstanceMetadata":
        from wrapper.credentials._instance_metadata import InstanceMetadataProvider

        return InstanceMetadataProvider(settings=config.settings)
    raise ConfigurationError(
        f"The profile {config.settings.profile_name!r} has the credential_source {source!r}; "
        "accepted: Environment, EcsContainer, Ec2InstanceMetadata.",
        setting="credential_source",
    )


def _duration(profile: Section) -> int | None:
    """The session's duration; as botocore does, what is not a number is passed over."""
    try:
        return int(profile.text("duration_seconds") or "")
    except ValueError:
        return None
