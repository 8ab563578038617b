"""The tokens that a client's retries share, so that an outage is not met with a flood."""

from __future__ import annotations

import threading

__all__ = ["RetryQuota"]


class RetryQuota:
    """A bucket of tokens: a retry takes some, a success gives some back.

    Without enough tokens there is no retry. Thread-safe. A copy made by pickling begins full.
    """

    __slots__ = ("_available", "_capacity", "_lock")

    def __init__(self, capacity: int = 500) -> None:
        self._capacity = capacity
        self._available = capacity
        self._lock = threading.Lock()

    @property
    def available(self) -> int:
        """The tokens left, from 0 to the capacity."""
        return self._available

    def acquire(self, cost: int) -> bool:
        """Take tokens, all or none; return whether there were enough."""
        with self._lock:
            if cost > self._available:
                return False
            self._available -= cost
            return True

    def release(self, amount: int) -> None:
        """Give tokens back, up to the capacity."""
        if self._available == self._capacity:  # the usual case needs no lock
            return
        with self._lock:
            self._available = min(self._capacity, self._available + amount)

    def reset(self) -> None:
        """Begin anew, full: in a forked child, where the lock may be held for ever."""
        self._lock = threading.Lock()
        self._available = self._capacity

    def __reduce__(self) -> tuple[type[RetryQuota], tuple[int]]:
        return RetryQuota, (self._capacity,)
