"""Whatever a user passes as `credentials=`, made into what a client asks before each signing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, runtime_checkable

from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.credentials._provider import Provider, StepsProvider
from wrapper.credentials._refresh import RefreshingCredentials
from wrapper.credentials._steps import CallUser, Steps

__all__ = [
    "BotocoreCredentials",
    "BotocoreFrozenCredentials",
    "BotocoreProvider",
    "BotocoreSession",
    "CallableProvider",
    "CredentialsLike",
    "StaticProvider",
    "as_source",
]


class StaticProvider(StepsProvider):
    """Credentials that the user gave.

    Args:
        credentials: What it provides.
    """

    name = "the argument"

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def steps(self) -> Steps[Credentials]:
        """Give them."""
        yield from ()  # no effect is needed
        return self._credentials


class CallableProvider(StepsProvider):
    """A function that returns credentials, or an awaitable of them.

    A coroutine function is awaited on the event loop; any other function is called in the calling
    thread, and by asynchronous clients in a worker thread. A function without `async` that returns
    an awaitable serves asynchronous clients alone, as a coroutine function does.

    Args:
        function: Called without arguments.
    """

    is_asked_each_time = True

    def __init__(self, function: Callable[[], Credentials | Awaitable[Credentials]]) -> None:
        self._function = function
        self.name = f"the function {getattr(function, '__qualname__', type(function).__name__)}"

    def steps(self) -> Steps[Credentials]:
        """Call the function."""
        result = yield CallUser(self._function)
        if isinstance(result, Credentials):
            return result
        if isinstance(result, Awaitable):
            if close := getattr(result, "close", None):
                close()  # a coroutine that is never awaited would warn
            raise CredentialsError(
                f"{self.name} returned an awaitable, which a synchronous client cannot await. "
                "Pass a function that returns Credentials, or use an asynchronous client."
            )
        raise CredentialsError(
            f"{self.name} returned {type(result).__name__}; a function passed as credentials "
            "returns wrapper.Credentials."
        )


@runtime_checkable
class BotocoreFrozenCredentials(Protocol):
    """What `get_frozen_credentials()` of botocore's credentials returns."""

    @property
    def access_key(self) -> str | None:  # as the stubs of boto3 have it
        """The access key id."""
        ...

    @property
    def secret_key(self) -> str | None:
        """The secret access key."""
        ...

    @property
    def token(self) -> str | None:
        """The session token."""
        ...


@runtime_checkable
class BotocoreCredentials(Protocol):
    """What is asked of botocore's credentials."""

    def get_frozen_credentials(self) -> BotocoreFrozenCredentials:
        """The keys and the token of one moment, renewed where needed."""
        ...


@runtime_checkable
class BotocoreSession(Protocol):
    """What is asked of a `boto3.Session` or a `botocore.session.Session`."""

    def get_credentials(self) -> BotocoreCredentials | None:
        """The session's credentials."""
        ...


class BotocoreProvider(Provider):
    """The credentials of a boto3 or botocore session, which renews them itself.

    botocore is not imported: sessions are recognised by their methods.

    Args:
        session: A `boto3.Session`, a `botocore.session.Session`, or the credentials of one.
    """

    name = "the boto3 session"
    is_asked_each_time = True

    def __init__(self, session: BotocoreSession | BotocoreCredentials) -> None:
        self._session = session
        self._found: BotocoreCredentials | None = None
        self._last: tuple[BotocoreFrozenCredentials, Credentials] | None = None

    def load(self) -> Credentials:
        """Ask the session."""
        found = self._found or self._find()
        frozen = found.get_frozen_credentials()
        last = self._last
        if last is not None and last[0] == frozen:
            return last[1]
        credentials = _of_botocore(frozen)
        self._last = frozen, credentials
        return credentials

    async def load_async(self) -> Credentials:
        """Ask the session: in a worker thread whenever it might have to renew."""
        found = self._found
        if found is not None and not _may_refresh(found):
            return self.load()
        return await super().load_async()

    def _find(self) -> BotocoreCredentials:
        session = self._session
        found: object = (
            session.get_credentials() if isinstance(session, BotocoreSession) else session
        )
        if found is None:
            raise CredentialsError(
                "The boto3 session that was passed as credentials has none. Configure it, or leave "
                "credentials= out to search where AWS's tools do."
            )
        if not isinstance(found, BotocoreCredentials):
            if close := getattr(found, "close", None):
                close()  # a coroutine that is never awaited would warn
            raise CredentialsError(
                f"The session's get_credentials() returned {type(found).__name__}, where a boto3 "
                "or botocore session returns credentials. Pass a coroutine function that returns "
                "wrapper.Credentials instead."
            )
        self._found = found
        return found

    def __getstate__(self) -> object:
        raise TypeError(
            "A boto3 session cannot be pickled, and so cannot a client that was given one. Give it "
            "profile= or a provider of wrapper.credentials instead."
        )

    def __repr__(self) -> str:
        return "BotocoreProvider(…)"


