"""Connections of the synchronous engine: made, waited for, and given up at any moment."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scripted_server import PATIENCE, Peer, ScriptedServer
from wrapper._engine import sync_connection
from wrapper._engine.exchange_errors import PhaseTimeoutError
from wrapper._engine.sync_connection import connect
from wrapper._engine.sync_engine import SocketEngine
from wrapper._errors import PoolTimeoutError, ReadTimeoutError, WriteTimeoutError
from wrapper._timeouts import Timeout

OK = b"HTTP/1.1 200 OK\r\n"


def echo(peer: Peer) -> None:
    while (request := peer.read_request())[0]:
        peer.answer(request[1])


# Several addresses.


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """An address that answers nothing: its queue of those who wait is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        full = [socket.socket() for _ in range(4)]
        for each in full:
            each.setblocking(False)
            each.connect_ex(address)
        time.sleep(0.05)
        yield address
        for each in full:
            each.close()


def found(*addresses: tuple[str, int]) -> list[Any]:
    """As `socket.getaddrinfo` finds them."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]


def refused() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()


def test_the_next_address_is_tried_when_one_is_silent(silent: tuple[str, int]) -> None:
    with ScriptedServer(echo) as server:
        addresses = found(silent, ("127.0.0.1", server.port))
        began = time.monotonic()
        with connect(addresses, time.monotonic() + 5) as connected:
            assert connected.getpeername() == ("127.0.0.1", server.port)
        assert 0.2 < time.monotonic() - began < 2


def test_the_next_address_is_tried_at_once_when_one_refuses() -> None:
    with ScriptedServer(echo) as server:
        addresses = found(refused(), refused(), ("127.0.0.1", server.port))
        began = time.monotonic()
        with connect(addresses, None) as connected:
            assert connected.getpeername() == ("127.0.0.1", server.port)
        assert time.monotonic() - began < 0.45  # else a quarter of a second each


def test_all_refusals_are_told() -> None:
    with pytest.raises(ConnectionError, match=r"^Connection refused$"):
        connect(found(refused(), refused()), time.monotonic() + 5)


def test_the_time_is_limited_in_all(silent: tuple[str, int]) -> None:
    began = time.monotonic()
    with pytest.raises(PhaseTimeoutError):
        connect(found(silent, silent, silent), time.monotonic() + 0.3)
    assert 0.3 <= time.monotonic() - began < 1.5


def test_both_families_take_turns() -> None:
    four, six = socket.AF_INET, socket.AF_INET6
    both: list[Any] = [(six, "a"), (six, "b"), (four, "c"), (four, "d"), (six, "e")]
    names = [each[1] for each in sync_connection._interleaved(both)]
    assert names == ["a", "c", "b", "d", "e"]  # RFC 8305, section 4


# Platforms without poll.


def test_select_does_what_poll_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_connection, "_new_poller", sync_connection._SelectPoller)

    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            if request[1] == b"close":
                peer.answer(b"closing")
                return
            if request[1] == b"silence":
                peer.wait_until_closed()
                return
            peer.answer(request[1])

    with ScriptedServer(script) as server:
        engine = SocketEngine()
        for body in (b"a", bytes(20_000_000), b"b", b"close"):
            assert engine.send(server.request(body=body)).status == 200
        assert server.connections == 1
        time.sleep(0.05)
        assert engine.send(server.request(body=b"c")).body == b"c"
        assert server.connections == 2
        with pytest.raises(ReadTimeoutError):
            engine.send(server.request(body=b"silence", timeout=0.1))
        engine.close()
    with ScriptedServer(lambda _: time.sleep(0.5)) as server:
        engine = SocketEngine()
        with pytest.raises(WriteTimeoutError):
            engine.send(
                server.request(
                    body=bytes(50_000_000), timeout=Timeout(connect=5, read=5, write=0.1, pool=5)
                )
            )


# Exceptions thrown into a call.


class Interrupt(BaseException):
    """Thrown by the tests."""


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals need the main thread"
)
@pytest.mark.parametrize("moment", ["answer", "body", "pool", "sending"])
def test_a_signals_exception_gives_the_connection_up(moment: str) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        if moment == "sending":
            time.sleep(0.3)
        else:
            if not peer.read_request()[0]:
                return
            if moment == "body":
                peer.send(OK + b"Content-Length: 9\r\n\r\nabc")
        if peer.wait_until_closed():
            closed.set()

    def strike(*_: object) -> None:
        raise Interrupt

    previous = signal.signal(signal.SIGALRM, strike)
    try:
        with ScriptedServer(script) as server:
            engine = SocketEngine(max_connections=1)
            held = None
            if moment == "pool":
                held = engine._pool.acquire(("http", "127.0.0.1", 1), 0.0)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            body = bytes(50_000_000) if moment == "sending" else b""
            with pytest.raises(Interrupt):
                engine.send(server.request(body=body))
            assert not engine._pool._waiters
            assert engine._pool.taken == (1 if moment == "pool" else 0)
            if moment != "pool":
                assert closed.wait(PATIENCE)
            del held
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_exceptions_thrown_into_threads_never_mix_up_answers_nor_lose_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At any bytecode, as `PyThreadState_SetAsyncExc` does it."""
    # One may strike in a finalizer, where Python can only report it.
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    chance = random.Random(11)
    strike = ctypes.pythonapi.PyThreadState_SetAsyncExc
    wrong: list[Any] = []
    struck = 0
    stop = threading.Event()

    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            time.sleep(0.0005)
            peer.answer(request[1] * 20)

    def work(number: int) -> None:
        nonlocal struck
        count = 0
        while not stop.is_set():
            try:
                count += 1
                body = b"%d-%d " % (number, count)
                answer = engine.send(server.request(body=body))
                if answer.body != body * 20:
                    wrong.append((body, answer.body))
            except Interrupt:
                struck += 1
            except PoolTimeoutError as error:
                wrong.append(error)

    def run(number: int) -> None:
        while not stop.is_set():
            with contextlib.suppress(Interrupt):  # outside of the call
                work(number)

    with ScriptedServer(script) as server:
        engine = SocketEngine(max_connections=3)
        threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(6)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            time.sleep(chance.random() * 0.002)
            strike(ctypes.c_ulong(chance.choice(threads).ident or 0), ctypes.py_object(Interrupt))
        time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert not wrong
        assert struck > 50
        gc.collect()
        assert engine.send(server.request(body=b"last")).body == b"last" * 20
        idle = sum(map(len, engine._pool._idle.values()))
        assert engine._pool.taken == idle <= 3
        assert not engine._pool._waiters
        engine.close()
