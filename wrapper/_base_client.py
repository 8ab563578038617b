"""What both clients share: the constructor and everything that it settles once."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, ParamSpec, Self, TypeVar

from wrapper._calls import CallSettings, ClockOffset
from wrapper._config import Config, Verify, resolve_config
from wrapper._endpoints import resolve_endpoint
from wrapper._engine.pool import DEFAULT_MAX_CONNECTIONS
from wrapper._errors import ConfigurationError, SageMakerRuntimeError
from wrapper._proxies import Proxies
from wrapper._requests import RequestMaker
from wrapper._retry import RetryStrategy
from wrapper._retry_policy import RetryPolicy
from wrapper._timeouts import DEFAULT_TIMEOUT, TimeoutLike, as_timeout
from wrapper._user_agent import user_agent
from wrapper._values import replace
from wrapper.credentials import CredentialsLike, as_source

if TYPE_CHECKING:
    from wrapper._engine.httpx_engine import EngineSettings

__all__ = ["BaseClient"]

TransportT = TypeVar("TransportT")
_P = ParamSpec("_P")


def _explaining(init: Callable[_P, None]) -> Callable[_P, None]:
    """Have a constructor say what to write in place of the names that boto3 has."""

    @wraps(init)
    def explaining(*args: _P.args, **given: _P.kwargs) -> None:
        try:
            init(*args, **given)
        except TypeError:
            from wrapper._boto3_names import explain

            explain(type(args[0]).__name__, given)
            raise

    return explaining


class BaseClient(Generic[TransportT]):
    """A client's settings, resolved once.

    Attributes:
        config: Every setting, with where it came from: `print(client.config.explain())`.
    """

    _transport_method: ClassVar[str]
    _awaits: ClassVar[bool]

    @_explaining
    def __init__(
        self,
        region: str | None = None,
        *,
        endpoint_url: str | None = None,
        credentials: CredentialsLike | None = None,
        profile: str | None = None,
        use_fips: bool | None = None,
        use_dualstack: bool | None = None,
        timeout: TimeoutLike | None = None,
        retries: RetryPolicy | int | None = None,
        max_connections: int | None = None,
        verify: Verify | os.PathLike[str] | None = None,
        proxy: str | None = None,
        transport: TransportT | None = None,
        app_id: str | None = None,
        allow_insecure_http: bool = False,
    ) -> None:
        """Set up everything that the calls share. Nothing is sent, and no credentials are fetched.

        Args:
            region: Such as `eu-west-1`. By default from `AWS_REGION`, `AWS_DEFAULT_REGION` or the
                profile.
            endpoint_url: Send to this URL instead of the region's endpoint.
            credentials: A `Credentials`, a provider, a callable that gives credentials, or a boto3
                session. By default whatever AWS's own tools would find.
            profile: The profile of the shared configuration files. By default from `AWS_PROFILE`.
            use_fips: Use the region's FIPS 140 endpoint.
            use_dualstack: Use the region's endpoint for IPv4 and IPv6.
            timeout: Seconds for each phase of a call, a `Timeout` or an `httpx.Timeout`. By default
                5 s to connect and 70 s between reads.
            retries: When to send again: a `RetryPolicy`, or the maximum number of attempts,
                including the first. By default from `AWS_MAX_ATTEMPTS` or the profile, else 3.
            max_connections: How many connections may be open at once; 256 by default.
            verify: How certificates are checked: True, the path of a PEM bundle, an SSL context, or
                False for not at all. By default from `AWS_CA_BUNDLE`, else True.
            proxy: The URL of a proxy to go through. By default from `HTTPS_PROXY` and `NO_PROXY`.
            transport: An httpx transport to send through, in place of this client's own engine; it
                then decides on `verify`, `proxy` and `max_connections`.
            app_id: What your application calls itself, for the `User-Agent` header.
            allow_insecure_http: Allow an `http://` endpoint URL that is not on this machine.

        Raises:
            ConfigurationError: A setting is missing, malformed or contradicts another.
            ParameterError: The timeout is not valid.
        """
        self._arguments: dict[str, Any] = {
            "region": region,
            "endpoint_url": endpoint_url,
            "credentials": credentials,
            "profile": profile,
            "use_fips": use_fips,
            "use_dualstack": use_dualstack,
            "timeout": timeout,
            "retries": retries,
            "max_connections": max_connections,
            "verify": verify,
            "proxy": proxy,
            "transport": transport,
            "app_id": app_id,
            "allow_insecure_http": allow_insecure_http,
        }
        if isinstance(verify, os.PathLike):
            verify = os.fspath(verify)
            self._arguments["verify"] = verify
        _check_types(self._arguments)
        if not self._awaits and _is_coroutine_function(credentials):
            raise ConfigurationError(
                "credentials is a coroutine function, which a synchronous client cannot await: "
                "give a function without async, or use AsyncSageMakerRuntimeClient",
                setting="credentials",
            )
        _check_transport(self._arguments, self._transport_method)
        self.config: Config = resolve_config(
            region=region,
            endpoint_url=endpoint_url,
            profile=profile,
            use_fips=use_fips,
            use_dualstack=use_dualstack,
            verify=True if transport is not None else verify,
            proxy=proxy,
            max_attempts=retries.max_attempts if isinstance(retries, RetryPolicy) else retries,
            app_id=app_id,
            allow_insecure_http=allow_insecure_http,
        )
        if transport is not None:  # which decides on these
            named = dict.fromkeys(("verify", "https_proxy", "http_proxy", "no_proxy"), "transport")
            self.config = replace(
                self.config, proxies=Proxies(), origins={**self.config.origins, **named}
            )
        endpoint = resolve_endpoint(
            self.config.region,
            endpoint_url=self.config.endpoint_url,
            use_fips=self.config.use_fips,
            use_dualstack=self.config.use_dualstack,
            allow_insecure_http=allow_insecure_http,
        )
        self._settings = CallSettings(
            endpoint=endpoint,
            requests=RequestMaker(endpoint, user_agent(self.config.app_id)),
            timeout=as_timeout(timeout, DEFAULT_TIMEOUT),
            retries=_strategy(retries, self.config.max_attempts),
            clock_offset=ClockOffset(),
        )
        self._max_connections = _connections(max_connections)
        self._transport = transport
        self._goes_through_httpx()  # a proxy that cannot be used is refused now
        self._credentials = as_source(credentials, self.config)
        self._closed = False
        self._original: Self | None = None  # whose connections this client uses
        self._forget_connections()
        _clients.add(self)

    def with_options(
        self, *, timeout: TimeoutLike | None = None, retries: RetryPolicy | int | None = None
    ) -> Self:
        """Return a client with other options that shares everything else with this one.

        Cheap enough to do for a single call:

        ```python
        client.with_options(retries=RetryPolicy(retry_timeouts=True)).invoke_endpoint(…)
        ```

        Both use the same connections, credentials, retry quota and what was learnt about the
        service's clock. Closing the new client leaves the connections open; closing the original
        closes them for both.

        Args:
            timeout: Seconds for each phase of a call, a `Timeout` or an `httpx.Timeout`; by default
                this client's.
            retries: A `RetryPolicy`, or the maximum number of attempts, with the rest of the policy
                unchanged; by default this client's.

        Raises:
            ConfigurationError: `retries` is not one of these, or out of range.
            SageMakerRuntimeError: The client is closed.
            ParameterError: The timeout is not valid.
        """
        self._check_open()
        arguments = dict(self._arguments)
        config, settings = self.config, self._settings
        if timeout is not None:
            settings = replace(settings, timeout=as_timeout(timeout, DEFAULT_TIMEOUT))
            arguments["timeout"] = timeout
        if retries is not None:
            _check_types({**arguments, "retries": retries})
            strategy = settings.retries
            if isinstance(retries, int):
                retries = replace(strategy.policy, max_attempts=retries)
            settings = replace(settings, retries=strategy.with_policy(retries))
            arguments["retries"] = retries
            origins = {**config.origins, "max_attempts": "argument"}
            config = replace(config, max_attempts=retries.max_attempts, origins=origins)
        client = type(self).__new__(type(self))
        vars(client).update(
            vars(self),
            config=config,
            _arguments=arguments,
            _settings=settings,
            _original=self._original or self,
        )
        client._forget_connections()  # noqa: SLF001  # of this class
        return client

    def __repr__(self) -> str:
        settings: CallSettings | None = vars(self).get("_settings")
        if settings is None:  # its constructor has failed, or has not come so far
            return f"<{type(self).__name__}, not made>"
        endpoint = settings.endpoint
        return f"<{type(self).__name__} {endpoint.url} region={endpoint.signing_region!r}>"

    # A client is its constructor's arguments: connections and locks are made anew.
    def __getstate__(self) -> dict[str, Any]:
        return self._arguments

    def __setstate__(self, arguments: dict[str, Any]) -> None:
        self.__init__(**arguments)  # type: ignore[misc]

    def _forget_connections(self) -> None:
        """Begin without connections: in a new client, and in a forked child.

        A child's connections are its parent's, and a lock may be held by a thread that is no more.
        """
        raise NotImplementedError

    def _proxy(self) -> str | None:
        return self.config.proxies.for_url(self._settings.endpoint.url)

    def _goes_through_httpx(self) -> bool:
        """Whether something that this package's own engines do not do is asked for."""
        return self._transport is not None or self._proxy() is not None

    def _engine_settings(self) -> EngineSettings:
        from wrapper._engine.httpx_engine import EngineSettings

        return EngineSettings(
            verify=self.config.verify,
            is_tls=self._settings.endpoint.scheme == "https",
            proxy=self._proxy(),
            max_connections=self._max_connections,
        )

    def _check_open(self) -> None:
        if self._closed:
            raise SageMakerRuntimeError("the client is closed: make a new one")


