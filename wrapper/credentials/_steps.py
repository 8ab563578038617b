"""Written once, run both ways: a provider's logic yields effects, two small drivers perform them.

A provider's `steps` is a generator. It yields an effect (read a file, run a process, send a
request), is resumed with the result or with the exception that performing it raised, and returns
the credentials. `run` performs effects where it stands; `run_async` does the same without blocking
the event loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

__all__ = ["Call", "Effect", "Sleep", "Steps", "call", "run", "run_async"]

T = TypeVar("T")
R = TypeVar("R", covariant=True)  # noqa: PLC0105  # the usual name for a result


class Effect(Protocol[R]):
    """Something to be done outside: in the calling thread, or without blocking the event loop."""

    def perform(self) -> R:
        """Do it here."""
        ...

    async def perform_async(self) -> R:
        """Do it without blocking the event loop."""
        ...


Steps: TypeAlias = Generator[Effect[Any], Any, T]
"""A generator of effects that returns a `T`."""


def run(steps: Steps[T]) -> T:
    """Perform every effect in this thread and return what the steps return."""
    try:
        effect = next(steps)
        while True:
            try:
                result = effect.perform()
            except Exception as error:  # noqa: BLE001  # the steps decide what it means
                effect = steps.throw(error)
            else:
                effect = steps.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        steps.close()


async def run_async(steps: Steps[T]) -> T:
    """Perform every effect without blocking the event loop and return what the steps return."""
    try:
        effect = next(steps)
        while True:
            try:
                result = await effect.perform_async()
            except Exception as error:  # noqa: BLE001  # the steps decide what it means
                effect = steps.throw(error)
            else:
                effect = steps.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        steps.close()


class Call(Generic[T]):
    """Call a function that may block: on an event loop, in a worker thread."""

    def __init__(self, function: Callable[[], T]) -> None:
        self.function = function

    def perform(self) -> T:
        """Call it here."""
        return self.function()

    async def perform_async(self) -> T:
        """Call it in a worker thread."""
        import asyncio

        return await asyncio.to_thread(self.function)


class Sleep:
    """Wait before the next attempt."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def perform(self) -> None:
        """Wait here."""
        import time

        time.sleep(self.seconds)

    async def perform_async(self) -> None:
        """Let the event loop go on meanwhile."""
        import asyncio

        await asyncio.sleep(self.seconds)


class CallUser(Generic[T]):
    """Call a function of the user's, which may be a coroutine function.

    A coroutine function is awaited on the event loop, any other function is called in a worker
    thread.
    """

    def __init__(self, function: Callable[[], T | Awaitable[T]]) -> None:
        self.function = function

    def perform(self) -> T | Awaitable[T]:
        """Call it here; an awaitable is returned as it is."""
        return self.function()

    async def perform_async(self) -> T | Awaitable[T]:
        """Call it; await what it returns where that is awaitable."""
        import asyncio
        import inspect

        if inspect.iscoroutinefunction(self.function):
            result: T | Awaitable[T] = self.function()
        else:
            result = await asyncio.to_thread(self.function)
        return await result if inspect.isawaitable(result) else result


def call(function: Callable[[], T]) -> Steps[T]:
    """The step of calling a function that may block; its result, typed."""
    result: T = yield Call(function)
    return result
