"""Where requests go: the endpoint of a region, or the caller's own.

Follows the service's endpoint rule set, in botocore
`data/sagemaker-runtime/2017-05-13/endpoint-rule-set-1.json.gz`, and is stricter than it about names
and URLs: nothing that could send a signed request to another host passes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from wrapper._errors import ConfigurationError

if TYPE_CHECKING:
    from wrapper._partitions import Partition

__all__ = ["Endpoint", "find_partition", "resolve_endpoint"]

# Patterns are text: `re` compiles and caches them on the first use, not on import.
# RFC 1123, section 2.1, in lower case; digits alone are no region (as in botocore).
_REGION = r"(?![0-9]+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# RFC 3986, appendix A, without user information, query and fragment. `_` in a name is not a host
# name's by RFC 1123, but container networks use it.
_URL = (
    r"(?i:(?P<scheme>https?))://"
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*)"
)
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = rf"(?=.{{1,253}}\.?$)({_LABEL}\.)*{_LABEL}\.?"
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Endpoint(NamedTuple):
    """Where requests are sent, and for which region they are signed.

    Attributes:
        url: `scheme://authority` and the base path; never ends in `/`, so that a path can follow.
        scheme: `https`, or `http` for a custom endpoint.
        host: In lower case; an IPv6 address without brackets.
        port: The scheme's own when the URL names none.
        authority: The value of the `Host` header: an IPv6 address in brackets, the scheme's own
            port left out.
        base_path: What stands before every request's path: empty, or begins with `/`.
        signing_region: The region of the signature's scope.
    """

    url: str
    scheme: Literal["https", "http"]
    host: str
    port: int
    authority: str
    base_path: str
    signing_region: str


def resolve_endpoint(
    region: str | None,
    *,
    endpoint_url: str | None = None,
    use_fips: bool = False,
    use_dualstack: bool = False,
    allow_insecure_http: bool = False,
) -> Endpoint:
    """Return the endpoint to send to.

    A FIPS pseudo region (`fips-us-east-1`, `us-east-1-fips`) means the region with `use_fips`, as
    in botocore.

    Args:
        region: For example `eu-central-1`. Needed with a custom endpoint too: signatures name it.
        endpoint_url: A custom endpoint, for example a VPC endpoint or a local server. A path is
            kept as prefix of every request's path.
        use_fips: Use the endpoint with FIPS 140 validated cryptography.
        use_dualstack: Use the endpoint that speaks IPv4 and IPv6.
        allow_insecure_http: Allow `http` to hosts other than `localhost`, 127.0.0.0/8 and `::1`.

    Raises:
        ConfigurationError: No region, or a malformed one; a malformed or insecure URL; FIPS or
            dual-stack with a custom endpoint, or in a partition that lacks it.
    """
    signing_region, is_fips_region = _check_region(region)
    use_fips = use_fips or is_fips_region
    if endpoint_url is not None:
        if use_fips or use_dualstack:
            setting = "use_fips" if use_fips else "use_dualstack"
            cause = f"the region {region!r}" if is_fips_region else setting
            raise ConfigurationError(
                f"{cause} cannot be combined with a custom endpoint: give the URL of the endpoint "
                f"you mean as endpoint_url and leave {setting} out, or leave endpoint_url out",
                setting=setting,
            )
        return _custom_endpoint(endpoint_url, signing_region, allow_http=allow_insecure_http)
    host = _regional_host(signing_region, use_fips=use_fips, use_dualstack=use_dualstack)
    return _endpoint("https", host, 443, "", signing_region)


def find_partition(region: str) -> Partition:
    """Return the partition of a region: by its list, else by its pattern, else `aws`."""
    from wrapper._partitions import PARTITIONS

    for partition in PARTITIONS:
        if region in partition.regions:
            return partition
    for partition in PARTITIONS:
        if re.match(partition.region_regex, region):
            return partition
    return PARTITIONS[0]


def _check_region(region: str | None) -> tuple[str, bool]:
    """Return the region's real name, and whether it was given as a FIPS pseudo region."""
    if region is None:
        raise ConfigurationError(
            "no region: pass region=, or set AWS_REGION or the profile's region, "
            "for example 'us-east-1'",
            setting="region",
        )
    name = region
    if "fips" in region:
        name = region.replace("fips-", "").replace("-fips", "")
    if not (re.fullmatch(_REGION, region) and re.fullmatch(_REGION, name)):
        raise ConfigurationError(
            f"{region[:80]!r} is not a region: lower-case letters, digits and inner hyphens are "
            "accepted, 63 characters at most, for example 'us-east-1'",
            setting="region",
        )
    if region in {"sagemaker", "sagemaker-runtime", "runtime.sagemaker"}:
        raise ConfigurationError(
            f"{region!r} is the service, which needs no name here: the first argument is the "
            "region, for example 'us-east-1'",
            setting="region",
        )
    if match := re.fullmatch(r"([a-z]+(?:-[a-z]+)+-[0-9])[a-z]", region):
        raise ConfigurationError(
            f"{region!r} is an availability zone; its region is {match[1]!r}", setting="region"
        )
    return name, name != region


