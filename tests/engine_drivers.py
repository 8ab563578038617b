"""Both engines behind one synchronous face, so that a test is written once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest

from wrapper._engine.async_engine import AsyncOpenSocketAnswer, AsyncSocketEngine
from wrapper._engine.sync_engine import SocketEngine, SocketOpenAnswer
from wrapper._http import Answer, Request

_T = TypeVar("_T")


def meanwhile(call: Callable[[], _T]) -> Future[_T]:
    """Call in a thread of its own."""
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


class SyncDriver:
    """Calls the synchronous engine."""

    is_async = False

    def __init__(self, **settings: Any) -> None:
        self.engine = SocketEngine(**settings)

    def send(self, request: Request) -> Answer:
        return self.engine.send(request)

    def open(
        self, request: Request, pieces: Iterable[bytes] | None = None, *arguments: int
    ) -> SocketOpenAnswer:
        return self.engine.open(request, pieces, *arguments)

    def pieces(self, answer: Any) -> Iterator[bytes]:
        return iter(answer)

    def close_answer(self, answer: Any) -> None:
        answer.close()

    def start(self, request: Request) -> Future[Answer]:
        """Send a request meanwhile."""
        return meanwhile(lambda: self.engine.send(request))

    @property
    def taken(self) -> int:
        """How many places of the pool are taken."""
        return self.engine._pool.taken

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncDriver:
    """Calls the asynchronous engine; its loop runs in a thread of its own."""

    is_async = True

    def __init__(self, **settings: Any) -> None:
        self.engine = AsyncSocketEngine(**settings)
        self.complaints: list[dict[str, Any]] = []
        self.loop = self.new_loop()
        self.loop.set_exception_handler(lambda _, context: self.complaints.append(context))
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    @staticmethod
    def new_loop() -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    def run(self, awaitable: Any) -> Any:
        async def call() -> Any:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(30)

    def send(self, request: Request) -> Answer:
        return self.run(self.engine.send(request))

    def open(
        self, request: Request, pieces: Iterable[bytes] | None = None, *arguments: int
    ) -> AsyncOpenSocketAnswer:
        source = None if pieces is None else _asynchronous(pieces)
        return self.run(self.engine.open(request, source, *arguments))

    def pieces(self, answer: Any) -> Iterator[bytes]:
        found = aiter(answer)
        while (piece := self.run(anext(found, None))) is not None:
            yield piece

    def close_answer(self, answer: Any) -> None:
        self.run(answer.aclose())

    def start(self, request: Request) -> Future[Answer]:
        return asyncio.run_coroutine_threadsafe(self.engine.send(request), self.loop)

    @property
    def taken(self) -> int:
        async def look() -> int:
            return self.engine._pool.taken

        return self.run(look())

    def close(self) -> None:
        self.run(self.engine.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        pending = asyncio.all_tasks(self.loop)
        self.loop.close()
        if error is None:
            assert not pending
            assert not self.complaints


class UvloopDriver(AsyncDriver):
    """Calls the asynchronous engine on an event loop of another make."""

    @staticmethod
    def new_loop() -> asyncio.AbstractEventLoop:
        return pytest.importorskip("uvloop").new_event_loop()


async def _asynchronous(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0)  # as anything asynchronous does that has to wait for its pieces
        yield piece


Driver = SyncDriver | AsyncDriver
AnyIterable = Iterable[bytes] | AsyncIterable[bytes]
