"""Credentials that are kept, and renewed before they end.

Temporary credentials are renewed in two windows, as in AWS's SDKs for Python and the command line:

- from 15 minutes before they expire, one caller renews them while all others go on with what is
  held;
- from 10 minutes before, callers wait for that one renewal.

Where a renewal fails and what is held has not expired, the failure is logged and what is held
serves on (static stability: an outage of a metadata service does not stop a client that has valid
credentials); the next attempt follows a tenth of the remaining time later, a minute at most.
Expired credentials are never handed out. Credentials that are issued within a window already, such
as the fifteen-minute sessions of STS, are renewed after half of their remaining time.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wrapper._errors import CredentialsError
from wrapper.credentials._provider import Provider
from wrapper.credentials._steps import Steps, run, run_async

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from wrapper._credentials import Credentials

__all__ = ["RefreshingCredentials"]

_ADVISORY_WINDOW = 15 * 60.0
_MANDATORY_WINDOW = 10 * 60.0
_LONGEST_PAUSE = 60.0
_NEVER = float("inf")
_PATIENCE = 1.0  # how often a waiting caller looks whether the refresh it waits for is still alive

_instances: weakref.WeakSet[RefreshingCredentials] = weakref.WeakSet()


class _Held(NamedTuple):
    credentials: Credentials
    check_at: float
    """When something is to be done about them; until then they are simply used."""
    expires_at: float


class _Failure(NamedTuple):
    error: Exception
    traceback: TracebackType | None


_Outcome: TypeAlias = "Credentials | _Failure | None"
"""What those who wait are told: credentials, an error, or None to look again."""


class _Refresh:
    """A refresh under way, and those who wait for it. Its owner's lock guards the future."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Credentials] | None = None  # the loop alone holds tasks weakly
        self._future: Future[_Outcome] | None = None

    def led_by(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Credentials]) -> None:
        self._loop, self._task = loop, task

    def is_abandoned(self) -> bool:
        """Whether its leader cannot go on: the thread has ended, or the loop stands still."""
        if self._loop is not None:
            return not self._loop.is_running()
        return not self._thread.is_alive()

    def needs(self, loop: asyncio.AbstractEventLoop | None) -> bool:
        """Whether it is led on this event loop, so that to block the loop is to wait for ever."""
        return loop is not None and self._loop is loop

    def future(self) -> Future[_Outcome]:
        """What a caller waits for."""
        if self._future is None:
            from concurrent.futures import Future

            self._future = Future()
            self._future.set_running_or_notify_cancel()  # so that no single waiter can cancel it
        return self._future

    def take_future(self) -> Future[_Outcome] | None:
        """The future if somebody waits; only once."""
        future, self._future = self._future, None
        return future

    def wait(self, future: Future[_Outcome]) -> Credentials | None:
        while True:
            try:
                return _told(future.result(_PATIENCE))
            except TimeoutError:
                if future.done():
                    raise  # the provider's own
                if self.is_abandoned():
                    return None

    async def wait_async(self, future: Future[_Outcome]) -> Credentials | None:
        import asyncio

        waiter = asyncio.wrap_future(future)
        try:
            while not waiter.done():
                await asyncio.wait((waiter,), timeout=_PATIENCE)
                if not waiter.done() and self.is_abandoned():
                    return None
            return _told(waiter.result())
        finally:
            waiter.cancel()


def _told(outcome: _Outcome) -> Credentials | None:
    if isinstance(outcome, _Failure):
        # All who wait raise the same error: without this its traceback would grow by each of them.
        raise outcome.error.with_traceback(outcome.traceback)
    return outcome


