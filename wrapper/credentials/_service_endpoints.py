"""Where STS and IAM Identity Center are reached: as their endpoint rule sets say.

botocore `data/{sts,sso,sso-oidc}/…/endpoint-rule-set-1.json.gz`; the three share their rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from wrapper._endpoints import find_partition, resolve_endpoint
from wrapper._errors import ConfigurationError
from wrapper._settings import Settings

if TYPE_CHECKING:
    from wrapper._config import Config

__all__ = ["ServiceEndpoint", "service_endpoint"]

Service: TypeAlias = Literal["sts", "sso", "sso_oidc"]

_PREFIXES = {"sts": "sts", "sso": "portal.sso", "sso_oidc": "oidc"}

# The regions whose calls go to the global endpoint where `sts_regional_endpoints` is `legacy`.
_LEGACY_GLOBAL_REGIONS = frozenset(
    {
        "ap-northeast-1",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "aws-global",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
_GLOBAL_STS = "https://sts.amazonaws.com"
_GLOBAL_REGION = "us-east-1"


class ServiceEndpoint(NamedTuple):
    """Where a service is, without a closing slash, and the region its requests are signed for."""

    url: str
    signing_region: str


def service_endpoint(service: Service, region: str | None, config: Config) -> ServiceEndpoint:
    """The endpoint of a service in a region.

    A custom one comes from the environment or the profile (`AWS_ENDPOINT_URL_STS` …,
    `AWS_ENDPOINT_URL`, the `services` section), as do FIPS, dual-stack and the legacy global
    endpoint of STS: from the profile in force, whoever's credentials are asked for.

    Args:
        service: The service.
        region: The region; None where none is known, for STS.
        config: With the settings, and whether plain `http` may go to other machines.

    Raises:
        ConfigurationError: The custom URL is malformed, or `http` to another machine; FIPS or
            dual-stack is asked for where there is none.
    """
    settings = config.settings.active
    custom = settings.endpoint_url(service)
    if region is None:  # which only a client needs: STS has a global endpoint
        region = "aws-global" if custom is None else _GLOBAL_REGION
    fips = settings.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
    dualstack = settings.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
    use_fips = (fips is not None and fips[0]) or "fips" in region
    use_dualstack = dualstack is not None and dualstack[0]
    try:
        checked = resolve_endpoint(
            region,
            endpoint_url=None if custom is None else custom.value,
            use_fips=use_fips,
            use_dualstack=use_dualstack,
            allow_insecure_http=config.allow_insecure_http,
        )
    except ConfigurationError as error:
        origin = "" if custom is None else f", whose endpoint_url comes from {custom.origin}"
        raise ConfigurationError(f"{service}{origin}: {error}", setting=error.setting) from None
    region = checked.signing_region
    if custom is not None:
        return ServiceEndpoint(checked.url, region)
    if service == "sts" and not (use_fips or use_dualstack) and _is_global(region, settings):
        return ServiceEndpoint(_GLOBAL_STS, _GLOBAL_REGION)
    partition = find_partition(region)
    prefix = _PREFIXES[service]
    if use_fips and (use_dualstack or partition.id != "aws-us-gov"):
        prefix += "-fips"
    suffix = partition.dual_stack_dns_suffix if use_dualstack else partition.dns_suffix
    return ServiceEndpoint(f"https://{prefix}.{region}.{suffix}", region)


def _is_global(region: str, settings: Settings) -> bool:
    found = settings.find("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints")
    if found is not None and found.value not in {"legacy", "regional"}:
        raise ConfigurationError(
            f"sts_regional_endpoints is {found.value!r} in {found.origin}; accepted: regional, "
            "legacy.",
            setting="sts_regional_endpoints",
        )
    if region == "aws-global":
        return True
    return found is not None and found.value == "legacy" and region in _LEGACY_GLOBAL_REGIONS
