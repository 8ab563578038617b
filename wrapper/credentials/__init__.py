"""Where credentials come from: every provider AWS's tools know, alone or in chains.

A client finds credentials by itself, as AWS's tools do. Import from here to choose a provider, to
compose a chain, or to be asked for an MFA code:

    from wrapper.credentials import default_chain

    client = SageMakerRuntimeClient(credentials=default_chain(profile="ops", mfa_code=input))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wrapper._credentials import Credentials as Credentials
    from wrapper.credentials._assume_role import AssumeRoleProvider as AssumeRoleProvider
    from wrapper.credentials._chain import ProviderChain as ProviderChain
    from wrapper.credentials._chain import default_chain as default_chain
    from wrapper.credentials._container import ContainerProvider as ContainerProvider
    from wrapper.credentials._environment import EnvironmentProvider as EnvironmentProvider
    from wrapper.credentials._instance_metadata import (
        InstanceMetadataProvider as InstanceMetadataProvider,
    )
    from wrapper.credentials._login import LoginProvider as LoginProvider
    from wrapper.credentials._process import ProcessProvider as ProcessProvider
    from wrapper.credentials._provider import CredentialsNotConfigured as CredentialsNotConfigured
    from wrapper.credentials._provider import Provider as Provider
    from wrapper.credentials._refresh import RefreshingCredentials as RefreshingCredentials
    from wrapper.credentials._shared_files import ConfigFileProvider as ConfigFileProvider
    from wrapper.credentials._shared_files import (
        SharedCredentialsProvider as SharedCredentialsProvider,
    )
    from wrapper.credentials._sources import BotocoreProvider as BotocoreProvider
    from wrapper.credentials._sources import CallableProvider as CallableProvider
    from wrapper.credentials._sources import CredentialsLike as CredentialsLike
    from wrapper.credentials._sources import StaticProvider as StaticProvider
    from wrapper.credentials._sources import as_source as as_source
    from wrapper.credentials._sso import SsoProvider as SsoProvider
    from wrapper.credentials._web_identity import WebIdentityProvider as WebIdentityProvider

# Which module a name stands in: one that is not used is not imported.
_MODULES = {
    "AssumeRoleProvider": "_assume_role",
    "BotocoreProvider": "_sources",
    "CallableProvider": "_sources",
    "ConfigFileProvider": "_shared_files",
    "ContainerProvider": "_container",
    "Credentials": "._credentials",
    "CredentialsLike": "_sources",
    "CredentialsNotConfigured": "_provider",
    "EnvironmentProvider": "_environment",
    "InstanceMetadataProvider": "_instance_metadata",
    "LoginProvider": "_login",
    "ProcessProvider": "_process",
    "Provider": "_provider",
    "ProviderChain": "_chain",
    "RefreshingCredentials": "_refresh",
    "SharedCredentialsProvider": "_shared_files",
    "SsoProvider": "_sso",
    "StaticProvider": "_sources",
    "WebIdentityProvider": "_web_identity",
    "as_source": "_sources",
    "default_chain": "_chain",
}

__all__ = [
    "AssumeRoleProvider",
    "BotocoreProvider",
    "CallableProvider",
    "ConfigFileProvider",
    "ContainerProvider",
    "Credentials",
    "CredentialsLike",
    "CredentialsNotConfigured",
    "EnvironmentProvider",
    "InstanceMetadataProvider",
    "LoginProvider",
    "ProcessProvider",
    "Provider",
    "ProviderChain",
    "RefreshingCredentials",
    "SharedCredentialsProvider",
    "SsoProvider",
    "StaticProvider",
    "WebIdentityProvider",
    "as_source",
    "default_chain",
]


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
