"""A role assumed with a token of a web identity provider: EKS service accounts, CI systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.credentials._assume_role import session_name
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps, call

if TYPE_CHECKING:
    from wrapper._config import Config
    from wrapper._settings import Found

__all__ = ["WebIdentityProfileProvider", "WebIdentityProvider"]


class WebIdentityProvider(StepsProvider):
    """A role, assumed through STS with the token in a file, which is read anew each time.

    Args:
        role_arn: The role.
        token_file: The file's path.
        config: For the region, the endpoint, the certificates and the proxies; resolved when left
            out.
        role_session_name: The session's name, shown by CloudTrail.
    """

    name = "web identity"

    def __init__(
        self,
        role_arn: str,
        token_file: str,
        *,
        config: Config | None = None,
        role_session_name: str | None = None,
    ) -> None:
        self._role_arn = role_arn
        self._token_file = token_file
        self._config = config
        self._session_name = role_session_name

    def steps(self) -> Steps[Credentials]:
        """Read the token and call STS, unsigned."""
        from wrapper._config import resolve_config
        from wrapper.credentials._sts import call_sts

        parameters = {
            "RoleArn": self._role_arn,
            "RoleSessionName": self._session_name or session_name(),
            "WebIdentityToken": (yield from call(self._token)),
        }
        config = self._config or (yield from call(resolve_config))
        return (yield from call_sts("AssumeRoleWithWebIdentity", parameters, config, None))

    def _token(self) -> str:
        try:
            with open(self._token_file, encoding="utf-8") as file:  # noqa: PTH123
                token = file.read().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise CredentialsError(
                f"The web identity token file {self._token_file} cannot be read: {reason}."
            ) from None
        if not token:
            raise CredentialsError(f"The web identity token file {self._token_file} is empty.")
        return token

    def __repr__(self) -> str:
        return f"WebIdentityProvider({self._role_arn!r}, {self._token_file!r})"


class WebIdentityProfileProvider(StepsProvider):
    """A web identity that the environment or a profile configures.

    `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`, each before the
    profile's `web_identity_token_file`, `role_arn` and `role_session_name`; where a profile was
    given as an argument, the profile's alone.

    Args:
        config: With the profile's settings.
    """

    name = "web identity"

    def __init__(self, config: Config) -> None:
        self._config = config

    def steps(self) -> Steps[Credentials]:
        """Read the settings and assume the role."""
        provider = yield from call(self._configured)
        return (yield from provider.steps())

    def _configured(self) -> WebIdentityProvider:
        name = self._config.settings.profile_name
        token_file = self._setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")
        if token_file is None:
            raise CredentialsNotConfigured(
                f"neither AWS_WEB_IDENTITY_TOKEN_FILE nor the profile {name!r} names a token file",
                "Set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, as EKS does for service "
                "accounts with a role",
            )
        role_arn = self._setting("AWS_ROLE_ARN", "role_arn")
        if role_arn is None:
            raise ConfigurationError(
                f"{token_file.origin} names a web identity token file, but there is no role to "
                "assume with it. Set AWS_ROLE_ARN, or role_arn in the profile.",
                setting="role_arn",
            )
        named = self._setting("AWS_ROLE_SESSION_NAME", "role_session_name")
        return WebIdentityProvider(
            role_arn.value,
            token_file.value,
            config=self._config,
            role_session_name=None if named is None else named.value,
        )

    def _setting(self, variable: str, key: str) -> Found | None:
        settings = self._config.settings
        return settings.key(key) if settings.profile_is_explicit else settings.find(variable, key)