class RefreshingCredentials(Provider):
    """A provider's credentials, kept and renewed in time: what a client asks before each signing.

    One refresh runs at a time, whatever the number of threads and tasks, also when synchronous and
    asynchronous callers share the object. A task that is cancelled while it refreshes breaks
    nothing for the others. The object can be used after a fork, and pickled: the credentials it
    holds stay behind, and the other process loads its own.

    Credentials without expiration are kept for good, except those of functions and of botocore
    sessions, which are asked each time.

    Args:
        provider: Where the credentials come from.
        clock: The time in seconds since the epoch; `time.time` by default.
    """

    name = "refreshing credentials"

    def __init__(self, provider: Provider, *, clock: Callable[[], float] = time.time) -> None:
        self.provider = provider
        self._clock = clock
        self._held: _Held | None = None
        self._is_asked_each_time = False
        self._forget_refresh()
        _instances.add(self)

    def _forget_refresh(self) -> None:
        self._lock = threading.Lock()  # held for moments, never while credentials are loaded
        self._refresh: _Refresh | None = None

    def get(self) -> Credentials:
        """The credentials to sign with now; loads or renews them where needed.

        Raises:
            CredentialsError: There are none, or they have expired and cannot be renewed.
            ConfigurationError: A setting that the provider needs is malformed.
        """
        held = self._held
        if held is not None and self._clock() < held[1]:
            return held[0]
        return self._get_slowly()

    async def get_async(self) -> Credentials:
        """Do as `get` does without blocking the event loop."""
        held = self._held
        if held is not None and self._clock() < held[1]:
            return held[0]
        return await self._get_slowly_async()

    def renew(self, refused: Credentials) -> Credentials:
        """Credentials other than these, which the service has refused as expired.

        Whatever their expiry says they are forgotten, unless others have taken their place; as with
        `get`, one renewal serves all callers. Where the provider has no others it gives the same.

        Args:
            refused: What the refused request was signed with.

        Raises:
            CredentialsError: There are none.
            ConfigurationError: A setting that the provider needs is malformed.
        """
        self._forget(refused)
        return self.get()

    async def renew_async(self, refused: Credentials) -> Credentials:
        """Do as `renew` does without blocking the event loop."""
        self._forget(refused)
        return await self.get_async()

    __call__ = get
    load = get
    load_async = get_async

    def _forget(self, refused: Credentials) -> None:
        with self._lock:
            if self._held is not None and self._held.credentials == refused:
                self._held = None

    def _get_slowly(self) -> Credentials:
        while True:
            if self._is_asked_each_time:
                return run(self._load())
            turn = self._take_turn(_running_loop())
            if turn.refresh is None:
                found = turn.credentials
            elif turn.future is None:
                try:
                    return run(self._lead(turn.refresh))
                finally:
                    self._settle(turn.refresh)
            else:
                found = turn.refresh.wait(turn.future)
            if found is not None:
                return found

    async def _get_slowly_async(self) -> Credentials:
        while True:
            if self._is_asked_each_time:
                return await run_async(self._load())
            turn = self._take_turn(None)
            if turn.refresh is None:
                found = turn.credentials
            elif turn.future is None:
                return await self._lead_in_task(turn.refresh)
            else:
                found = await turn.refresh.wait_async(turn.future)
            if found is not None:
                return found

    def _take_turn(self, blocked_loop: asyncio.AbstractEventLoop | None) -> _Turn:
        """Decide what a caller does: use what is held, wait for a refresh, or lead one.

        Args:
            blocked_loop: The event loop that would stand still while the caller waits, if any.
        """
        with self._lock:
            now = self._clock()
            held = self._held
            if held is not None and now < held.check_at:
                return _Turn(held.credentials)
            refresh = self._refresh
            if refresh is None or refresh.is_abandoned() or refresh.needs(blocked_loop):
                self._refresh = refresh = _Refresh()
                return _Turn(refresh=refresh)
            if held is not None and now < held.expires_at - _MANDATORY_WINDOW:
                return _Turn(held.credentials)
            return _Turn(refresh=refresh, future=refresh.future())

    async def _lead_in_task(self, refresh: _Refresh) -> Credentials:
        """Refresh in a task of its own, which the caller's cancellation does not end."""
        import asyncio

        def ended(task: asyncio.Task[Credentials]) -> None:
            self._settle(refresh)
            if not task.cancelled():
                task.exception()  # seen: it was logged or given to those who wait

        task = asyncio.ensure_future(run_async(self._lead(refresh)))
        task.add_done_callback(ended)
        refresh.led_by(asyncio.get_running_loop(), task)
        return await asyncio.shield(task)

    def _lead(self, refresh: _Refresh) -> Steps[Credentials]:
        try:
            credentials = yield from self._load()
        except Exception as error:  # whatever it is, valid credentials serve on
            kept = self._keep(error)
            if kept is None:
                self._settle(refresh, error=error)
                raise
            credentials = kept
        self._settle(refresh, None if self._is_asked_each_time else credentials)
        return credentials

    def _load(self) -> Steps[Credentials]:
        credentials = yield from self.provider.steps()
        self._hold(credentials)
        return credentials

    def _hold(self, credentials: Credentials) -> None:
        if credentials.expiration is None:
            self._is_asked_each_time = self.provider.is_asked_each_time
            if not self._is_asked_each_time:
                self._held = _Held(credentials, _NEVER, _NEVER)
            return
        now = self._clock()
        expires_at = credentials.expiration.timestamp()
        if expires_at <= now:
            raise CredentialsError(
                f"The credentials from {self.provider.name} expired at "
                f"{credentials.expiration.isoformat()} and are not used. Renew them where they "
                "come from; if they should be valid, check this machine's clock."
            )
        remaining = expires_at - now
        window = _ADVISORY_WINDOW if remaining > _ADVISORY_WINDOW else remaining / 2
        self._held = _Held(credentials, expires_at - window, expires_at)
        self._is_asked_each_time = False

    def _keep(self, error: Exception) -> Credentials | None:
        """After a failed refresh: what is held, if it has not expired."""
        held = self._held
        now = self._clock()
        if held is None or held.expires_at <= now:
            return None
        import logging

        remaining = held.expires_at - now
        pause = min(_LONGEST_PAUSE, remaining / 10)
        logging.getLogger(__name__).warning(
            "Refreshing the credentials from %s failed (%s: %s). Those held are valid for %.0f s "
            "more and serve on; the next attempt follows in %.0f s.",
            self.provider.name,
            type(error).__name__,
            error,
            remaining,
            pause,
        )
        self._held = held._replace(check_at=now + pause)
        return held.credentials

    def _settle(
        self,
        refresh: _Refresh,
        credentials: Credentials | None = None,
        error: Exception | None = None,
    ) -> None:
        """End a refresh, once; those who wait get the outcome, or without one look again."""
        with self._lock:
            if self._refresh is refresh:
                self._refresh = None
            future = refresh.take_future()
        if future is not None:
            failure = None if error is None else _Failure(error, error.__traceback__)
            future.set_result(failure or credentials)

    def __getstate__(self) -> tuple[Provider, Callable[[], float]]:
        return self.provider, self._clock

    def __setstate__(self, state: tuple[Provider, Callable[[], float]]) -> None:
        self.__init__(state[0], clock=state[1])  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"RefreshingCredentials({self.provider!r})"


class _Turn(NamedTuple):
    """Credentials to use; or a refresh, to wait for where there is a future, else to lead."""

    credentials: Credentials | None = None
    refresh: _Refresh | None = None
    future: Future[_Outcome] | None = None


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread, if any."""
    asyncio = sys.modules.get("asyncio")
    return None if asyncio is None else asyncio._get_running_loop()  # noqa: SLF001


def _after_fork_in_child() -> None:
    for instance in list(_instances):
        instance._forget_refresh()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    # A lock that another thread held, and a refresh that it led, would stay for ever in the child.
    os.register_at_fork(after_in_child=_after_fork_in_child)
