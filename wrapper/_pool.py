"""Which connections are idle, how many there are, and who waits for one. No I/O, no clock, no lock.

Last in, first out: the connection that was used last is the least likely to have been closed, and
those that a quieter hour does not need expire. Whoever waits is served first come, first served.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

__all__ = ["IDLE_SECONDS", "Connection", "Grant", "Origin", "Pool", "Waiter"]

IDLE_SECONDS: Final = 20.0
"""How long a connection may have been idle and serve again; the service closes older ones."""

Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host, port."""


class Connection(Protocol):
    """What the pool has to know of a connection.

    Attributes:
        origin: Where it goes.
        idle_since: The time since when it is idle, set by the pool.
    """

    origin: Origin
    idle_since: float

    def close(self) -> None:
        """Close it, without waiting."""
        ...


ConnectionT = TypeVar("ConnectionT", bound=Connection)


class Grant(Enum):
    """What is given in place of a connection."""

    PLACE = "make a connection"
    WAIT = "all are in use: wait"
    CLOSED = "the pool is closed"


class Waiter(Generic[ConnectionT]):
    """Somebody who waits.

    Attributes:
        origin: Where to.
        wake: Called once, when `grant` is there.
        grant: A connection, a place for one, or that there will be none.
    """

    __slots__ = ("grant", "origin", "wake")

    def __init__(self, origin: Origin, wake: Callable[[], object]) -> None:
        self.origin = origin
        self.wake = wake
        self.grant: ConnectionT | Grant = Grant.WAIT


class Pool(Generic[ConnectionT]):
    """The connections of an engine. Each that is open or being made takes a place.

    Whoever is granted a connection or a place owes it back: `release` or `discard`.
    """

    __slots__ = ("_closed", "_idle", "_limit", "_taken", "_waiters")

    def __init__(self, limit: int) -> None:
        """Begin without connections.

        Args:
            limit: How many places there are.
        """
        self._limit = limit
        self._taken = 0
        self._idle: dict[Origin, deque[ConnectionT]] = {}
        # While somebody waits all places are taken and none is idle: a place that becomes free is
        # handed on at once, so nobody who comes later can overtake.
        self._waiters: deque[Waiter[ConnectionT]] = deque()
        self._closed = False

    def acquire(self, origin: Origin, now: float) -> ConnectionT | Grant:
        """An idle connection, or a place for a new one, or that there is none."""
        if self._closed:
            return Grant.CLOSED
        idle = self._idle.get(origin)
        if idle:
            connection = idle.pop()
            if now - connection.idle_since <= IDLE_SECONDS:
                return connection
            connection.close()  # and its place goes on to the new one
            self._expire(idle, now)
            return Grant.PLACE
        if self._taken >= self._limit and not self._evict():
            return Grant.WAIT
        self._taken += 1
        return Grant.PLACE

    def wait(self, origin: Origin, wake: Callable[[], object]) -> Waiter[ConnectionT]:
        """Queue up, after `acquire` said to."""
        waiter: Waiter[ConnectionT] = Waiter(origin, wake)
        self._waiters.append(waiter)
        return waiter

    def withdraw(self, waiter: Waiter[ConnectionT], now: float) -> None:
        """Wait no longer; what was granted meanwhile is given back."""
        grant = waiter.grant
        if grant is Grant.WAIT:
            self._waiters.remove(waiter)
        elif grant is Grant.PLACE:
            self.discard()
        elif not isinstance(grant, Grant):
            self.release(grant, now)

    def release(self, connection: ConnectionT, now: float) -> None:
        """Take back a connection that may serve again."""
        if self._closed:
            connection.close()
            self._taken -= 1
        elif self._waiters:
            waiter = self._waiters.popleft()
            if waiter.origin == connection.origin:
                waiter.grant = connection
            else:
                connection.close()
                waiter.grant = Grant.PLACE
            waiter.wake()
        else:
            connection.idle_since = now
            idle = self._idle.get(connection.origin)
            if idle is None:
                idle = self._idle[connection.origin] = deque()
            elif idle:
                self._expire(idle, now)
            idle.append(connection)

    def discard(self) -> None:
        """Take back a place: its connection is closed, or never was."""
        if self._waiters:
            waiter = self._waiters.popleft()
            waiter.grant = Grant.PLACE
            waiter.wake()
        else:
            self._taken -= 1

    def remove(self, connection: ConnectionT) -> bool:
        """Forget a connection that was closed, if it was idle; whether it was."""
        try:
            self._idle[connection.origin].remove(connection)
        except (KeyError, ValueError):
            return False
        self.discard()
        return True

    def close(self) -> None:
        """Close what is idle now, and what is released later; whoever waits is told."""
        self._closed = True
        for idle in self._idle.values():
            self._taken -= len(idle)
            for connection in idle:
                connection.close()
        self._idle.clear()
        while self._waiters:
            waiter = self._waiters.popleft()
            waiter.grant = Grant.CLOSED
            waiter.wake()

    def _expire(self, idle: deque[ConnectionT], now: float) -> None:
        while idle and now - idle[0].idle_since > IDLE_SECONDS:
            idle.popleft().close()
            self._taken -= 1

    def _evict(self) -> bool:
        """Make a place by closing the connection to another origin that is idle longest."""
        self._idle = {origin: idle for origin, idle in self._idle.items() if idle}
        if not self._idle:
            return False
        min(self._idle.values(), key=lambda idle: idle[0].idle_since).popleft().close()
        self._taken -= 1
        return True