_clients: weakref.WeakSet[BaseClient[Any]] = weakref.WeakSet()


def _after_fork() -> None:
    for client in _clients:
        client._forget_connections()  # noqa: SLF001  # of this module
        client._settings.retries.quota.reset()  # noqa: SLF001  # it has a lock, too


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "region": (str,),
    "endpoint_url": (str,),
    "profile": (str,),
    "use_fips": (bool,),
    "use_dualstack": (bool,),
    "retries": (RetryPolicy, int),
    "proxy": (str,),
    "app_id": (str,),
    "allow_insecure_http": (bool,),
}


def _check_types(arguments: dict[str, Any]) -> None:
    """Refuse what Python would take for something else: `use_fips="false"` for True."""
    for name, accepted in _TYPES.items():
        value = arguments[name]
        is_wrong_bool = isinstance(value, bool) and bool not in accepted
        if value is not None and (is_wrong_bool or not isinstance(value, accepted)):
            raise ConfigurationError(
                f"{name}: it must be {' or '.join(kind.__name__ for kind in accepted)}, "
                f"not {type(value).__name__}",
                setting=name,
            )
    retries = arguments["retries"]
    if isinstance(retries, int) and retries < 1:
        raise ConfigurationError(
            f"retries: it must be at least 1, which turns retries off, not {retries}",
            setting="retries",
        )
    verify = arguments["verify"]
    if not (verify is None or isinstance(verify, bool | str) or hasattr(verify, "wrap_socket")):
        raise ConfigurationError(
            f"verify: it must be bool, str or ssl.SSLContext, not {type(verify).__name__}",
            setting="verify",
        )


