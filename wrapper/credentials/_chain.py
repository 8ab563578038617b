"""Providers tried one after the other, and the search that AWS's tools do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wrapper.credentials._environment import EnvironmentProvider
from wrapper.credentials._provider import CredentialsNotConfigured, Provider, StepsProvider
from wrapper.credentials._steps import Steps, call

if TYPE_CHECKING:
    from wrapper._config import Config
    from wrapper._credentials import Credentials
    from wrapper.credentials._assume_role import AskForCode

__all__ = ["DefaultChain", "ProviderChain", "default_chain", "profile_providers"]


class ProviderChain(StepsProvider):
    """Providers tried in order: the first that is configured serves, or fails for all.

    The provider that has served once is asked alone from then on, so that a client's identity does
    not change when, say, a file is missing for a moment.

    Args:
        providers: In the order they are tried.
    """

    name = "provider chain"

    def __init__(self, providers: Iterable[Provider]) -> None:
        self._providers = tuple(providers)
        self._chosen: Provider | None = None

    def providers(self) -> Iterator[Provider]:
        """The providers in the order they are tried, each made when it is its turn."""
        return iter(self._providers)

    @property
    def chosen(self) -> Provider | None:
        """The provider that served, once one has."""
        return self._chosen

    def steps(self) -> Steps[Credentials]:
        """Try one after the other."""
        chosen = self._chosen
        if chosen is not None:
            return (yield from chosen.steps())
        tried: list[tuple[str, CredentialsNotConfigured]] = []
        for provider in self.providers():
            try:
                credentials = yield from provider.steps()
            except CredentialsNotConfigured as error:
                tried.append((provider.name, error))
            else:
                self._chosen = provider
                self.name = provider.name
                return credentials
        text = yield from call(lambda: "\n".join(self._nothing_found(tried)))
        raise CredentialsNotConfigured(text)

    def _nothing_found(self, tried: list[tuple[str, CredentialsNotConfigured]]) -> Iterator[str]:
        yield "No AWS credentials were found. Tried, in this order:"
        for name, error in tried:
            yield f"- {name}: {error}".replace("\n", "\n  ")

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_chosen": None, "name": type(self).name}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"


class DefaultChain(ProviderChain):
    """The search that AWS's tools do; made by `default_chain`."""

    name = "default chain"

    def __init__(self, config: Config, mfa_code: AskForCode | None) -> None:
        super().__init__(())
        self._config = config
        self._mfa_code = mfa_code

    def providers(self) -> Iterator[Provider]:
        """The providers in AWS's order; the modules of the unreached are not imported."""
        settings = self._config.settings
        if not settings.profile_is_explicit:
            yield EnvironmentProvider(settings.given_environ)
        from wrapper.credentials._assume_role import AssumeRoleProfileProvider

        yield AssumeRoleProfileProvider(self._config, mfa_code=self._mfa_code)
        yield from profile_providers(self._config)
        from wrapper.credentials._container import ContainerProvider

        yield ContainerProvider(settings.given_environ)
        from wrapper.credentials._instance_metadata import InstanceMetadataProvider

        yield InstanceMetadataProvider(settings=settings)

    def _nothing_found(self, tried: list[tuple[str, CredentialsNotConfigured]]) -> Iterator[str]:
        settings = self._config.settings
        yield from super()._nothing_found(tried)
        if settings.profile_is_explicit:
            yield (
                "The environment's AWS_ACCESS_KEY_ID was not looked at, because a profile was "
                "given as an argument."
            )
        yield from settings.files.problems()


def profile_providers(config: Config) -> Iterator[Provider]:
    """The providers that a profile's settings can call for, in AWS's order, the roles excepted."""
    from wrapper.credentials._web_identity import WebIdentityProfileProvider

    yield WebIdentityProfileProvider(config)
    from wrapper.credentials._sso import SsoProfileProvider

    yield SsoProfileProvider(config)
    from wrapper.credentials._shared_files import ConfigFileProvider, SharedCredentialsProvider

    yield SharedCredentialsProvider(settings=config.settings)
    from wrapper.credentials._login import LoginProfileProvider

    yield LoginProfileProvider(config)
    from wrapper.credentials._process import ProcessProfileProvider

    yield ProcessProfileProvider(config)
    yield ConfigFileProvider(settings=config.settings)


def default_chain(
    config: Config | None = None,
    *,
    profile: str | None = None,
    region: str | None = None,
    mfa_code: AskForCode | None = None,
) -> ProviderChain:
    """The search for credentials that AWS's tools do.

    In order: the environment (unless a profile was given as an argument), a role that the profile
    says to assume, web identity, IAM Identity Center (SSO), the credentials file, a login of `aws
    login`, `credential_process`, the config file, the container's endpoint, the instance's
    metadata.

    Args:
        config: The configuration to search with; when left out it is resolved from the next two.
        profile: A profile of the shared files.
        region: The region of the calls to STS.
        mfa_code: Asked for the current code of a device, whose serial number or ARN it is given,
            where a role requires one; may be a coroutine function where the client is asynchronous.
            Without it such a role fails.

    Raises:
        ConfigurationError: A setting is malformed, the profile does not exist, or a file is broken.
    """
    if config is None:
        from wrapper._config import resolve_config

        config = resolve_config(profile=profile, region=region)
    return DefaultChain(config, mfa_code)
