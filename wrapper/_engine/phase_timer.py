"""The limits of an asynchronous connection's waits: one timer for all of them."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from wrapper._errors import ReadTimeoutError, TransportError, WriteTimeoutError
from wrapper._timeouts import DEFAULT_TIMEOUT, Phases

__all__ = ["PhaseTimer"]

_LOOKS: Final = 4
"""How often it is looked, within a write timeout, whether something was sent."""


class _Waiting(Protocol):
    """Whose waits are limited."""

    def unsent_bytes(self) -> int: ...
    def timed_out(self, kind: type[TransportError]) -> None: ...


class PhaseTimer:
    """Rings when nothing happened for as long as the phase may take.

    As long as something is unsent that is the write phase, for nothing can be answered before; then
    the read phase. A wait moves the limit, not the timer: that is set anew only when it rings too
    early.
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
        if kind is WriteTimeoutError:
            self._unsent = self._waiting.unsent_bytes()
        self.something_happened(is_new=True)
        self._arm()

    def something_happened(self, *, is_new: bool = False) -> None:
        """Count from now on."""
        if is_new or self._until is not None:
            seconds = self._seconds()
            self._until = None if seconds is None else self._loop.time() + seconds

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

    def _seconds(self) -> float | None:
        timeout = self._timeout
        return timeout.write if self._kind is WriteTimeoutError else timeout.read

    def _arm(self) -> None:
        until = self._until
        if until is None:
            return
        if self._kind is WriteTimeoutError:
            now = self._loop.time()
            until = min(until, now + ((self._seconds() or 0) / _LOOKS))
        if self._set is not None:
            if self._set.when() <= until:
                return
            self._set.cancel()
        self._set = self._loop.call_at(until, self._ring)

    def _ring(self) -> None:
        self._set = None
        if self._until is None:
            return
        unsent = self._waiting.unsent_bytes()
        if unsent and self._kind is not WriteTimeoutError:
            self.turn_to(WriteTimeoutError)
            return
        if unsent < self._unsent:  # it is slow, but it goes on
            self._unsent = unsent
            if not unsent:
                self.turn_to(ReadTimeoutError)
                return
            self.something_happened()
        if self._until is not None and self._loop.time() >= self._until:
            self._waiting.timed_out(self._kind)
        else:
            self._arm()
