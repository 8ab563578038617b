"""One engine for each event loop, and none for a loop that is no more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from wrapper._engine.by_loop import EnginesByLoop


class Engine:
    def __init__(self) -> None:
        self.end = ""

    async def aclose(self) -> None:
        self.end = "closed"

    def abandon(self) -> None:
        self.end = "abandoned"


@pytest.fixture
def engines() -> EnginesByLoop[Engine]:
    return EnginesByLoop()


async def engine_of(engines: EnginesByLoop[Engine]) -> Engine:
    assert engines.get() is None
    made = engines.make(Engine)
    assert engines.get() is made
    return made


def test_engines_of_closed_loops_are_abandoned_when_the_next_is_made(engines: Any) -> None:
    first = asyncio.run(engine_of(engines))
    assert first.end == ""  # nobody was there to close it
    second = asyncio.run(engine_of(engines))
    assert first.end == "abandoned"
    assert second.end == ""
    assert asyncio.run(engine_of(engines)).end == ""
    assert second.end == "abandoned"


def test_an_engine_of_another_loop_that_goes_on_is_left_alone(engines: Any) -> None:
    loop = asyncio.new_event_loop()
    try:
        other = loop.run_until_complete(engine_of(engines))
        asyncio.run(engine_of(engines))
        assert other.end == ""

        async def again() -> Engine | None:
            return engines.get()

        assert loop.run_until_complete(again()) is other
    finally:
        loop.close()


def test_closing_closes_the_running_loops_engine_alone(engines: Any) -> None:
    loop = asyncio.new_event_loop()
    try:
        other = loop.run_until_complete(engine_of(engines))

        async def main() -> Engine:
            made = await engine_of(engines)
            await engines.aclose()
            assert engines.get() is None
            await engines.aclose()
            return made

        assert asyncio.run(main()).end == "closed"
        assert other.end == ""
    finally:
        loop.close()
