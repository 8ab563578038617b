from wrapper._credentials import Credentials as Credentials
from wrapper.credentials._assume_role import AssumeRoleProvider as AssumeRoleProvider
from wrapper.credentials._chain import ProviderChain as ProviderChain, default_chain as default_chain
from wrapper.credentials._container import ContainerProvider as ContainerProvider
from wrapper.credentials._environment import EnvironmentProvider as EnvironmentProvider
from wrapper.credentials._instance_metadata import InstanceMetadataProvider as InstanceMetadataProvider
from wrapper.credentials._login import LoginProvider as LoginProvider
from wrapper.credentials._process import ProcessProvider as ProcessProvider
from wrapper.credentials._provider import CredentialsNotConfigured as CredentialsNotConfigured, Provider as Provider
from wrapper.credentials._refresh import RefreshingCredentials as RefreshingCredentials
from wrapper.credentials._shared_files import ConfigFileProvider as ConfigFileProvider, SharedCredentialsProvider as SharedCredentialsProvider
from wrapper.credentials._sources import BotocoreProvider as BotocoreProvider, CallableProvider as CallableProvider, CredentialsLike as CredentialsLike, StaticProvider as StaticProvider, as_source as as_source
from wrapper.credentials._sso import SsoProvider as SsoProvider
from wrapper.credentials._web_identity import WebIdentityProvider as WebIdentityProvider

__all__ = ['Credentials', 'AssumeRoleProvider', 'ProviderChain', 'default_chain', 'ContainerProvider', 'EnvironmentProvider', 'InstanceMetadataProvider', 'LoginProvider', 'ProcessProvider', 'CredentialsNotConfigured', 'Provider', 'RefreshingCredentials', 'ConfigFileProvider', 'SharedCredentialsProvider', 'BotocoreProvider', 'CallableProvider', 'CredentialsLike', 'StaticProvider', 'as_source', 'SsoProvider', 'WebIdentityProvider']
