"""IAM Identity Center (SSO): a role's credentials for the token that `aws sso login` left.

The token is read from the cache of AWS's command line and is never written: one that is refreshed
here stays in memory.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.credentials._answers import FieldNames, credentials_from, parse_object
from wrapper.credentials._expiration import parse_expiration
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps, call
from wrapper.credentials._wording import as_word, excerpt

if TYPE_CHECKING:
    from wrapper._config import Config
    from wrapper._config_files import Section
    from wrapper.credentials._http import HttpAnswer

__all__ = ["SsoProfileProvider", "SsoProvider"]

_NAMES = FieldNames("accessKeyId", "secretAccessKey", "sessionToken", "expiration")
_TIMEOUT = 10.0
_REFRESH_WINDOW = timedelta(minutes=15)
_REFRESH_FIELDS = ("refreshToken", "clientId", "clientSecret", "registrationExpiresAt")


class _Token:
    """What a file of the token cache holds, or what refreshing it gave."""

    def __init__(self, fields: Mapping[str, object], origin: str) -> None:
        self.fields = fields
        access_token = fields.get("accessToken")
        if not isinstance(access_token, str) or not access_token:
            raise CredentialsError(f"{origin} has no accessToken.")
        self.access_token = access_token
        self.expires_at = parse_expiration(fields.get("expiresAt"), f"The expiresAt of {origin}")

    def remaining(self) -> timedelta:
        return self.expires_at - datetime.now(UTC)


class SsoProvider(StepsProvider):
    """A role of IAM Identity Center, for the token that `aws sso login` left in its cache.

    With a session's name, a token that ends within 15 minutes is refreshed where the cache has
    what that takes. Without one, in the legacy form, it serves as long as it lasts.

    Args:
        account_id: The account.
        role_name: The role, called permission set in the console.
        start_url: The portal's URL.
        sso_region: The region of the Identity Center.
        session: The name of the `sso-session` section that was logged in with; None for the legacy
            form.
        config: For endpoints, certificates and proxies; resolved when left out.
        login: The command that logs in, named in errors.
    """

    name = "SSO"

    def __init__(
        self,
        account_id: str,
        role_name: str,
        start_url: str,
        sso_region: str,
        *,
        session: str | None = None,
        config: Config | None = None,
        login: str | None = None,
    ) -> None:
        self._account_id = account_id
        self._role_name = role_name
        self._start_url = start_url
        self._region = sso_region
        self._session = session
        self._config = config
        option = "" if session is None else f" --sso-session {as_word(session)}"
        self._login = login or f"aws sso login{option}"
        self._refreshed: _Token | None = None

    def steps(self) -> Steps[Credentials]:
        """Read the token, refresh it where needed, and ask the portal for credentials."""
        from wrapper._config import resolve_config

        config = self._config or (yield from call(resolve_config))
        token = yield from call(self._newest_token)
        if self._session is not None and token.remaining() < _REFRESH_WINDOW:
            token = yield from self._refresh(token, config)
        if token.remaining() <= timedelta(0):
            raise CredentialsError(
                f"The SSO token expired at {token.expires_at.isoformat()}. Run `{self._login}`."
            )
        return (yield from self._role_credentials(token, config))

    def _newest_token(self) -> _Token:
        path = self._cache_path()
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                content = file.read()
        except OSError:
            raise CredentialsError(
                f"There is no SSO token at {path}. Run `{self._login}`."
            ) from None
        token = _Token(
            parse_object(content, f"The SSO token at {path}"), f"The SSO token at {path}"
        )
        refreshed = self._refreshed
        if refreshed is not None and refreshed.expires_at > token.expires_at:
            return refreshed
        return token

    def _cache_path(self) -> str:
        from hashlib import sha1

        name = self._start_url if self._session is None else self._session
        key = sha1(name.encode()).hexdigest()  # noqa: S324  # a file's name, as AWS's tools build it
        return os.path.join(os.path.expanduser("~"), ".aws", "sso", "cache", f"{key}.json")  # noqa: PTH111, PTH118

    def _refresh(self, token: _Token, config: Config) -> Steps[_Token]:
        """The token anew, where that is possible; otherwise the same, while it lasts."""
        why = self._cannot_refresh(token)
        if why is None:
            answer = yield from self._ask_for_token(token, config)
            if isinstance(answer, _Token):
                self._refreshed = answer
                return answer
            why = answer
        if token.remaining() > timedelta(0):
            import logging

            logging.getLogger(__name__).warning(
                "The SSO token ends at %s and was not refreshed (%s); `%s` renews it.",
                token.expires_at.isoformat(),
                why,
                self._login,
            )
            return token
        raise CredentialsError(
            f"The SSO token expired at {token.expires_at.isoformat()} and could not be refreshed "
            f"({why}). Run `{self._login}`."
        )

    @staticmethod
    def _cannot_refresh(token: _Token) -> str | None:
        missing = [name for name in _REFRESH_FIELDS if not token.fields.get(name)]
        if missing:
            return f"the cache has no {' and no '.join(missing)}"
        ends = parse_expiration(
            token.fields["registrationExpiresAt"], "The registrationExpiresAt of the SSO token"
        )
        if ends <= datetime.now(UTC):
            return f"the client's registration ended at {ends.isoformat()}"
        return None

    def _ask_for_token(self, token: _Token, config: Config) -> Steps[_Token | str]:
        """A refreshed token, or why there is none."""
        import json

        sent = {
            name: str(token.fields[name]) for name in ("clientId", "clientSecret", "refreshToken")
        }
        body = json.dumps({"grantType": "refresh_token", **sent}).encode()
        headers = {"Content-Type": "application/json"}
        url = yield from self._url("sso_oidc", "/token", config)
        answer = yield from self._send("POST", url, headers, body, config)
        if isinstance(answer, str):
            return answer
        if answer.status != 200:
            said = _said(answer, *sent.values())
            return f"the service answered {answer.status}{said}"
        try:
            fields = parse_object(answer.body, "The refreshed SSO token")
            lifetime = timedelta(seconds=int(str(fields.get("expiresIn"))))
            expires_at = (datetime.now(UTC) + lifetime).isoformat()
            # The registration, and a refresh token that is not replaced, go on as they are.
            refreshed = {**token.fields, **fields, "expiresAt": expires_at}
            return _Token(refreshed, "The refreshed SSO token")
        except (CredentialsError, ValueError, OverflowError):
            return "the service's answer is unusable"

    def _role_credentials(self, token: _Token, config: Config) -> Steps[Credentials]:
        from urllib.parse import urlencode

        query = urlencode({"role_name": self._role_name, "account_id": self._account_id})
        url = yield from self._url("sso", f"/federation/credentials?{query}", config)
        headers = {"x-amz-sso_bearer_token": token.access_token, "Accept": "application/json"}
        answer = yield from self._send("GET", url, headers, b"", config)
        what = f"the role {self._role_name!r} of account {self._account_id}"
        if isinstance(answer, str):
            raise CredentialsError(f"The SSO portal gave no credentials for {what}: {answer}.")
        if answer.status == 401:
            raise CredentialsError(
                f"The SSO portal refused the token for {what}. Run `{self._login}`."
            )
        if answer.status != 200:
            raise CredentialsError(
                f"The SSO portal gave no credentials for {what}: it answered {answer.status}"
                f"{_said(answer, token.access_token)}."
            )
        return _role_credentials(answer)

    @staticmethod
    def _send(
        method: str, url: str, headers: Mapping[str, str], body: bytes, config: Config
    ) -> Steps[HttpAnswer | str]:
        """The answer, or why there is none."""
        from wrapper._config import ambient_proxies, ambient_verify
        from wrapper.credentials._http import Exchange, HttpFailed, send_with_retries

        verify = yield from call(lambda: ambient_verify(config.settings))
        proxy = ambient_proxies(config.settings).for_url(url)
        exchange = Exchange(
            method, url, headers, body, timeout=_TIMEOUT, verify=verify, proxy=proxy
        )
        try:
            return (yield from send_with_retries(exchange, _is_final))
        except HttpFailed as error:
            return str(error)

    def _url(self, service: Literal["sso", "sso_oidc"], path: str, config: Config) -> Steps[str]:
        from wrapper.credentials._service_endpoints import service_endpoint

        endpoint = yield from call(lambda: service_endpoint(service, self._region, config))
        return endpoint.url + path

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_refreshed": None}

    def __repr__(self) -> str:
        return f"SsoProvider({self._account_id!r}, {self._role_name!r}, {self._start_url!r})"


def _is_final(answer: HttpAnswer) -> bool:
    return answer.status < 500 and answer.status != 429


def _role_credentials(answer: HttpAnswer) -> Credentials:
    origin = "The SSO portal's answer"
    fields = parse_object(answer.body, origin).get("roleCredentials")
    milliseconds = fields.get("expiration") if isinstance(fields, dict) else None
    if isinstance(fields, dict) and isinstance(milliseconds, int):
        try:
            expiration = datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            raise CredentialsError(f"{origin} has an unusable expiration.") from None
        fields = fields | {"expiration": expiration.isoformat()}
    return credentials_from(fields, origin, _NAMES, is_temporary=True)


def _said(answer: HttpAnswer, *secrets: str) -> str:
    try:
        fields = parse_object(answer.body, "")
    except CredentialsError:
        return ""
    message = fields.get("message") or fields.get("error_description") or fields.get("error")
    return f", saying: {excerpt(message, *secrets)}" if isinstance(message, str) else ""


class SsoProfileProvider(StepsProvider):
    """The role of IAM Identity Center that a profile names: `sso_account_id` and its companions.

    Args:
        config: With the profile's settings.
    """

    name = "SSO"

    def __init__(self, config: Config) -> None:
        self._config = config
        self._provider: SsoProvider | None = None  # kept: it remembers a refreshed token

    def steps(self) -> Steps[Credentials]:
        """Read the profile and ask for its role's credentials."""
        if self._provider is None:
            self._provider = yield from call(self._configured)
        return (yield from self._provider.steps())

    def _configured(self) -> SsoProvider:
        settings = self._config.settings
        name = settings.profile_name
        profile = settings.profile()
        if not (profile.text("sso_role_name") or profile.text("sso_account_id")):
            raise CredentialsNotConfigured(
                f"the profile {name!r} has no sso_account_id and no sso_role_name",
                "Run `aws configure sso` to set them",
            )
        session = profile.text("sso_session")
        values = profile if session is None else self._with_session(profile, session)
        found = {
            key: values.text(key)
            for key in ("sso_account_id", "sso_role_name", "sso_start_url", "sso_region")
        }
        missing = [key for key, value in found.items() if not value]
        if missing:
            raise ConfigurationError(
                f"The profile {name!r} is to use SSO but has no {' and no '.join(missing)}.",
                setting=missing[0],
            )
        return SsoProvider(
            found["sso_account_id"] or "",
            found["sso_role_name"] or "",
            found["sso_start_url"] or "",
            found["sso_region"] or "",
            session=session,
            config=self._config,
            login=None if session is not None else f"aws sso login --profile {as_word(name)}",
        )

    def _with_session(self, profile: Section, session: str) -> Section:
        from wrapper._config_files import Section

        settings = self._config.settings
        section = settings.files.load().sso_sessions.get(session)
        if section is None:
            raise ConfigurationError(
                f"The profile {settings.profile_name!r} names the sso_session {session!r}, which "
                f"does not exist; add [sso-session {session}] to {settings.files.config_path}.",
                setting="sso_session",
            )
        for key, value in section.values.items():
            if key in profile and profile.values[key] != value:
                raise ConfigurationError(
                    f"{key} differs between the profile ({profile.origins[key]}) and its "
                    f"sso-session ({section.origins[key]}); leave it out of the profile.",
                    setting=key,
                )
        for key in ("sso_start_url", "sso_region"):
            if key not in section:
                raise ConfigurationError(
                    f"[sso-session {session}] in {settings.files.config_path} has no {key}.",
                    setting=key,
                )
        return Section({**profile.values, **section.values}, {**profile.origins, **section.origins})
