"""The asynchronous engine: cancellation, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from tests.scripted_server import PATIENCE, Peer, ScriptedServer, endpoint_of
from wrapper._engine.async_connection import AsyncConnection
from wrapper._engine.async_engine import AsyncSocketEngine
from wrapper._errors import ConnectTimeoutError, TransportError
from wrapper._http import Request
from wrapper._timeouts import Timeout

OK = b"HTTP/1.1 200 OK\r\n"


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end, and see that nothing was left or complained about."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
        await main()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(watched(), debug=False)
        gc.collect()
    assert not complaints


def echo(peer: Peer) -> None:
    while (request := peer.read_request())[0]:
        peer.answer(request[1])


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - other threads bring it about
            await asyncio.sleep(0.005)


def test_a_cancelled_call_gives_its_connection_up() -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        if peer.number == 0:
            peer.send(OK + b"Content-Length: 5\r\n\r\nab")
            if peer.wait_until_closed():
                closed.set()
        else:
            peer.answer(b"right")

    async def main() -> None:
        engine = AsyncSocketEngine(max_connections=1)
        task = asyncio.create_task(engine.send(server.request()))
        waiting = asyncio.create_task(engine.send(server.request()))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await waiting).body == b"right"
        await asyncio.to_thread(closed.wait, PATIENCE)
        await engine.aclose()
        assert engine._pool.taken == 0

    with ScriptedServer(script) as server:
        run(main)
    assert closed.is_set()
    assert server.connections == 2


def test_a_timeout_of_asyncios_is_a_cancellation() -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.wait_until_closed()

    async def main() -> None:
        engine = AsyncSocketEngine()
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.1):
                await engine.send(server.request())
        assert not isinstance(caught.value, TransportError)
        assert engine._pool.taken == 0
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)


def test_who_is_cancelled_while_waiting_leaves_the_queue() -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            go.wait(PATIENCE)
            peer.answer(request[1])

    async def main() -> None:
        engine = AsyncSocketEngine(max_connections=1)
        tasks = [
            asyncio.create_task(engine.send(server.request(body=b"%d" % number)))
            for number in range(4)
        ]
        await soon(lambda: len(engine._pool._waiters) == 3)
        tasks[1].cancel()
        await soon(lambda: len(engine._pool._waiters) == 2)
        go.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(found.pop(1), asyncio.CancelledError)
        assert [each.body for each in found] == [b"0", b"2", b"3"]
        assert engine._pool.taken == 1
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)
    assert server.connections == 1


def test_who_is_cancelled_as_his_turn_comes_hands_it_on() -> None:
    async def main() -> None:
        engine = AsyncSocketEngine(max_connections=1)
        await engine.send(server.request())
        connection = engine._pool.acquire(("http", "127.0.0.1", server.port), 0.0)
        tasks = [asyncio.create_task(engine.send(server.request())) for _ in range(3)]
        await soon(lambda: len(engine._pool._waiters) == 3)
        engine._pool.release(connection, 0.0)  # the first is woken …
        tasks[0].cancel()  # … and cancelled before it runs
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert [each.status for each in found[1:]] == [200, 200]
        assert engine._pool.taken == 1
        await engine.aclose()

    with ScriptedServer(echo) as server:
        run(main)
    assert server.connections == 1


def test_cancelling_while_connecting_frees_the_place() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            port = listener.getsockname()[1]
            full = [socket.socket() for _ in range(4)]
            for each in full:
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            await asyncio.sleep(0.05)
            engine = AsyncSocketEngine(max_connections=1)
            request = Request("GET", endpoint_of(port), "/", b"GET / HTTP/1.1", b"", Timeout())
            task = asyncio.create_task(engine.send(request))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert engine._pool.taken == 0
            with pytest.raises(ConnectTimeoutError):
                await engine.send(request._replace(timeout=Timeout(connect=0.05)))
            assert engine._pool.taken == 0
            await engine.aclose()
            for each in full:
                each.close()

    run(main)


def test_cancelling_in_a_tls_handshake_frees_the_place() -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        if peer.wait_until_closed():
            closed.set()

    async def main() -> None:
        engine = AsyncSocketEngine()
        request = server.request()._replace(endpoint=endpoint_of(server.port, "https"))
        task = asyncio.create_task(engine.send(request))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert engine._pool.taken == 0
        await asyncio.to_thread(closed.wait, PATIENCE)
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)
    assert closed.is_set()


def test_cancelling_while_sending_closes_the_connection() -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        threading.Event().wait(0.2)
        if peer.wait_until_closed():
            closed.set()

    async def main() -> None:
        engine = AsyncSocketEngine()
        task = asyncio.create_task(engine.send(server.request(body=bytes(50_000_000))))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(closed.wait, PATIENCE)
        assert engine._pool.taken == 0
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)
    assert closed.is_set()


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("cancels", [True, False])
def test_a_stream_that_is_closed_as_its_end_comes_leaves_nothing_behind(
    turns: int, cancels: bool
) -> None:
    go_on = threading.Event()

    def script(peer: Peer) -> None:
        while b"GET" in peer.read_request()[0]:
            peer.send(OK + b"Content-Length: 6\r\n\r\nabc")
            assert go_on.wait(PATIENCE)
            peer.send(b"def")

    async def main() -> None:
        engine = AsyncSocketEngine()
        answer = await engine.open(server.request("GET"))
        pieces = aiter(answer)
        assert await anext(pieces) == b"abc"
        reading = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0.02)
        go_on.set()
        time.sleep(0.05)  # noqa: ASYNC251  # the loop does not see what comes meanwhile
        for _ in range(turns):
            await asyncio.sleep(0)
        if cancels:
            reading.cancel()
        await answer.aclose()
        # The next exchange has its waits to itself.
        assert (await asyncio.wait_for(engine.send(server.request("GET")), PATIENCE)).body
        (read,) = await asyncio.gather(reading, return_exceptions=True)
        assert read == b"def" or isinstance(read, TransportError | asyncio.CancelledError)
        assert engine._in_flight == 0
        await pieces.aclose()
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)


def test_cancelling_a_read_of_a_stream_closes_it() -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 10\r\n\r\nabc")
        peer.wait_until_closed()

    async def main() -> None:
        engine = AsyncSocketEngine()
        answer = await engine.open(server.request())
        pieces = aiter(answer)
        assert await anext(pieces) == b"abc"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(pieces)
        assert engine._pool.taken == 0
        with pytest.raises(TransportError):
            await anext(aiter(answer))
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)


def test_calls_cancelled_at_any_moment_never_get_anothers_answer() -> None:
    chance = random.Random(7)

    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            peer.answer(request[1] * 50)

    async def main() -> None:
        engine = AsyncSocketEngine(max_connections=4)

        async def call(number: int) -> bool:
            body = b"%04d" % number
            try:
                async with asyncio.timeout(chance.choice([None, 0, 0.0005, 0.001, 0.002])):
                    answer = await engine.send(server.request(body=body))
            except TimeoutError:
                return False
            assert answer.body == body * 50
            return True

        found = await asyncio.gather(*[call(number) for number in range(400)])
        assert 50 < sum(found) < 400
        assert 0 <= engine._pool.taken <= 4
        assert not engine._pool._waiters
        assert (await engine.send(server.request(body=b"last"))).body == b"last" * 50
        await engine.aclose()
        assert engine._pool.taken == 0

    with ScriptedServer(script) as server:
        run(main)


def test_an_exception_of_the_bodys_source_ends_the_exchange() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"begin"
        raise KeyError("mine")

    async def main() -> None:
        engine = AsyncSocketEngine()
        with pytest.raises(KeyError, match="mine"):
            await engine.open(server.request(), pieces())
        assert engine._pool.taken == 0
        await engine.aclose()

    with ScriptedServer(lambda _: None) as server:
        run(main)


def test_a_server_that_closes_idle_connections_frees_their_places() -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"ok")

    async def main() -> None:
        engine = AsyncSocketEngine()
        await asyncio.gather(*[engine.send(server.request()) for _ in range(3)])
        await soon(lambda: engine._pool.taken == 0)
        assert not any(engine._pool._idle.values())
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)


def test_an_idle_connection_is_looked_at_though_the_loop_had_no_turn() -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"%d" % peer.number)
        peer.socket.close()
        closed.set()

    async def main() -> None:
        engine = AsyncSocketEngine()
        assert (await engine.send(server.request())).body == b"0"
        closed.wait(PATIENCE)  # the loop stands still
        assert (await engine.send(server.request())).body == b"1"
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)


each_loop = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])


def run_on(loop: str, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    if loop == "asyncio":
        asyncio.run(main())
    else:
        pytest.importorskip("uvloop").run(main())


async def stall(after: float, seconds: float) -> None:
    """A program that computes for a while, and lets the loop do nothing else."""
    await asyncio.sleep(after)
    time.sleep(seconds)  # noqa: ASYNC251  # that is what it is about


@each_loop
@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_counts_that_comes_in_the_same_moment_as_its_timeout(
    loop: str, streams: bool
) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        time.sleep(0.25)
        peer.answer(b"late")
        while (request := peer.read_request())[0]:
            peer.answer(request[1])

    async def main() -> None:
        engine = AsyncSocketEngine()
        stalled = asyncio.create_task(stall(0.2, 0.25))
        request = server.request(timeout=Timeout(connect=5, read=0.35, write=5, pool=5))
        if streams:
            answer = await engine.open(request)
            assert [piece async for piece in answer] == [b"late"]
        else:
            assert (await engine.send(request)).body == b"late"
        await stalled
        # And nothing of the timeout stays with the connection.
        assert (await engine.send(server.request(body=b"next"))).body == b"next"
        await engine.aclose()

    with ScriptedServer(script) as server:
        run_on(loop, main)
        assert server.connections == 1


@each_loop
@pytest.mark.parametrize("size", [10, 100_000])
def test_a_request_that_could_not_be_sent_was_not_processed(
    loop: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_reset = threading.Event()

    def script(peer: Peer) -> None:
        peer.reset()
        was_reset.set()

    class LateConnection(AsyncConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            assert was_reset.wait(PATIENCE)  # the loop does not come to see it

    async def main() -> None:
        engine = AsyncSocketEngine()
        with pytest.raises(TransportError) as caught:
            await engine.send(server.request(body=bytes(size)))
        assert not caught.value.possibly_processed
        await engine.aclose()

    monkeypatch.setattr("wrapper._engine.async_engine.AsyncConnection", LateConnection)

    with ScriptedServer(script) as server:
        run_on(loop, main)


@each_loop
@pytest.mark.parametrize("first_part", [b"", b"abc"])
def test_a_stream_whose_head_comes_after_much_else_is_read_on(loop: str, first_part: bytes) -> None:
    """Reading pauses when much has come that nobody takes: that must not be what is awaited."""
    interim = (b"HTTP/1.1 103 Early Hints\r\nLink: " + b"a" * 10_000 + b"\r\n\r\n") * 8

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(interim + OK + b"Content-Length: 6\r\n\r\n" + first_part)
        time.sleep(0.05)
        peer.send(b"abcdef"[len(first_part) :])

    async def main() -> None:
        engine = AsyncSocketEngine()
        answer = await engine.open(server.request(timeout=2.0))
        assert b"".join([piece async for piece in answer]) == b"abcdef"
        await engine.aclose()

    with ScriptedServer(script) as server:
        run_on(loop, main)


def test_timers_do_not_pile_up() -> None:
    async def main() -> None:
        engine = AsyncSocketEngine()
        for _ in range(300):
            await engine.send(server.request(timeout=60.0))
        loop: Any = asyncio.get_running_loop()
        assert len(loop._scheduled) <= 3
        await engine.aclose()

    with ScriptedServer(echo) as server:
        run(main)


def _errors_alive():
    return sum(isinstance(each, TransportError) for each in gc.get_objects())


def test_an_error_keeps_nothing_alive() -> None:
    """Its traceback has frames of the engine; none of them may lead back to the error."""

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"nonsense")

    class Marked(bytes):
        pass

    async def main() -> None:
        engine = AsyncSocketEngine()
        gc.collect()
        gc.disable()
        try:
            others = _errors_alive()  # of tests that ran before in this process
            for _ in range(3):
                with pytest.raises(TransportError):
                    await engine.send(server.request(body=Marked(b"body")))
            await asyncio.sleep(0.01)
            assert not any(isinstance(each, Marked) for each in gc.get_objects())
            assert _errors_alive() == others
        finally:
            gc.enable()
        await engine.aclose()

    with ScriptedServer(script) as server:
        run(main)