def _of_botocore(frozen: BotocoreFrozenCredentials) -> Credentials:
    if not frozen.access_key or not frozen.secret_key:
        raise CredentialsError(
            "The boto3 session that was passed as credentials has only a part of them: "
            "an access key id and a secret access key are needed."
        )
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token or None)


def _may_refresh(credentials: object) -> bool:
    """Whether asking these botocore credentials might do more than read what they hold."""
    refresh_needed = getattr(credentials, "refresh_needed", None)
    return refresh_needed is not None and bool(refresh_needed())


CredentialsLike: TypeAlias = (
    Credentials
    | Provider
    | BotocoreSession
    | BotocoreCredentials
    | BotocoreFrozenCredentials
    | Callable[[], Credentials | Awaitable[Credentials]]
)
"""What a client takes as `credentials=`."""


def as_source(
    value: CredentialsLike | None = None, config: Config | None = None
) -> RefreshingCredentials:
    """Make what a user passed as `credentials=` into what a client asks before each signing.

    Args:
        value: `Credentials`; a provider; a boto3 or botocore session, or its credentials; a
            function that returns `Credentials` (or, for asynchronous clients, an awaitable of
            them); None for the search that AWS's tools do (`default_chain`).
        config: The client's configuration, for that search.

    Raises:
        ConfigurationError: The value is none of these.
    """
    if isinstance(value, RefreshingCredentials):
        return value
    if value is None:
        from wrapper.credentials._chain import default_chain

        return RefreshingCredentials(default_chain(config))
    return RefreshingCredentials(_as_provider(value))


def _as_provider(value: CredentialsLike) -> Provider:
    if isinstance(value, Credentials):
        return StaticProvider(value)
    if isinstance(value, Provider):
        return value
    if not isinstance(value, type):  # a class has the methods too
        # Looked at first, since isinstance of a protocol imports inspect.
        is_botocores = hasattr(value, "get_credentials") or hasattr(value, "get_frozen_credentials")
        if is_botocores and isinstance(value, (BotocoreSession, BotocoreCredentials)):
            return BotocoreProvider(value)
        if hasattr(value, "access_key") and isinstance(value, BotocoreFrozenCredentials):
            return StaticProvider(_of_botocore(value))
        if callable(value):
            return CallableProvider(value)
    hint = ""
    if isinstance(value, dict) and "AccessKeyId" in value:  # an answer of STS
        hint = (
            " Of these: wrapper.Credentials(found['AccessKeyId'], found['SecretAccessKey'], "
            "found['SessionToken'], found['Expiration'])."
        )
    raise ConfigurationError(
        f"credentials is {_kind_of(value)}; accepted: wrapper.Credentials, a provider of "
        "wrapper.credentials, a boto3 or botocore session, or a function that returns Credentials."
        f"{hint}",
        setting="credentials",
    )


def _kind_of(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__} rather than an instance of it"
    return f"of type {type(value).__name__}"