def _regional_host(region: str, *, use_fips: bool, use_dualstack: bool) -> str:
    partition = find_partition(region)
    if use_fips and not partition.supports_fips:
        raise _unsupported("use_fips", "FIPS endpoints", partition, region)
    if use_dualstack and not partition.supports_dual_stack:
        raise _unsupported("use_dualstack", "dual-stack endpoints", partition, region)
    if use_dualstack:
        service = "runtime.sagemaker-fips" if use_fips else "runtime.sagemaker"
        return f"{service}.{region}.{partition.dual_stack_dns_suffix}"
    if not use_fips:
        return f"runtime.sagemaker.{region}.{partition.dns_suffix}"
    if partition.id == "aws":
        return f"runtime-fips.sagemaker.{region}.amazonaws.com"
    if partition.id == "aws-us-gov":  # every endpoint there is a FIPS one
        return f"runtime.sagemaker.{region}.amazonaws.com"
    return f"runtime.sagemaker-fips.{region}.{partition.dns_suffix}"


def _unsupported(
    setting: str, feature: str, partition: Partition, region: str
) -> ConfigurationError:
    return ConfigurationError(
        f"the partition {partition.id!r} of region {region!r} has no {feature}: "
        f"leave {setting} out, or choose a region of another partition",
        setting=setting,
    )


def _custom_endpoint(url: str, signing_region: str, *, allow_http: bool) -> Endpoint:
    match = re.fullmatch(_URL, url)
    if match is None:
        raise _refused(_what_is_wrong(url))
    scheme: Literal["https", "http"] = "https" if match["scheme"].lower() == "https" else "http"
    host, is_loopback = _check_host(match["host"], match["ipv6"])
    if scheme == "http" and not is_loopback and not allow_http:
        raise _refused(
            f"http to {host!r} sends requests unencrypted; write https://, or pass "
            "allow_insecure_http=True if the network is trusted (loopback hosts need neither)"
        )
    port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
    if not 1 <= port <= 65535:
        raise _refused(f"port {port} is not between 1 and 65535")
    base_path = match["path"].rstrip("/")
    if re.search(r"/endpoints/[^/]+/[a-z-]*invocations", base_path):
        raise _refused("it is that of one call; leave out /endpoints/… and what follows")
    if {".", ".."} & set(base_path.split("/")):
        raise _refused("its path has a '.' or '..' segment; write the path it stands for")
    return _endpoint(scheme, host, port, base_path, signing_region)


def _check_host(name: str | None, ipv6: str | None) -> tuple[str, bool]:
    """Return the host in its usual form, and whether it is this machine."""
    if name is not None:
        host = name.lower()
        # A last label that is a number makes the whole an IPv4 address, or an attempt to hide one
        # (`127.1`, `0x7f.1`): https://url.spec.whatwg.org/#ends-in-a-number-checker
        if not re.search(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$", host):
            if not re.fullmatch(_HOST, host):
                raise _refused(f"{host[:80]!r} is not a host name")
            return host, host == "localhost"
    import ipaddress

    try:
        address = ipaddress.IPv6Address(ipv6) if ipv6 else ipaddress.IPv4Address(name or "")
    except ValueError:
        raise _refused(f"{(ipv6 or name or '')[:80]!r} is not an IP address") from None
    return str(address), address.is_loopback


def _what_is_wrong(url: str) -> str:
    """Say why a URL was refused, without repeating parts of it that may be secret."""
    scheme, separator, rest = url.partition("://")
    if not url:
        return "it is empty; leave it out for the region's own endpoint"
    if not (url.isascii() and url.isprintable()) or " " in url:
        return "it has spaces, control or non-ASCII characters; percent-encode them in the path"
    if "@" in (rest or url).partition("/")[0] or (not separator and "@" in url):
        return "it has user information (…@); credentials are passed as credentials="
    if "?" in url or "#" in url:
        return "it has a query (?…) or a fragment (#…); leave them out"
    if not separator:
        rest = re.sub(r"^(https?:)?/*", "", url, count=1, flags=re.IGNORECASE)
        return f"it has no scheme; write {f'https://{rest}'!r}, or http:// for a loopback host"
    if scheme.lower() not in _DEFAULT_PORTS:
        return f"its scheme is {scheme[:20]!r}; https is accepted, and http for loopback hosts"
    return "its host, port or path is malformed"


def _refused(reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"endpoint_url is refused: {reason}. Accepted: 'https://host[:port][/path]'",
        setting="endpoint_url",
    )


def _endpoint(
    scheme: Literal["https", "http"], host: str, port: int, base_path: str, signing_region: str
) -> Endpoint:
    authority = f"[{host}]" if ":" in host else host
    if port != _DEFAULT_PORTS[scheme]:
        authority += f":{port}"
    return Endpoint(
        url=f"{scheme}://{authority}{base_path}",
        scheme=scheme,
        host=host,
        port=port,
        authority=authority,
        base_path=base_path,
        signing_region=signing_region,
    )
