"""The pool's bookkeeping, against its own rules on generated histories."""

from __future__ import annotations

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from wrapper._engine.pool import IDLE_SECONDS, Grant, Origin, Pool, Waiter

ORIGINS: list[Origin] = [("http", "one", 80), ("http", "two", 80)]
LIMIT = 3
origins = st.sampled_from(ORIGINS)


class FakeConnection:
    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.is_new = True
        self.idle_since = 0.0
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Caller:
    """Somebody who waits, and whether he was woken."""

    def __init__(self) -> None:
        self.woken = 0
        self.waiter: Waiter[FakeConnection]

    def wake(self) -> None:
        self.woken += 1


class PoolMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.pool: Pool[FakeConnection] = Pool(LIMIT, FakeConnection)
        self.now = 0.0
        self.lent: list[FakeConnection] = []
        self.waiting: deque[Caller] = deque()
        self.all: list[FakeConnection] = []
        self.is_closed = False

    def served(self, origin: Origin, grant: FakeConnection | Grant) -> None:
        """Somebody got what he asked for, and connects if it is new."""
        assert isinstance(grant, FakeConnection)
        assert not grant.is_closed
        assert grant.origin == origin
        assert grant not in self.lent
        if grant.is_new:
            assert grant not in self.all
            self.all.append(grant)
            grant.is_new = False
        self.lent.append(grant)

    def collect(self) -> None:
        """Whoever was woken takes what he was granted; always the first who came."""
        while self.waiting and self.waiting[0].woken:
            caller = self.waiting.popleft()
            self.served(caller.waiter.origin, caller.waiter.grant)
            del caller.waiter  # which refers to the caller
        assert not any(caller.woken for caller in self.waiting)

    @precondition(lambda self: not self.is_closed)
    @rule(origin=origins)
    def acquire(self, origin: Origin) -> None:
        idle = [
            each
            for each in self.all
            if not each.is_closed and each not in self.lent and each.origin == origin
        ]
        newest = max(idle, key=lambda each: (each.idle_since, self.all.index(each)), default=None)
        grant = self.pool.acquire(origin, self.now)
        if grant is Grant.WAIT:
            assert len(self.lent) == LIMIT
            caller = Caller()
            caller.waiter = self.pool.wait(origin, caller.wake)
            self.waiting.append(caller)
            return
        if not grant.is_new:
            assert newest is not None
            assert grant.idle_since == newest.idle_since
            assert self.now - grant.idle_since <= IDLE_SECONDS
        self.served(origin, grant)

    @precondition(lambda self: self.is_closed)
    @rule(origin=origins)
    def acquire_when_closed(self, origin: Origin) -> None:
        assert self.pool.acquire(origin, self.now) is Grant.CLOSED

    @precondition(lambda self: self.lent)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        connection = self.lent.pop(data.draw(st.integers(0, len(self.lent) - 1)))
        self.pool.release(connection, self.now)
        self.collect()

    @precondition(lambda self: self.lent)
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        connection = self.lent.pop(data.draw(st.integers(0, len(self.lent) - 1)))
        self.pool.discard(connection)
        assert connection.is_closed
        self.collect()

    @precondition(lambda self: self.lent)
    @rule()
    def renew(self) -> None:
        connection = self.lent.pop()
        self.served(connection.origin, self.pool.renew(connection))
        assert connection.is_closed

    @precondition(lambda self: self.lent)
    @rule()
    def lose(self) -> None:
        """A connection vanishes; at some time that is noticed."""
        connection = self.lent.pop()
        self.all.remove(connection)
        del connection
        self.pool.serve()
        self.collect()

    @precondition(lambda self: self.lent)
    @rule()
    def close_without_giving_back(self) -> None:
        """An exception struck in between; at some time it is noticed that the place is free."""
        connection = self.lent.pop()
        connection.close()
        self.pool.serve()
        self.collect()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(self.waiting) - 1))
        caller = self.waiting[at]
        del self.waiting[at]
        self.pool.withdraw(caller.waiter, self.now)
        assert not caller.woken
        self.collect()

    @precondition(lambda self: self.waiting and self.lent)
    @rule(reusable=st.booleans())
    def withdraw_too_late(self, *, reusable: bool) -> None:
        """A grant that nobody takes goes on to the next."""
        caller = self.waiting[0]
        connection = self.lent.pop(0)
        if reusable:
            self.pool.release(connection, self.now)
        else:
            self.pool.discard(connection)
        assert caller.woken == 1
        self.waiting.popleft()
        self.pool.withdraw(caller.waiter, self.now)
        del caller.waiter
        self.collect()

    @rule(data=st.data())
    def closed_by_the_server(self, data: st.DataObject) -> None:
        open_ones = [each for each in self.all if not each.is_closed]
        if open_ones:
            connection = open_ones[data.draw(st.integers(0, len(open_ones) - 1))]
            self.pool.remove(connection)
            assert connection.is_closed is (connection not in self.lent)
            self.collect()

    @rule(seconds=st.sampled_from([0.0, 0.1, 15.0, IDLE_SECONDS + 1]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: not self.is_closed)
    @rule(really=st.integers(0, 9))
    def close(self, really: int) -> None:
        if really:
            return
        self.pool.close()
        self.is_closed = True
        for caller in self.waiting:
            assert caller.woken == 1
            assert caller.waiter.grant is Grant.CLOSED
            self.pool.withdraw(caller.waiter, self.now)
        self.waiting.clear()

    @invariant()
    def places_are_counted(self) -> None:
        open_ones = [each for each in self.all if not each.is_closed]
        assert self.pool.taken == len(open_ones) <= LIMIT
        assert set(map(id, self.lent)) <= set(map(id, open_ones))

    @invariant()
    def nobody_waits_while_anything_is_idle(self) -> None:
        if self.waiting:
            assert len(self.lent) == LIMIT

    @invariant()
    def nothing_is_idle_when_closed(self) -> None:
        if self.is_closed:
            assert all(each.is_closed or each in self.lent for each in self.all)


TestPool = PoolMachine.TestCase
TestPool.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
