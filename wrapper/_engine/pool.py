"""Which connections are idle, how many there are, and who waits for one. No I/O, no clock, no lock.

Last in, first out: the connection that was used last is the least likely to have been closed, and
those that a quieter hour does not need expire. Whoever waits is served first come, first served.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final, Generic, Protocol, TypeAlias, TypeVar
from weakref import WeakSet

__all__ = [
    "DEFAULT_MAX_CONNECTIONS",
    "IDLE_SECONDS",
    "Connection",
    "Grant",
    "Origin",
    "Pool",
    "Waiter",
]

DEFAULT_MAX_CONNECTIONS: Final = 256
"""Connections open at once, at most."""

IDLE_SECONDS: Final = 20.0
"""How long a connection may have been idle and serve again; the service closes older ones."""

Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host, port."""


class Connection(Protocol):
    """What the pool has to know of a connection.

    Attributes:
        origin: Where it goes.
        is_new: Whether it is still to be connected.
        is_closed: Whether it was closed.
        idle_since: The time since when it is idle, set by the pool.
    """

    origin: Origin
    is_new: bool
    is_closed: bool
    idle_since: float

    def close(self) -> None:
        """Close it, without waiting; once more does nothing."""
        ...


ConnectionT = TypeVar("ConnectionT", bound=Connection)


class Grant(Enum):
    """What is given in place of a connection."""

    WAIT = "all places are taken: wait"
    CLOSED = "the pool is closed"


class Waiter(Generic[ConnectionT]):
    """Somebody who waits.

    Attributes:
        origin: Where to.
        wake: Called when `grant` is there; more than once does no harm.
        grant: A connection, or that there will be none.
    """

    __slots__ = ("grant", "origin", "wake")

    def __init__(self, origin: Origin, wake: Callable[[], object]) -> None:
        self.origin = origin
        self.wake = wake
        self.grant: ConnectionT | Grant = Grant.WAIT


