"""How long a call may wait, phase by phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from wrapper._errors import ParameterError
from wrapper._values import Value

__all__ = [
    "DEFAULT_TIMEOUT",
    "BoundedTimeout",
    "Phases",
    "Timeout",
    "TimeoutLike",
    "as_timeout",
]


# More than the operating system takes would fail in the middle of a call.
_LONGEST_SECONDS = 365 * 24 * 3600


class Timeout(Value, kw_only=True):
    """How many seconds each phase of a call may take; None waits for ever.

    The defaults suit the service: a model has 60 seconds to answer, and AWS advises a socket
    timeout of 70 (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html).

    Attributes:
        connect: Making a connection, TLS included.
        read: Between two reads of the answer: until its first byte, and between events of a stream.
        write: Between two writes of the request.
        pool: Waiting for a free connection when all that are allowed are in use.

    Raises:
        ParameterError: A value is neither a positive number of seconds nor None.
    """

    connect: float | None = 5.0
    read: float | None = 70.0
    write: float | None = 70.0
    pool: float | None = 70.0

    def _check(self) -> None:
        _check_seconds("connect", self.connect)
        _check_seconds("read", self.read)
        _check_seconds("write", self.write)
        _check_seconds("pool", self.pool)


def _check_seconds(phase: str, value: object) -> None:
    if value is None:
        return
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 < value <= _LONGEST_SECONDS
    ):
        rule = "a positive number of seconds, a year at most, or None to wait for ever"
        raise ParameterError(
            f"timeout: {phase and f'{phase}='}{value!r} is not {rule}",
            parameter="timeout",
            rule=rule,
            value=value,
        )


class Phases(Protocol):
    """Anything that has the four phases as attributes: `Timeout`, and `httpx.Timeout`."""

    @property
    def connect(self) -> float | None: ...
    @property
    def read(self) -> float | None: ...
    @property
    def write(self) -> float | None: ...
    @property
    def pool(self) -> float | None: ...


TimeoutLike: TypeAlias = "float | Phases"
"""Seconds for every phase, or a `Timeout`, or an `httpx.Timeout`."""

# A wait of no time at all would be refused by some transports, and be for ever to others.
_SHORTEST_SECONDS = 0.001


class BoundedTimeout:
    """A timeout within the limit of a whole call: no phase is longer than what is left *now*.

    So an engine that asks before each wait ends with the call, whatever the phases add up to.
    """

    __slots__ = ("_phases", "_remaining")

    def __init__(self, phases: Phases, remaining: Callable[[], float | None]) -> None:
        """Bound a timeout.

        Args:
            phases: The limits of the phases alone.
            remaining: Returns the seconds left for the call, or None when it has no limit any more.
        """
        self._phases = phases
        self._remaining = remaining

    @property
    def connect(self) -> float | None:
        """As in `Timeout`."""
        return self._within(self._phases.connect)

    @property
    def read(self) -> float | None:
        """As in `Timeout`."""
        return self._within(self._phases.read)

    @property
    def write(self) -> float | None:
        """As in `Timeout`."""
        return self._within(self._phases.write)

    @property
    def pool(self) -> float | None:
        """As in `Timeout`."""
        return self._within(self._phases.pool)

    @property
    def whole(self) -> float | None:
        """What is left for the call, or None when it has no limit any more."""
        return self._within(None)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left for the call."""
        return self._remaining() == 0

    def _within(self, limit: float | None) -> float | None:
        remaining = self._remaining()
        if remaining is None:
            return limit
        least = max(remaining, _SHORTEST_SECONDS)
        return least if limit is None else min(limit, least)


DEFAULT_TIMEOUT = Timeout()


def as_timeout(value: TimeoutLike | None, default: Timeout) -> Timeout:
    """What a `timeout=` argument means.

    Args:
        value: A number of seconds is the limit of each phase, as in httpx.
        default: What None means.

    Raises:
        ParameterError: The value is none of these, or not positive.
    """
    if value is None:
        return default
    if isinstance(value, Timeout):
        return value
    if isinstance(value, int | float):
        _check_seconds("", value)
        return Timeout(connect=value, read=value, write=value, pool=value)
    try:
        return Timeout(connect=value.connect, read=value.read, write=value.write, pool=value.pool)
    except AttributeError:
        rule = "a number of seconds, a wrapper.Timeout or an httpx.Timeout"
        raise ParameterError(
            f"timeout: {value!r} is not {rule}", parameter="timeout", rule=rule, value=value
        ) from None
