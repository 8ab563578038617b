"""The limits of an asynchronous connection's waits: one timer for all of them."""

from __future__ import annotations

import asyncio
from typing import Protocol

from wrapper._errors import ReadTimeoutError, TransportError, WriteTimeoutError
from wrapper._timeouts import DEFAULT_TIMEOUT, Phases

__all__ = ["PhaseTimer"]


class _Waiting(Protocol):
    """Whose waits are limited."""

    def unsent_bytes(self) -> int: ...
    def timed_out(self, kind: type[TransportError]) -> None: ...


class PhaseTimer:
    """Rings when nothing happened for as long as the phase may take.

    A wait moves the limit, not the timer: that is set anew only when it rings too early.
    """

    __slots__ = ("_kind", "_loop", "_set", "_timeout", "_unsent", "_until", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop, waiting: _Waiting) -> None:
        """Begin with no wait.

        Args:
            loop: The event loop.
            waiting: Its `timed_out` is called with the error that it is when nothing happened.
        """
        self._loop = loop
        self._waiting = waiting
        self._set: asyncio.TimerHandle | None = None
        self._until: float | None = None
        self._kind: type[TransportError] = ReadTimeoutError
        self._timeout: Phases = DEFAULT_TIMEOUT
        self._unsent = 0

    def begin(self, kind: type[TransportError], timeout: Phases) -> None:
        """Limit a wait.

        Args:
            kind: The read or the write timeout's error.
            timeout: For how long; asked anew whenever something happens.
        """
        self._timeout = timeout
        self.turn_to(kind)

    def turn_to(self, kind: type[TransportError]) -> None:
        """Begin anew, perhaps with the other phase."""
        self._kind = kind
        until = self._until = self._limit()
        if until is None:
            return
        if kind is WriteTimeoutError:
            self._unsent = self._waiting.unsent_bytes()
        if self._set is None:
            self._set = self._loop.call_at(until, self._ring)
        elif self._set.when() > until:
            self._set.cancel()
            self._set = self._loop.call_at(until, self._ring)

    def something_happened(self) -> None:
        """Count from now on."""
        if self._until is not None:
            self._until = self._limit()

    def end(self) -> None:
        """Say that nobody waits any more; the timer stays set."""
        self._until = None

    def forget(self) -> None:
        """Keep nothing of the last exchange."""
        self._timeout = DEFAULT_TIMEOUT

    def cancel(self) -> None:
        """Take the timer back."""
        if self._set is not None:
            self._set.cancel()
            self._set = None

    def _limit(self) -> float | None:
        timeout = self._timeout
        seconds = timeout.write if self._kind is WriteTimeoutError else timeout.read
        return None if seconds is None else self._loop.time() + seconds

    def _ring(self) -> None:
        self._set = None
        if self._until is not None and self._kind is WriteTimeoutError:
            unsent = self._waiting.unsent_bytes()
            if unsent < self._unsent:  # it is slow, but it goes on
                self._unsent = unsent
                self._until = self._limit()
        if self._until is None:
            return
        if self._loop.time() < self._until:
            self._set = self._loop.call_at(self._until, self._ring)
        else:
            self._waiting.timed_out(self._kind)