class Pool(Generic[ConnectionT]):
    """The connections of an engine.

    Whoever is granted a connection, which is a new one or one that has served, owes it back:
    `release` or `discard`. Its place is the object itself, while it is open: one that is lost, or
    closed and not given back, because an exception struck at an unlucky moment, takes none.
    """

    __slots__ = ("_closed", "_idle", "_limit", "_make", "_open", "_waiters")

    def __init__(self, limit: int, make: Callable[[Origin], ConnectionT]) -> None:
        """Begin without connections.

        Args:
            limit: How many connections there may be.
            make: Makes a new one, not connected yet.
        """
        self._limit = limit
        self._make = make
        self._open: WeakSet[ConnectionT] = WeakSet()
        self._idle: dict[Origin, deque[ConnectionT]] = {}
        # While somebody waits all places are taken and none is idle: a place that becomes free is
        # handed on at once, so nobody who comes later can overtake.
        self._waiters: deque[Waiter[ConnectionT]] = deque()
        self._closed = False

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return sum(not connection.is_closed for connection in self._open)

    def acquire(self, origin: Origin, now: float) -> ConnectionT | Grant:
        """The connection that was used last, or a new one, or that there is none."""
        if self._closed:
            return Grant.CLOSED
        if (connection := self.take_idle(origin, now)) is not None:
            return connection
        if self._waiters:  # whoever has waited for a place that was lost comes first
            self.serve()
        if self._is_full() and not self._evict():
            return Grant.WAIT
        return self._new(origin)

    def take_idle(self, origin: Origin, now: float) -> ConnectionT | None:
        """The connection that was used last, if there is one that was not idle too long."""
        idle = self._idle.get(origin)
        if idle:
            connection = idle.pop()
            if now - connection.idle_since <= IDLE_SECONDS:
                return connection
            self._drop(connection)
            self._expire(idle, now)
        return None

    def wait(self, origin: Origin, wake: Callable[[], object]) -> Waiter[ConnectionT]:
        """Queue up, after `acquire` said to."""
        waiter: Waiter[ConnectionT] = Waiter(origin, wake)
        self._waiters.append(waiter)
        return waiter

    def withdraw(self, waiter: Waiter[ConnectionT], now: float) -> None:
        """Wait no longer; what was granted meanwhile is given back."""
        grant = waiter.grant
        if grant is Grant.WAIT:
            with suppress(ValueError):  # it was withdrawn before, and an exception struck then
                self._waiters.remove(waiter)
        elif not isinstance(grant, Grant):
            if grant.is_new:
                self.discard(grant)
            else:
                self.release(grant, now)

    def renew(self, connection: ConnectionT) -> ConnectionT:
        """A new connection in place of one that was granted and proved to be closed."""
        self._drop(connection)
        return self._new(connection.origin)

    def release(self, connection: ConnectionT, now: float) -> None:
        """Take back a connection that may serve again."""
        if self._closed:
            self._drop(connection)
        elif (waiter := self._next_waiter()) is None:
            connection.idle_since = now
            idle = self._idle.get(connection.origin)
            if idle is None:
                idle = self._idle[connection.origin] = deque()
            elif idle:
                self._expire(idle, now)
            idle.append(connection)
        elif waiter.origin == connection.origin:
            self._grant(waiter, connection)
        else:
            self.discard(connection)

    def discard(self, connection: ConnectionT) -> None:
        """Take back a connection that may not serve again."""
        self._drop(connection)
        self.serve()

    def remove(self, connection: ConnectionT) -> None:
        """Forget a connection that closed, if it was idle; else it is still to be given back."""
        idle = self._idle.get(connection.origin)
        if idle is not None and connection in idle:
            idle.remove(connection)
            self.discard(connection)

    def drop_idle(self, origin: Origin) -> None:
        """Close what is idle: one of these was found closed, and the others may be, too."""
        idle = self._idle.get(origin)
        while idle:
            self._drop(idle.pop())

    def serve(self) -> None:
        """Give whoever waits the places that are free."""
        while (waiter := self._next_waiter()) is not None and not self._is_full():
            self._grant(waiter, self._new(waiter.origin))

    def close(self) -> None:
        """Close what is idle now, and what is released later; whoever waits is told."""
        self._closed = True
        for idle in self._idle.values():
            while idle:
                self._drop(idle.pop())
        while (waiter := self._next_waiter()) is not None:
            self._grant(waiter, Grant.CLOSED)

    def abandon(self) -> list[ConnectionT]:
        """Forget all connections, and give them to whoever can close them."""
        self._closed = True
        found = list(self._open)
        self._open.clear()
        self._idle.clear()
        self._waiters.clear()
        return found

    def _new(self, origin: Origin) -> ConnectionT:
        connection = self._make(origin)
        self._open.add(connection)
        return connection

    def _drop(self, connection: ConnectionT) -> None:
        connection.close()
        self._open.discard(connection)

    def _is_full(self) -> bool:
        # `len` counts those that are closed or gone, too; a look at each is for when it matters.
        return len(self._open) >= self._limit and self.taken >= self._limit

    def _next_waiter(self) -> Waiter[ConnectionT] | None:
        """Who waits longest."""
        while self._waiters:
            waiter = self._waiters[0]
            if waiter.grant is Grant.WAIT:
                return waiter
            waiter.wake()  # an exception struck in `_grant`
            self._waiters.popleft()
        return None

    def _grant(self, waiter: Waiter[ConnectionT], grant: ConnectionT | Grant) -> None:
        waiter.grant = grant
        waiter.wake()
        self._waiters.popleft()

    def _expire(self, idle: deque[ConnectionT], now: float) -> None:
        while idle and now - idle[0].idle_since > IDLE_SECONDS:
            self._drop(idle.popleft())

    def _evict(self) -> bool:
        """Make a place by closing the connection to another origin that is idle longest."""
        self._idle = {origin: idle for origin, idle in self._idle.items() if idle}
        if not self._idle:
            return False
        self._drop(min(self._idle.values(), key=lambda idle: idle[0].idle_since).popleft())
        return True
