"""The client's configuration: every setting resolved once, each with where it came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from wrapper._endpoints import resolve_endpoint
from wrapper._errors import ConfigurationError
from wrapper._proxies import (
    Proxies,
    mask_proxy,
    mask_userinfo,
    proxies_from_environment,
    proxy_url,
)
from wrapper._retry_policy import RetryPolicy
from wrapper._settings import Settings
from wrapper._user_agent import as_app_id
from wrapper._values import Value

if TYPE_CHECKING:
    import ssl

__all__ = ["Config", "Verify", "ambient_proxies", "ambient_verify", "resolve_config"]

Verify: TypeAlias = "bool | str | ssl.SSLContext"
"""How servers' certificates are checked: True for the usual authorities, the path of a bundle of
certificates, a ready SSL context, or False for not at all."""

_DEFAULT = "default"
_ARGUMENT = "argument"


class Config(Value):
    """Settings that do not change any more, as `resolve_config` found them.

    Attributes:
        region: For example `eu-central-1`; None when no place names one.
        endpoint_url: A custom endpoint as it was configured, or None.
        profile: The profile's name; `default` when none was named.
        use_fips: Whether to use the endpoint with FIPS 140 validated cryptography.
        use_dualstack: Whether to use the endpoint that speaks IPv4 and IPv6.
        verify: How servers' certificates are checked.
        proxies: The proxies in force; `proxies.for_url(url)` gives the one for a URL.
        max_attempts: How often a call is sent at most, the first time included; None for the
            default of the retry policy.
        app_id: The application's name for the `User-Agent`, or None.
        allow_insecure_http: Whether plain `http` may go to other machines.
        origins: For each of these attributes (of `proxies`: `https_proxy`, `http_proxy` and
            `no_proxy`) where its value came from: `argument`, the name of an environment variable,
            `path:line` of a shared file, or `default`.
        settings: Where further settings, those of credentials, are looked up.
    """

    region: str | None
    endpoint_url: str | None
    profile: str
    use_fips: bool
    use_dualstack: bool
    verify: Verify
    proxies: Proxies
    max_attempts: int | None
    app_id: str | None
    allow_insecure_http: bool
    origins: Mapping[str, str]
    settings: Settings

    def _compared(self) -> tuple[object, ...]:
        return super()._compared()[:-2]  # what was found, not where

    def explain(self) -> str:
        """Every setting with its value and its origin, one a line; passwords in URLs are masked."""
        rows = [
            ("region", self.region),
            ("endpoint_url", self.endpoint_url and mask_userinfo(self.endpoint_url)),
            ("profile", self.profile),
            ("use_fips", self.use_fips),
            ("use_dualstack", self.use_dualstack),
            ("verify", self.verify if isinstance(self.verify, (bool, str)) else "an SSL context"),
            ("https_proxy", self.proxies.https and mask_proxy(self.proxies.https)),
            ("http_proxy", self.proxies.http and mask_proxy(self.proxies.http)),
            ("no_proxy", self.proxies.no_proxy or None),
            ("max_attempts", self.max_attempts or RetryPolicy().max_attempts),
            ("app_id", self.app_id),
        ]
        lines = [(name, _shown(value), self.origins.get(name, _DEFAULT)) for name, value in rows]
        files = self.settings.files
        lines += [
            ("endpoint", *self._endpoint()),
            ("config file", files.config_path, _exists(files.config_path)),
            ("credentials file", files.credentials_path, _exists(files.credentials_path)),
        ]
        widths = [max(len(line[column]) for line in lines) for column in (0, 1)]
        return "\n".join(
            f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin}" for name, value, origin in lines
        )

    def _endpoint(self) -> tuple[str, str]:
        """Where calls go, or why nowhere."""
        try:
            found = resolve_endpoint(
                self.region,
                endpoint_url=self.endpoint_url,
                use_fips=self.use_fips,
                use_dualstack=self.use_dualstack,
                allow_insecure_http=self.allow_insecure_http,
            )
        except ConfigurationError as error:
            return "-", str(error)
        return found.url, "from the above"

    def __repr__(self) -> str:
        return f"Config(region={self.region!r}, profile={self.profile!r}, …)"


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _exists(path: str) -> str:
    if os.path.isdir(path):  # noqa: PTH112
        return "a folder, and no file"
    return "exists" if os.path.exists(path) else "not there"  # noqa: PTH110


def resolve_config(
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    profile: str | None = None,
    use_fips: bool | None = None,
    use_dualstack: bool | None = None,
    verify: Verify | None = None,
    proxy: str | None = None,
    max_attempts: int | None = None,
    app_id: str | None = None,
    allow_insecure_http: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Resolve every setting: an argument first, then the environment, then the profile.

    | setting | environment | profile |
    |---|---|---|
    | `region` | `AWS_REGION`, `AWS_DEFAULT_REGION` | `region` |
    | `endpoint_url` | `AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME`, `AWS_ENDPOINT_URL` | `endpoint_url` |
    | `profile` | `AWS_PROFILE`, `AWS_DEFAULT_PROFILE` | |
    | `use_fips` | `AWS_USE_FIPS_ENDPOINT` | `use_fips_endpoint` |
    | `use_dualstack` | `AWS_USE_DUALSTACK_ENDPOINT` | `use_dualstack_endpoint` |
    | `verify` | `AWS_CA_BUNDLE`; after the profile, `REQUESTS_CA_BUNDLE` | `ca_bundle` |
    | `proxy` | `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` | |
    | `max_attempts` | `AWS_MAX_ATTEMPTS` | `max_attempts` |
    | `app_id` | `AWS_SDK_UA_APP_ID` | `sdk_ua_app_id` |

    A `services` section that the profile names prevails over the profile's own `endpoint_url`.

    Args:
        region: For example `eu-central-1`.
        endpoint_url: A custom endpoint.
        profile: A profile of the shared files.
        use_fips: Use the endpoint with FIPS 140 validated cryptography.
        use_dualstack: Use the endpoint that speaks IPv4 and IPv6.
        verify: How servers' certificates are checked.
        proxy: A proxy's URL, for every request; an empty string for none, whatever the environment.
        max_attempts: How often a call is sent at most, the first time included.
        app_id: The application's name for the `User-Agent`.
        allow_insecure_http: Allow plain `http` to other machines.
        environ: The environment; that of the process when left out.

    Raises:
        ConfigurationError: A value is malformed, a profile does not exist, or a file is broken.
    """
    if profile == "":
        raise ConfigurationError(
            "profile is empty; leave it out for the default.", setting="profile"
        )
    settings = Settings(profile=profile, environ=environ)
    origins: dict[str, str] = {}

    def resolved(name: str, argument: str | None, *variables: str, key: str) -> str | None:
        if argument is not None:
            origins[name] = _ARGUMENT
            return argument
        found = settings.variable(*variables) or settings.key(key)
        origins[name] = _DEFAULT if found is None else found.origin
        return None if found is None else found.value

    def flag(name: str, argument: bool | None, variable: str, key: str) -> bool:  # noqa: FBT001
        found = (
            (argument, _ARGUMENT) if argument is not None else settings.flag(variable, key)
        ) or (False, _DEFAULT)
        origins[name] = found[1]
        return found[0]

    called = resolved("app_id", app_id, "AWS_SDK_UA_APP_ID", key="sdk_ua_app_id")
    if called is not None and app_id is None:
        called = as_app_id(called)
    named = settings.named_profile
    origins["profile"] = _DEFAULT if named is None else named.origin
    settings.profile()  # a named profile has to exist, even where nothing is read from it
    if endpoint_url is None:
        custom = settings.endpoint_url("sagemaker_runtime")
        endpoint_url = None if custom is None else custom.value
        origins["endpoint_url"] = _DEFAULT if custom is None else custom.origin
    else:
        origins["endpoint_url"] = _ARGUMENT
    return Config(
        region=resolved("region", region, "AWS_REGION", "AWS_DEFAULT_REGION", key="region"),
        endpoint_url=endpoint_url,
        profile=settings.profile_name,
        use_fips=flag("use_fips", use_fips, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
        use_dualstack=flag(
            "use_dualstack", use_dualstack, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"
        ),
        verify=_verify(settings, verify, origins),
        proxies=_proxies(settings, proxy, origins),
        max_attempts=_max_attempts(settings, max_attempts, origins),
        app_id=called,
        allow_insecure_http=allow_insecure_http,
        origins=origins,
        settings=settings,
    )


def ambient_verify(settings: Settings) -> Verify:
    """How the servers of other services are checked, those that credentials come from.

    As the environment and the profile in force say. A client's arguments are for what that client
    itself is sent.

    Raises:
        ConfigurationError: The bundle that they name does not exist.
    """
    return _verify(settings.active, None, {})


def ambient_proxies(settings: Settings) -> Proxies:
    """The proxies by which other services are reached; as `ambient_verify`."""
    return _proxies(settings.active, None, {})


def _verify(settings: Settings, argument: Verify | None, origins: dict[str, str]) -> Verify:
    if argument is None:
        found = settings.find("AWS_CA_BUNDLE", "ca_bundle") or settings.variable(
            "REQUESTS_CA_BUNDLE"
        )
        origins["verify"] = _DEFAULT if found is None else found.origin
        verify: Verify = True if found is None else os.path.expanduser(found.value)  # noqa: PTH111
    else:
        origins["verify"] = _ARGUMENT
        verify = argument
    if isinstance(verify, str) and not os.path.exists(verify):  # noqa: PTH110
        raise ConfigurationError(
            f"The bundle of certificates {verify!r} (from {origins['verify']}) does not exist; "
            "name a file of PEM certificates, or leave it out for the usual authorities.",
            setting="verify",
        )
    return verify


def _proxies(settings: Settings, argument: str | None, origins: dict[str, str]) -> Proxies:
    if argument is not None:
        origins |= dict.fromkeys(("https_proxy", "http_proxy", "no_proxy"), _ARGUMENT)
        url = proxy_url(argument or None)
        return Proxies(https=url, http=url)
    proxies, variables = proxies_from_environment(settings.environ)
    origins |= variables
    return proxies


def _max_attempts(settings: Settings, argument: int | None, origins: dict[str, str]) -> int | None:
    if argument is None:
        found = settings.find("AWS_MAX_ATTEMPTS", "max_attempts")
        if found is None:
            origins["max_attempts"] = _DEFAULT
            return None
        origins["max_attempts"] = found.origin
        value = int(found.value) if found.value.strip().isdecimal() else 0
        given = found.value
    else:
        origins["max_attempts"] = _ARGUMENT
        value, given = argument, str(argument)
    if value < 1:
        raise ConfigurationError(
            f"max_attempts is {given!r} (from {origins['max_attempts']}); accepted: a whole number "
            "from 1 on, the first attempt included.",
            setting="max_attempts",
        )
    return value
