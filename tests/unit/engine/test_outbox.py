"""Short requests are sent together, and what becomes of them is told rightly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.scripted_server import endpoint_of
from wrapper._engine.async_connection import AsyncConnection
from wrapper._engine.async_engine import AsyncSocketEngine
from wrapper._engine.outbox import Outbox
from wrapper._errors import ProtocolError, ReadTimeoutError, WriteTimeoutError
from wrapper._http import Request
from wrapper._timeouts import Timeout

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Sender:
    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def transmit(self, data: bytes) -> None:
        self.log.append(data)


def test_what_one_turn_of_the_loop_sends_goes_out_at_its_end() -> None:
    log: list[Any] = []

    async def work(number: int) -> None:
        for turn in range(2):
            log.append(number)
            outbox.put(Sender(log), b"%d" % number)
            await asyncio.sleep(0)
            if not turn:
                log.append("turn")

    async def main() -> None:
        nonlocal outbox
        outbox = Outbox(asyncio.get_running_loop())
        await asyncio.gather(work(1), work(2))
        await asyncio.sleep(0)

    outbox: Any = None
    asyncio.run(main())
    assert log == [1, 2, b"1", b"2", "turn", 1, "turn", 2, b"1", b"2"]


def test_the_first_of_many_does_not_wait_for_all() -> None:
    log: list[bytes] = []

    async def main() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        for number in range(40):
            outbox.put(Sender(log), b"%d" % number)
        assert len(log) == 32
        await asyncio.sleep(0)

    asyncio.run(main())
    assert log == [b"%d" % number for number in range(40)]


class StubTransport(asyncio.Transport):
    """Takes what is written; the test says what then happens."""

    def __init__(self, protocol: AsyncConnection, file: socket.socket) -> None:
        super().__init__({"socket": file})
        self.protocol = protocol
        self.written: list[bytes] = []
        self.held = 0
        self.on_write: Callable[[StubTransport], None] = StubTransport.answer

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))
        self.on_write(self)

    def answer(self, data: bytes = ANSWER) -> None:
        asyncio.get_running_loop().call_soon(self.receive, data)

    def receive(self, data: bytes) -> None:
        buffer = self.protocol.get_buffer(-1)
        buffer[: len(data)] = data
        self.protocol.buffer_updated(len(data))

    def hold(self) -> None:
        """Take the bytes, as a transport does whose peer does not read."""
        self.held = len(self.written[-1])
        self.protocol.pause_writing()

    def let_go(self) -> None:
        self.held = 0
        self.protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        return self.held

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        pass


def run(
    main: Callable[[AsyncSocketEngine, list[StubTransport]], Coroutine[Any, Any, None]],
) -> None:
    """Run with an engine whose connections end in stubs."""

    async def wired() -> None:
        loop: Any = asyncio.get_running_loop()
        made: list[StubTransport] = []
        pairs = []

        async def create_connection(factory: Callable[[], AsyncConnection], *_: Any, **__: Any):
            pairs.append(socket.socketpair())
            protocol = factory()
            transport = StubTransport(protocol, pairs[-1][0])
            made.append(transport)
            protocol.connection_made(transport)
            return transport, protocol

        loop.create_connection = create_connection
        engine = AsyncSocketEngine(max_connections=3)
        try:
            await main(engine, made)
            await engine.aclose()
            assert engine._pool.taken == 0
        finally:
            for pair in pairs:
                for each in pair:
                    each.close()

    asyncio.run(wired())


def request(body: bytes = b"body", timeout: Timeout | None = None, *, number: int = 80) -> Request:
    return Request("POST", endpoint_of(number), "/", b"POST / HTTP/1.1", body, timeout or Timeout())


def sent(body: bytes = b"body") -> bytes:
    return b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def test_a_request_that_is_alone_is_sent_at_once() -> None:
    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        await engine.send(request())
        for _ in range(2):
            task = asyncio.create_task(engine.send(request()))
            await asyncio.sleep(0)
            assert made[0].written.pop() == sent()
            assert (await task).body == b"ok"
        assert len(made) == 1

    run(main)


def test_requests_beside_others_are_sent_together() -> None:
    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        await asyncio.gather(*[engine.send(request()) for _ in range(3)])
        for each in made:
            each.written.clear()
        order: list[str] = []
        bodies = [b"%d" % number for number in range(3)]
        tasks = [asyncio.create_task(engine.send(request(body))) for body in bodies]
        tasks[-1].get_loop().call_soon(order.append, "turn")
        await asyncio.sleep(0)
        # The first was alone when it came; the others wait for the end of the turn.
        assert sorted(len(each.written) for each in made) == [0, 0, 1]
        await asyncio.sleep(0)
        assert [len(each.written) for each in made] == [1, 1, 1]
        assert {each.body for each in await asyncio.gather(*tasks)} == {b"ok"}
        assert {each.written[0] for each in made} == {sent(body) for body in bodies}

    run(main)


async def with_company(engine: AsyncSocketEngine) -> tuple[asyncio.Task[Any], StubTransport]:
    """A request in flight, so that the next is not alone; and what the next will be sent by."""
    await asyncio.gather(engine.send(request()), engine.send(request()))
    (idle,) = engine._pool._idle.values()
    silent, busy = (transport_of(each) for each in idle)
    busy.on_write = lambda _: None
    task = asyncio.create_task(engine.send(request()))
    await asyncio.sleep(0)
    silent.written.clear()
    return task, silent


def transport_of(connection: AsyncConnection) -> StubTransport:
    transport: Any = connection._open().top
    return transport


def test_what_was_given_up_before_the_turn_ends_is_never_sent() -> None:
    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        company, silent = await with_company(engine)
        task = asyncio.create_task(engine.send(request()))
        asyncio.get_running_loop().call_soon(silent.protocol.close)
        await asyncio.sleep(0.01)
        assert silent.written == []
        with pytest.raises(ProtocolError, match="closed"):
            await task
        company.cancel()
        with pytest.raises(asyncio.CancelledError):
            await company

    run(main)


def failure(engine: AsyncSocketEngine, timeout: Timeout) -> Coroutine[Any, Any, Exception]:
    async def fail() -> Exception:
        with pytest.raises(Exception) as caught:  # it is looked at
            await engine.send(request(timeout=timeout))
        return caught.value

    return fail()


def test_a_request_that_is_not_taken_in_time_was_not_processed() -> None:
    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        await engine.send(request())
        made[0].on_write = StubTransport.hold
        error = await failure(engine, Timeout(connect=5, read=5, write=0.02, pool=5))
        assert type(error) is WriteTimeoutError
        assert not error.possibly_processed
        company, silent = await with_company(engine)
        silent.on_write = StubTransport.hold
        error = await failure(engine, Timeout(connect=5, read=5, write=0.02, pool=5))
        assert type(error) is WriteTimeoutError
        assert not error.possibly_processed
        company.cancel()
        await asyncio.wait((company,))

    run(main)


def test_once_it_is_taken_the_read_timeout_counts_and_the_model_may_have_run() -> None:
    def hold_for_a_while(transport: StubTransport) -> None:
        transport.hold()
        asyncio.get_running_loop().call_later(0.02, transport.let_go)

    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        await engine.send(request())
        made[0].on_write = hold_for_a_while
        began = asyncio.get_running_loop().time()
        error = await failure(engine, Timeout(connect=5, read=0.05, write=5, pool=5))
        assert type(error) is ReadTimeoutError
        assert error.possibly_processed
        # From when it was taken on.
        assert 0.06 < asyncio.get_running_loop().time() - began < 3

    run(main)


def test_a_connection_whose_request_has_not_gone_out_does_not_serve_again() -> None:
    def answer_early(transport: StubTransport) -> None:
        transport.hold()
        transport.answer()

    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        await engine.send(request())
        made[0].on_write = answer_early
        assert (await engine.send(request())).body == b"ok"
        assert (await engine.send(request())).body == b"ok"
        assert len(made) == 2

    run(main)


def test_a_connection_that_ends_with_the_request_unsent_was_not_processed() -> None:
    def end(transport: StubTransport) -> None:
        transport.hold()
        loop = asyncio.get_running_loop()
        loop.call_soon(transport.protocol.connection_lost, ConnectionResetError("reset"))

    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        await engine.send(request())
        made[0].on_write = end
        error = await failure(engine, Timeout())
        assert type(error) is ProtocolError
        assert not error.possibly_processed

    run(main)


def test_a_transport_that_cannot_write_fails_the_one_request() -> None:
    def refuse(_: StubTransport) -> None:
        raise OSError("no")

    async def main(engine: AsyncSocketEngine, made: list[StubTransport]) -> None:
        company, silent = await with_company(engine)
        silent.on_write = refuse
        error = await failure(engine, Timeout())
        assert type(error) is ProtocolError
        company.cancel()
        await asyncio.wait((company,))

    run(main)