def _is_coroutine_function(value: object) -> bool:
    # As `inspect.iscoroutinefunction`, without that import.
    return bool(getattr(getattr(value, "__code__", None), "co_flags", 0) & 0x80)


def _check_transport(arguments: dict[str, Any], method: str) -> None:
    transport = arguments["transport"]
    if transport is None:
        return
    if not hasattr(transport, method):
        raise ConfigurationError(
            f"transport: {type(transport).__name__} is no transport for this client: "
            f"it has no {method}()",
            setting="transport",
        )
    for name in ("verify", "proxy", "max_connections"):
        if arguments[name] is not None:
            raise ConfigurationError(
                f"{name} cannot be combined with transport: set it where the transport is made",
                setting=name,
            )


def _strategy(retries: RetryPolicy | int | None, max_attempts: int | None) -> RetryStrategy:
    policy = retries
    if not isinstance(policy, RetryPolicy):
        policy = RetryPolicy() if max_attempts is None else RetryPolicy(max_attempts=max_attempts)
    return RetryStrategy(policy, clock=time.monotonic, wall_clock=time.time, random=_jitter)


def _jitter() -> float:
    """A number from 0 up to 1, as `random.random` gives it.

    But not the same in every process of a program that seeds that, for its retries to come at once;
    and without that module's import.
    """
    return (int.from_bytes(os.urandom(7)) >> 3) / 2**53


def _connections(value: int | None) -> int:
    if value is None:
        return DEFAULT_MAX_CONNECTIONS
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(
            f"max_connections: {value!r} is not a whole number of at least 1",
            setting="max_connections",
        )
    return value
