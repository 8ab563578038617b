"""Credentials of an EC2 instance's role, from its metadata service.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper._settings import Settings
from wrapper.credentials._answers import FieldNames, credentials_from, parse_object
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps, call
from wrapper.credentials._wording import excerpt

if TYPE_CHECKING:
    from wrapper.credentials._http import HttpAnswer

__all__ = ["InstanceMetadataProvider"]

_ENDPOINTS = {"ipv4": "http://169.254.169.254", "ipv6": "http://[fd00:ec2::254]"}
_ROLES = "/latest/meta-data/iam/security-credentials/"
_NAMES = FieldNames(session_token="Token")  # noqa: S106  # a field's name
_TOKEN_LIFETIME = "21600"  # noqa: S105  # seconds
_ROLE_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"  # IAM's rule, of which only what a path segment may hold


class _Options(NamedTuple):
    endpoint: str
    timeout: float
    attempts: int
    allows_version_1: bool


class InstanceMetadataProvider(StepsProvider):
    """The role of an EC2 instance, from the metadata service at its link-local address.

    A session token is fetched first (IMDSv2). Where the service does not give one, because it only
    speaks version 1 or because the token's answer does not reach a container, version 1 serves,
    unless `AWS_EC2_METADATA_V1_DISABLED` is `true`. Never through a proxy, and redirects are not
    followed.

    The settings, in the environment or the profile, are those of AWS's SDKs:
    `AWS_EC2_METADATA_DISABLED`, `AWS_EC2_METADATA_SERVICE_ENDPOINT`, `…_ENDPOINT_MODE`,
    `AWS_METADATA_SERVICE_TIMEOUT` (1 second) and `AWS_METADATA_SERVICE_NUM_ATTEMPTS` (1).

    Args:
        settings: Where those are looked up; the process's environment and files when left out.
        profile: The profile to look in, in place of the environment's.
    """

    name = "instance metadata"

    def __init__(self, settings: Settings | None = None, *, profile: str | None = None) -> None:
        self._settings = settings or Settings(profile=profile)

    def steps(self) -> Steps[Credentials]:
        """Fetch a token, the role's name and its credentials."""
        options = yield from call(self._options)
        token = yield from self._token(options)
        name_answer, token = yield from self._get(_ROLES, token, options)
        role = name_answer.body.decode("utf-8", "replace").strip()
        if not re.fullmatch(_ROLE_NAME, role) or role in {".", ".."}:
            raise _none_there("its answer names no role", "Give the instance an instance profile")
        answer, _ = yield from self._get(_ROLES + role, token, options)
        origin = f"its answer for the role {role}"
        try:
            fields = parse_object(answer.body, origin)
            if fields.get("Code", "Success") != "Success":
                code = excerpt(str(fields["Code"]))
                message = excerpt(str(fields.get("Message", "")))
                raise _none_there(f"for the role {role} it answered {code}: {message}")
            return credentials_from(fields, origin, _NAMES, is_temporary=True)
        except CredentialsNotConfigured:
            raise
        except CredentialsError as error:
            raise _none_there(str(error).rstrip(".")) from None

    def _options(self) -> _Options:
        settings = self._settings
        disabled = settings.variable("AWS_EC2_METADATA_DISABLED")
        if disabled is not None and disabled.value.lower() == "true":
            raise CredentialsNotConfigured(
                "AWS_EC2_METADATA_DISABLED is true", "Unset it to use an EC2 instance's role"
            )
        version_1 = settings.flag("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")
        return _Options(
            endpoint=self._endpoint(),
            timeout=self._number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"),
            attempts=int(
                self._number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")
            ),
            allows_version_1=version_1 is None or not version_1[0],
        )

    def _endpoint(self) -> str:
        settings = self._settings
        mode = settings.find(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode"
        )
        if mode is not None and mode.value.lower() not in _ENDPOINTS:
            raise ConfigurationError(
                f"The metadata endpoint mode is {mode.value!r} in {mode.origin}; accepted: IPv4, "
                "IPv6.",
                setting="ec2_metadata_service_endpoint_mode",
            )
        custom = settings.find("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
        if custom is not None:
            if not re.fullmatch(r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?", custom.value):
                raise ConfigurationError(
                    f"The metadata endpoint in {custom.origin} is not a URL of the form "
                    "http://host[:port][/path].",
                    setting="ec2_metadata_service_endpoint",
                )
            return custom.value.rstrip("/")
        if mode is None:
            ipv6 = settings.flag("AWS_IMDS_USE_IPV6", "imds_use_ipv6")
            return _ENDPOINTS["ipv6" if ipv6 is not None and ipv6[0] else "ipv4"]
        return _ENDPOINTS[mode.value.lower()]

    def _number(self, variable: str, key: str) -> float:
        found = self._settings.find(variable, key)
        if found is None:
            return 1
        if not found.value.strip().isdecimal() or int(found.value) < 1:
            raise ConfigurationError(
                f"{key} is {found.value!r} in {found.origin}; accepted: a whole number from 1 on.",
                setting=key,
            )
        return int(found.value)

    def _token(self, options: _Options) -> Steps[str | None]:
        """A session token; None where the service does not give one but may serve without."""
        from wrapper.credentials._http import Exchange, HttpFailed, send

        exchange = Exchange(
            "PUT",
            f"{options.endpoint}/latest/api/token",
            {"x-aws-ec2-metadata-token-ttl-seconds": _TOKEN_LIFETIME},
            timeout=options.timeout,
        )
        reason = ""
        for _ in range(options.attempts):
            try:
                answer = yield from send(exchange)
            except HttpFailed as error:
                reason = str(error)
                if error.timed_out:
                    break
                continue
            if answer.status == 200:
                text = answer.body.decode("utf-8", "replace").strip()
                if text and text.isascii() and text.isprintable():
                    return text
                raise _none_there("its session token is unusable")
            if answer.status == 400:
                raise _none_there("it refused to give a session token with status 400")
            reason = f"it answered {answer.status}"
            if answer.status in {403, 404, 405}:
                break
        else:
            if not reason.startswith("it answered"):
                raise _none_there(
                    f"nothing answers at {options.endpoint} ({reason})",
                    "On EC2, enable the instance metadata service; elsewhere, set "
                    "AWS_EC2_METADATA_DISABLED=true to save the attempt",
                )
        if not options.allows_version_1:
            raise _none_there(
                f"it gave no session token ({reason}), and version 1 of the service is disabled",
                "In a container, raise the instance's metadata hop limit to 2",
            )
        return None

    def _get(
        self, path: str, token: str | None, options: _Options
    ) -> Steps[tuple[HttpAnswer, str | None]]:
        """The answer to a request, and the token to go on with."""
        from wrapper.credentials._http import Exchange, HttpFailed, send

        reason = ""
        attempts = options.attempts
        has_new_token = False
        while attempts:
            attempts -= 1
            headers = {} if token is None else {"x-aws-ec2-metadata-token": token}
            url = options.endpoint + path
            try:
                answer = yield from send(Exchange("GET", url, headers, timeout=options.timeout))
            except HttpFailed as error:
                reason = str(error)
                continue
            if answer.status == 200 and answer.body:
                return answer, token
            reason = f"it answered {answer.status}"
            if answer.status == 401 and token is not None and not has_new_token:
                # The token ended meanwhile: the service was restarted, say.
                has_new_token = True
                attempts += 1
                token = yield from self._token(options)
            elif answer.status == 404 and path == _ROLES:
                raise _none_there(
                    "the instance has no role", "Give the instance an instance profile"
                )
        raise _none_there(f"{path} could not be read: {reason}")

    def __repr__(self) -> str:
        return "InstanceMetadataProvider()"


def _none_there(reason: str, remedy: str = "") -> CredentialsNotConfigured:
    return CredentialsNotConfigured(f"the instance metadata service gave none: {reason}", remedy)
