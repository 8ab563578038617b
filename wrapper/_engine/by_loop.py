"""An engine for each event loop: connections live and die with theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

__all__ = ["EnginesByLoop"]


class _Engine(Protocol):
    def close(self) -> None: ...
    async def aclose(self) -> None: ...
    def abandon(self) -> None: ...


EngineT = TypeVar("EngineT", bound=_Engine)


class EnginesByLoop(Generic[EngineT]):
    """The engines of a client, for it may be used on one event loop after another.

    A loop that was closed leaves its connections open (asyncio warns of each): they are closed when
    the next loop's engine is made. A program that calls `asyncio.run` for each piece of work does
    not gather them. Where nothing refers to the whole any more, its connections are closed, too.
    """

    __slots__ = ("__weakref__", "_engines")

    def __init__(self) -> None:
        self._engines: dict[asyncio.AbstractEventLoop, EngineT] = {}

    def get(self) -> EngineT | None:
        """The engine of the running loop, if there is one."""
        return self._engines.get(asyncio.get_running_loop())

    def make(self, make: Callable[[], EngineT]) -> EngineT:
        """Make the running loop's engine."""
        self._abandon_closed()
        engine = self._engines[asyncio.get_running_loop()] = make()
        return engine

    async def aclose(self) -> None:
        """Close the connections of the running loop, and of those that are no more."""
        self._abandon_closed()
        engine = self._engines.pop(asyncio.get_running_loop(), None)
        if engine is not None:
            await engine.aclose()

    def _abandon_closed(self) -> None:
        for loop in list(self._engines):
            if loop.is_closed() and (dead := self._engines.pop(loop, None)) is not None:
                dead.abandon()

    def __del__(self) -> None:
        # Perhaps in another thread: the garbage collector's.
        for loop, engine in self._engines.items():
            if loop.is_closed():
                engine.abandon()
            else:
                with suppress(RuntimeError):  # it was closed this moment
                    loop.call_soon_threadsafe(engine.close)
