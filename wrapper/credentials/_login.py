"""Credentials that `aws login` left in its cache."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wrapper._credentials import Credentials
from wrapper._errors import CredentialsError
from wrapper.credentials._answers import FieldNames, credentials_from, parse_object
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps, call

if TYPE_CHECKING:
    from wrapper._config import Config

__all__ = ["LoginProfileProvider", "LoginProvider"]


_NAMES = FieldNames("accessKeyId", "secretAccessKey", "sessionToken", "expiresAt")


class LoginProvider(StepsProvider):
    """The credentials that `aws login` left, as long as they last.

    They last a quarter of an hour, and the cache is read anew each time. To renew them takes a key
    of the cache and writing the cache, which AWS's command line does; where a profile has
    `credential_process = aws configure export-credentials --format process --profile NAME`, it
    does so whenever this package asks.

    Args:
        login_session: The session's ARN, as `aws login` writes it into the profile.
        cache_directory: Where the cache is; `AWS_LOGIN_CACHE_DIRECTORY`, or `~/.aws/login/cache`.
    """

    name = "aws login"

    def __init__(self, login_session: str, *, cache_directory: str | None = None) -> None:
        self._session = login_session
        self._directory = cache_directory

    def steps(self) -> Steps[Credentials]:
        """Read the cache."""
        return (yield from call(self._read))

    def _read(self) -> Credentials:
        path = self._path()
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                content = file.read()
        except OSError:
            raise CredentialsError(
                f"There is no login at {path}. Run `aws login` with the same profile."
            ) from None
        origin = f"The login at {path}"
        credentials = credentials_from(
            parse_object(content, origin).get("accessToken"), origin, _NAMES, is_temporary=True
        )
        expiration = credentials.expiration
        if expiration is not None and expiration <= datetime.now(UTC):
            raise CredentialsError(
                f"{origin} expired at {expiration.isoformat()}. Run `aws login`, or let AWS's "
                "command line renew it: credential_process = aws configure export-credentials "
                "--format process --profile NAME."
            )
        return credentials

    def _path(self) -> str:
        from hashlib import sha256

        directory = self._directory or os.environ.get("AWS_LOGIN_CACHE_DIRECTORY")
        if not directory:
            directory = os.path.join("~", ".aws", "login", "cache")  # noqa: PTH118
        directory = os.path.expanduser(os.path.expandvars(directory))  # noqa: PTH111
        return os.path.join(directory, f"{sha256(self._session.encode()).hexdigest()}.json")  # noqa: PTH118

    def __repr__(self) -> str:
        return f"LoginProvider({self._session!r})"


class LoginProfileProvider(StepsProvider):
    """The login that a profile names with `login_session`.

    Args:
        config: With the profile's settings.
    """

    name = "aws login"

    def __init__(self, config: Config) -> None:
        self._config = config

    def steps(self) -> Steps[Credentials]:
        """Read the profile and its login."""
        settings = self._config.settings
        session = yield from call(lambda: settings.key("login_session"))
        if session is None:
            raise CredentialsNotConfigured(
                f"the profile {settings.profile_name!r} has no login_session",
                "Run `aws login` to sign in with the console's credentials",
            )
        directory = settings.variable("AWS_LOGIN_CACHE_DIRECTORY")
        provider = LoginProvider(
            session.value, cache_directory=None if directory is None else directory.value
        )
        return (yield from provider.steps())
