"""Both engines against servers that do exactly what a script says."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine_drivers import AsyncDriver, Driver, SyncDriver, UvloopDriver, meanwhile
from tests.scripted_server import PATIENCE, Peer, ScriptedServer, endpoint_of
from wrapper._engine import pool
from wrapper._errors import (
    ConnectError,
    ConnectTimeoutError,
    PoolTimeoutError,
    ProtocolError,
    ReadTimeoutError,
    TransportError,
    WriteTimeoutError,
)
from wrapper._http import Request
from wrapper._timeouts import Timeout

LONG = 6_000_000  # bytes: more than the buffers of a connection hold
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(params=[SyncDriver, AsyncDriver, UvloopDriver], ids=["sync", "async", "uvloop"])
def make(request: pytest.FixtureRequest) -> type[Driver]:
    return request.param


@pytest.fixture
def driver(make: type[Driver]) -> Iterator[Driver]:
    with make() as driver:
        yield driver


def echo(peer: Peer) -> None:
    """Answer each request with its body and the number of the connection."""
    while (request := peer.read_request())[0]:
        peer.answer(request[1], b"Connection-Number: %d" % peer.number)


def eventually(condition: Any) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.005)
    return False


def failure(call: Any, kind: type[TransportError]) -> TransportError:
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return caught.value


# What goes over the wire.


def test_a_request_is_these_bytes_in_one_piece(driver: Driver) -> None:
    received = []

    def script(peer: Peer) -> None:
        received.append(peer.socket.recv(65536))
        peer.answer(b"yes", b"Content-Type: a/b")

    with ScriptedServer(script) as server:
        answer = driver.send(server.request("POST", "/a%20b?c=d", b"body", ("X-Name", "value")))
    assert received == [
        b"POST /a%20b?c=d HTTP/1.1\r\n"
        b"Host: " + server.endpoint.authority.encode() + b"\r\n"
        b"X-Name: value\r\n"
        b"Content-Length: 4\r\n"
        b"\r\n"
        b"body"
    ]
    assert (answer.status, answer.body) == (200, b"yes")
    assert dict(answer.headers) == {"content-type": "a/b", "content-length": "3"}


@pytest.mark.parametrize("size", [0, 1, 200, 32_768, 32_769, 70_000, 5_000_000])
def test_bodies_of_any_size_go_and_come(driver: Driver, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    with ScriptedServer(echo) as server:
        for kind in (bytes, bytearray, memoryview):
            assert driver.send(server.request(body=kind(body))).body == body


def test_a_whole_body_is_bytes(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        while peer.read_request()[0]:
            peer.send(OK + b"Content-Length: 100000\r\n\r\n" + bytes(100_000))

    with ScriptedServer(script) as server:
        assert type(driver.send(server.request()).body) is bytes


def test_chunked_and_close_delimited_answers_are_read(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        peer.send(b"10000;x=y\r\n" + bytes(65536) + b"\r\n0\r\nTrailer: x\r\n\r\n")
        peer.read_request()
        peer.send(OK + b"\r\n" + b"until the end" * 10_000)

    with ScriptedServer(script) as server:
        assert driver.send(server.request()).body == b"abc" + bytes(65536)
        assert driver.send(server.request()).body == b"until the end" * 10_000
        assert server.connections == 1
        assert driver.taken == 0


def test_answers_without_a_body_are_read(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        while head := peer.read_request()[0]:
            if head.startswith(b"HEAD"):
                peer.send(OK + b"Content-Length: 5\r\n\r\n")
            else:
                peer.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    with ScriptedServer(script) as server:
        assert driver.send(server.request("HEAD")).body == b""
        assert driver.send(server.request("DELETE")).status == 204
        assert driver.send(server.request("HEAD")).headers["content-length"] == "5"
        assert server.connections == 1


def test_interim_answers_are_skipped(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        for part in (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\n", b"\r\n", OK):
            peer.send(part)
            time.sleep(0.01)
        peer.send(b"Content-Length: 2\r\n\r\nok")

    with ScriptedServer(script) as server:
        assert driver.send(server.request()).body == b"ok"


def test_an_answer_may_drip(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        for byte in OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n":
            peer.send(bytes([byte]))
        echo(peer)

    with ScriptedServer(script) as server:
        assert driver.send(server.request()).body == b"abc"
        assert driver.send(server.request(body=b"next")).body == b"next"
        assert server.connections == 1


# Connections and their reuse.


def test_connections_are_reused_last_in_first_out(driver: Driver) -> None:
    both_there = threading.Barrier(2)

    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            if request[1] == b"together":
                both_there.wait(PATIENCE)
            if request[1] == b"together" and peer.number == 0:
                time.sleep(0.05)  # so that it is given back last
            peer.answer(b"%d" % peer.number)

    with ScriptedServer(script) as server:
        waiting = [driver.start(server.request(body=b"together")) for _ in range(2)]
        assert sorted(each.result(PATIENCE).body for each in waiting) == [b"0", b"1"]
        assert {driver.send(server.request()).body for _ in range(5)} == {b"0"}
        assert server.connections == driver.taken == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        OK + b"Content-Length: 2\r\n\r\nok surplus",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + OK,
    ],
    ids=["close", "1.0", "1.0 keep-alive", "surplus", "surplus chunked"],
)
def test_a_connection_that_may_not_serve_again_is_closed(driver: Driver, answer: bytes) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(answer)
        if peer.wait_until_closed():
            closed.set()

    with ScriptedServer(script) as server:
        assert driver.send(server.request()).body == b"ok"
        assert closed.wait(PATIENCE)
        assert driver.taken == 0
        assert driver.send(server.request()).body == b"ok"
        assert server.connections == 2


def test_bytes_that_nobody_asked_for_never_answer_the_next_request(driver: Driver) -> None:
    sent = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"right %d" % peer.number)
        if peer.number == 0:
            time.sleep(0.05)
            peer.answer(b"wrong")
            sent.set()
            peer.wait_until_closed()

    with ScriptedServer(script) as server:
        assert driver.send(server.request()).body == b"right 0"
        assert sent.wait(PATIENCE)
        assert driver.send(server.request()).body == b"right 1"


@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_idle_connection_that_the_server_closed_is_not_used(driver: Driver, how: str) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"%d" % peer.number)
        if peer.number == 0:
            if how == "reset":
                peer.reset()
            else:
                peer.socket.close()
            closed.set()

    with ScriptedServer(script) as server:
        assert driver.send(server.request()).body == b"0"
        assert closed.wait(PATIENCE)
        assert driver.send(server.request()).body == b"1"


def test_a_connection_that_was_idle_too_long_is_not_used(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(echo) as server:
        driver.send(server.request())
        driver.send(server.request())
        assert server.connections == 1
        monkeypatch.setattr(pool, "IDLE_SECONDS", 0.01)
        time.sleep(0.02)
        driver.send(server.request())
        assert server.connections == 2
        assert driver.taken == 1


def test_origins_do_not_share_connections(driver: Driver) -> None:
    with ScriptedServer(echo) as one, ScriptedServer(echo) as other:
        for server in (one, other, one, other):
            driver.send(server.request())
        assert (one.connections, other.connections, driver.taken) == (1, 1, 2)


def test_an_idle_connection_makes_room_for_another_origin(make: type[Driver]) -> None:
    with (
        ScriptedServer(echo) as one,
        ScriptedServer(echo) as other,
        make(max_connections=1) as driver,
    ):
        for server in (one, other, one):
            driver.send(server.request())
        assert (one.connections, other.connections, driver.taken) == (2, 1, 1)


# Limits.


def test_who_comes_when_all_connections_are_in_use_is_served_in_turn(make: type[Driver]) -> None:
    order: list[bytes] = []
    go = threading.Event()

    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            go.wait(PATIENCE)
            order.append(request[1])
            peer.answer(request[1])

    with ScriptedServer(script) as server, make(max_connections=1) as driver:
        waiting = []
        for number in range(6):
            waiting.append(driver.start(server.request(body=b"%d" % number)))
            assert eventually(
                lambda: (
                    len(driver.engine._pool._waiters) == max(0, len(waiting) - 1)
                    and driver.taken == 1
                )
            )
        go.set()
        assert [each.result(PATIENCE).body for each in waiting] == [b"%d" % n for n in range(6)]
        assert order == [b"%d" % n for n in range(6)]
        assert server.connections == 1


def test_a_place_that_becomes_free_is_handed_on(make: type[Driver]) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        time.sleep(0.05)
        if peer.number == 0:
            peer.send(b"nonsense")
        else:
            peer.answer(b"%d" % peer.number, b"Connection: close")

    with ScriptedServer(script) as server, make(max_connections=1) as driver:
        waiting = [driver.start(server.request()) for _ in range(4)]
        found = []
        for each in waiting:
            try:
                found.append(each.result(PATIENCE).body)
            except ProtocolError:
                found.append(b"refused")
        assert sorted(found) == [b"1", b"2", b"3", b"refused"]
        assert driver.taken == 0


def test_waiting_for_a_connection_has_a_limit(make: type[Driver]) -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        while peer.read_request()[0]:
            go.wait(PATIENCE)
            peer.answer(b"ok")

    with ScriptedServer(script) as server, make(max_connections=1) as driver:
        first = driver.start(server.request())
        assert eventually(lambda: server.connections == 1)
        began = time.monotonic()
        error = failure(
            lambda: driver.send(
                server.request(timeout=Timeout(connect=5, read=5, write=5, pool=0.1))
            ),
            PoolTimeoutError,
        )
        assert 0.1 <= time.monotonic() - began < 2
        assert str(error).startswith("no connection became free within 0.1 s: ")
        assert not error.possibly_processed
        go.set()
        assert first.result(PATIENCE).body == b"ok"
        assert driver.send(server.request()).body == b"ok"
        assert driver.taken == 1
        assert not driver.engine._pool._waiters


def test_many_share_an_engine_and_everybody_gets_his_own_answer(make: type[Driver]) -> None:
    with ScriptedServer(echo) as server, make(max_connections=8) as driver:
        waiting = [
            (b"%d " % number * 50, driver.start(server.request(body=b"%d " % number * 50)))
            for number in range(300)
        ]
        for body, each in waiting:
            assert each.result(PATIENCE).body == body
        assert server.connections <= 8
        assert driver.taken <= 8


# Time.


def test_connecting_has_a_limit(driver: Driver) -> None:
    # Nobody accepts, and the queue of those who wait for it is full: no answer comes at all.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = []
        try:
            for _ in range(4):
                each = socket.socket()
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
                waiting.append(each)
            time.sleep(0.05)
            request = Request(
                "GET",
                endpoint_of(port),
                "/",
                b"GET / HTTP/1.1",
                b"",
                Timeout(connect=0.2, read=5, write=5, pool=5),
            )
            began = time.monotonic()
            error = failure(lambda: driver.send(request), ConnectTimeoutError)
            assert 0.2 <= time.monotonic() - began < 2
        finally:
            for each in waiting:
                each.close()
    assert str(error) == f"no connection to 127.0.0.1:{port} within 0.2 s"
    assert not error.possibly_processed
    assert driver.taken == 0


def test_a_silent_tls_handshake_counts_as_connecting(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.wait_until_closed()

    with ScriptedServer(script) as server:
        request = server.request(timeout=Timeout(connect=0.2, read=5, write=5, pool=5))
        request = request._replace(endpoint=endpoint_of(server.port, "https"))
        failure(lambda: driver.send(request), ConnectTimeoutError)
    assert driver.taken == 0


def test_waiting_for_the_answer_has_a_limit(driver: Driver) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        if peer.wait_until_closed():
            closed.set()

    with ScriptedServer(script) as server:
        began = time.monotonic()
        error = failure(
            lambda: driver.send(
                server.request(timeout=Timeout(connect=5, read=0.1, write=5, pool=5))
            ),
            ReadTimeoutError,
        )
        assert 0.1 <= time.monotonic() - began < 2
        assert closed.wait(PATIENCE)
    assert str(error) == (
        f"{server.endpoint.authority} sent nothing for 0.1 s; the model may still be running. "
        "A longer timeout= allows for more"
    )
    assert error.possibly_processed
    assert driver.taken == 0


def test_the_read_timeout_counts_between_reads(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        for part in (OK, b"Content-Length: 4\r\n\r\n", b"a", b"b", b"c", b"d"):
            time.sleep(0.08)
            peer.send(part)
        peer.read_request()
        peer.send(OK + b"Content-Length: 2\r\n\r\na")
        peer.wait_until_closed()

    with ScriptedServer(script) as server:
        timeout = Timeout(connect=5, read=0.3, write=5, pool=5)
        assert driver.send(server.request(timeout=timeout)).body == b"abcd"  # 0.48 s in all
        failure(lambda: driver.send(server.request(timeout=timeout)), ReadTimeoutError)


def test_a_shorter_timeout_counts_on_a_connection_that_had_a_longer_one(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"ok")
        peer.read_request()
        peer.wait_until_closed()

    with ScriptedServer(script) as server:
        driver.send(server.request(timeout=60.0))
        began = time.monotonic()
        failure(lambda: driver.send(server.request(timeout=0.1)), ReadTimeoutError)
        assert 0.1 <= time.monotonic() - began < 2
        assert server.connections == 1


def test_sending_has_a_limit(driver: Driver) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        time.sleep(0.6)
        if peer.wait_until_closed():
            closed.set()

    with ScriptedServer(script) as server:
        began = time.monotonic()
        error = failure(
            lambda: driver.send(
                server.request(
                    body=bytes(50_000_000), timeout=Timeout(connect=5, read=5, write=0.3, pool=5)
                )
            ),
            WriteTimeoutError,
        )
        assert 0.3 <= time.monotonic() - began < 3
        assert closed.wait(PATIENCE)
    assert str(error) == f"{server.endpoint.authority} took nothing for 0.3 s"
    assert not error.possibly_processed
    assert driver.taken == 0


def test_a_slow_reader_that_goes_on_reading_is_waited_for(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        got = b""
        while b"\r\n\r\n" not in got:
            got += peer.socket.recv(1000)
        left = LONG * 2 - len(got.partition(b"\r\n\r\n")[2])
        while left:
            time.sleep(0.1)  # longer in all than the timeout
            portion = min(left, 1_500_000)
            left -= portion
            while portion:
                portion -= len(peer.socket.recv(portion))
        peer.answer(b"all")

    with ScriptedServer(script) as server:
        request = server.request(
            body=bytes(LONG * 2), timeout=Timeout(connect=5, read=5, write=0.5, pool=5)
        )
        assert driver.send(request).body == b"all"


class UntilDeadline:
    """A timeout of which there is less each time."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def read(self) -> float:
        return max(self._until - time.monotonic(), 0.001)

    connect = write = pool = read


def test_a_timeout_is_asked_before_each_wait(driver: Driver) -> None:
    def drip(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 1000\r\n\r\n")
        for _ in range(100):
            time.sleep(0.02)
            peer.send(b"x")

    def sip(peer: Peer) -> None:
        for _ in range(100):
            time.sleep(0.02)
            for _ in range(8):
                peer.socket.recv(65536)

    for script, body, kind in (
        (drip, b"", ReadTimeoutError),
        (sip, bytes(50_000_000), WriteTimeoutError),
    ):
        with ScriptedServer(script) as server:
            request = server.request(body=body)._replace(timeout=UntilDeadline(0.4))
            began = time.monotonic()
            failure(lambda request=request: driver.send(request), kind)
            assert 0.39 < time.monotonic() - began < 1.6  # else 2 s
            if kind is ReadTimeoutError:
                request = request._replace(timeout=UntilDeadline(0.4))
                began = time.monotonic()
                pieces = driver.pieces(driver.open(request))
                failure(lambda pieces=pieces: list(pieces), kind)
                assert time.monotonic() - began < 1.6


def test_no_timeout_waits(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        while peer.read_request()[0]:
            time.sleep(0.1)
            peer.answer(b"ok")

    with ScriptedServer(script) as server:
        for _ in range(2):
            request = server.request(
                timeout=Timeout(connect=None, read=None, write=None, pool=None)
            )
            assert driver.send(request).body == b"ok"
        year = 365 * 24 * 3600.0
        assert driver.send(server.request(timeout=year)).body == b"ok"


# What breaks.


def test_no_server_is_a_connect_error(driver: Driver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    request = Request(
        "GET",
        endpoint_of(port),
        "/",
        b"GET / HTTP/1.1",
        b"",
        Timeout(connect=5, read=5, write=5, pool=5),
    )
    error = failure(lambda: driver.send(request), ConnectError)
    assert str(error).startswith(f"no connection to 127.0.0.1:{port}: ")
    assert "refused" in str(error)
    assert not error.possibly_processed
    assert driver.taken == 0


def test_an_unknown_host_is_a_connect_error(driver: Driver) -> None:
    endpoint = endpoint_of(80, host="no-such-host.invalid")
    request = Request(
        "GET", endpoint, "/", b"GET / HTTP/1.1", b"", Timeout(connect=5, read=5, write=5, pool=5)
    )
    assert "no connection to no-such-host.invalid" in str(
        failure(lambda: driver.send(request), ConnectError)
    )


def test_a_name_that_is_none_is_a_connect_error(driver: Driver) -> None:
    for host in ("a" * 70 + ".invalid", "a..invalid"):
        request = Request(
            "GET",
            endpoint_of(80, host=host),
            "/",
            b"GET / HTTP/1.1",
            b"",
            Timeout(connect=5, read=5, write=5, pool=5),
        )
        failure(lambda request=request: driver.send(request), ConnectError)
        assert driver.taken == 0


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_new_connection_that_breaks_may_have_been_processed(driver: Driver, how: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        if how == "reset":
            peer.reset()

    with ScriptedServer(script) as server:
        error = failure(lambda: driver.send(server.request()), ProtocolError)
        assert str(error).startswith(f"the exchange with {server.endpoint.authority} broke: ")
        assert error.possibly_processed
        assert driver.taken == 0


@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_idle_connection_that_breaks_at_the_next_request_was_closed_before(
    driver: Driver, how: str
) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"ok")
        peer.read_request()
        if how == "reset":
            peer.reset()

    with ScriptedServer(script) as server:
        driver.send(server.request())
        error = failure(lambda: driver.send(server.request()), ProtocolError)
        assert not error.possibly_processed
        assert server.connections == 1


def test_a_reused_connection_that_breaks_after_a_byte_may_have_been_processed(
    driver: Driver,
) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"ok")
        peer.read_request()
        peer.send(b"H")

    with ScriptedServer(script) as server:
        driver.send(server.request())
        error = failure(lambda: driver.send(server.request()), ProtocolError)
        assert error.possibly_processed
        assert "in the middle of its head" in str(error)


def test_a_connection_that_breaks_while_sending_was_not_processed(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.reset()

    with ScriptedServer(script) as server:
        request = server.request(body=bytes(50_000_000))
        error = failure(lambda: driver.send(request), ProtocolError)
        assert not error.possibly_processed
        assert driver.taken == 0


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (OK + b"Content-Length: 10\r\n\r\nabc", "after 3 of 10 bytes"),
        (OK + b"Content-Length: 100000\r\n\r\n" + bytes(70_000), "after 70000 of 100000 bytes"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "chunked body"),
        (b"HTTP/1.1 200", "in the middle of its head"),
        (b"SSH-2.0", "status line"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\na", "Content-Length"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n", "chunk"),
    ],
)
@pytest.mark.parametrize("way", ["send", "open"])
def test_a_broken_answer_is_a_protocol_error(
    driver: Driver, answer: bytes, said: str, way: str
) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(answer)

    def call() -> None:
        if way == "send":
            driver.send(server.request())
        else:
            list(driver.pieces(driver.open(server.request())))

    with ScriptedServer(script) as server:
        error = failure(call, ProtocolError)
        assert said in str(error)
        assert error.possibly_processed
        assert driver.taken == 0


def test_an_endless_head_is_refused(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK)
        while True:
            peer.send(b"A: b\r\n" * 1000)

    with ScriptedServer(script) as server:
        assert "65536" in str(failure(lambda: driver.send(server.request()), ProtocolError))


# Answers that come early.


@pytest.mark.parametrize("way", ["send", "open"])
@pytest.mark.parametrize("afterwards", ["close", "linger", "drain"])
def test_an_error_that_comes_while_sending_is_the_answer(
    driver: Driver, way: str, afterwards: str
) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.answer(b"too large" * 1000, status=b"413 Payload Too Large")
        if afterwards == "close":
            return  # with unread bytes: the client gets a reset behind the answer
        time.sleep(0.3)  # or it might read all while that is sent, and could be asked again
        if afterwards == "linger":
            peer.socket.shutdown(socket.SHUT_WR)
        if peer.wait_until_closed():
            closed.set()

    with ScriptedServer(script) as server:
        request = server.request(body=bytes(50_000_000))
        if way == "send":
            answer = driver.send(request)
            body = answer.body
        else:
            answer = driver.open(request)
            body = b"".join(driver.pieces(answer))
        assert (answer.status, body) == (413, b"too large" * 1000)
        if afterwards != "close":
            assert closed.wait(PATIENCE)
        assert driver.taken == 0


def test_an_interim_answer_does_not_stop_the_sending(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.begin_request()
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        echo(peer)

    with ScriptedServer(script) as server:
        body = bytes(LONG)
        assert driver.send(server.request(body=body)).body == body
        assert driver.send(server.request(body=b"next")).body == b"next"
        assert server.connections == 1


def test_a_server_that_answers_while_it_reads_gets_all(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        got = b""
        while b"\r\n\r\n" not in got:
            got += peer.socket.recv(1000)
        left = LONG * 2 - len(got.partition(b"\r\n\r\n")[2])
        peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        while left:
            left -= len(peer.socket.recv(1 << 20))
            peer.send(b"1\r\nx\r\n") if left < LONG else None
        peer.send(b"3\r\nend\r\n0\r\n\r\n")
        echo(peer)

    with ScriptedServer(script) as server:
        assert driver.send(server.request(body=bytes(LONG * 2))).body.endswith(b"end")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_answer_that_breaks_while_sending_is_an_error_at_once(driver: Driver, how: str) -> None:
    def script(peer: Peer) -> None:
        peer.begin_request()
        peer.send(OK + b"Content-Length: 10\r\n\r\nabc")
        time.sleep(0.2)
        if how == "reset":
            peer.reset()

    with ScriptedServer(script) as server:
        for way in ("send", "open"):
            request = server.request(body=bytes(50_000_000), timeout=20.0)

            def call(way: str = way, request: Request = request) -> None:
                if way == "send":
                    driver.send(request)
                else:
                    list(driver.pieces(driver.open(request)))

            began = time.monotonic()
            error = failure(call, ProtocolError)
            assert time.monotonic() - began < 5
            assert not error.possibly_processed
            assert driver.taken == 0


def test_small_pieces_are_not_sent_on_after_an_error(driver: Driver) -> None:
    sent = 0

    def script(peer: Peer) -> None:
        peer.begin_request()
        peer.answer(b"no", status=b"403 Forbidden")

    def parts() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(500):
            time.sleep(0.005)
            sent += 1
            yield b"piece"

    with ScriptedServer(script) as server:
        answer = driver.open(server.request(), parts())
        assert answer.status == 403
        assert b"".join(driver.pieces(answer)) == b"no"
        assert sent < 250
        assert driver.taken == 0


def test_a_success_that_is_complete_before_the_request_is_the_answer(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.answer(b"enough")
        assert closed.wait(PATIENCE)  # if it read on, all might go out in one system call

    closed = threading.Event()
    with ScriptedServer(script) as server:
        request = server.request(
            body=bytes(50_000_000), timeout=Timeout(connect=5, read=5, write=1, pool=5)
        )
        assert driver.send(request).body == b"enough"
        closed.set()
        assert driver.taken == 0


# Streams.


def test_a_stream_is_handed_over_as_it_comes(driver: Driver) -> None:
    go = threading.Semaphore(0)

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Transfer-Encoding: chunked\r\nA: b\r\n\r\n")
        for number in range(5):
            go.acquire(timeout=PATIENCE)
            peer.send(b"2\r\n%d.\r\n" % number)
        peer.send(b"0\r\n\r\n")
        echo(peer)

    with ScriptedServer(script) as server:
        answer = driver.open(server.request())
        assert (answer.status, answer.headers["a"]) == (200, "b")
        pieces = driver.pieces(answer)
        for number in range(5):
            go.release()
            assert next(pieces) == b"%d." % number
        assert list(pieces) == []
        driver.close_answer(answer)
        assert driver.send(server.request(body=b"next")).body == b"next"
        assert server.connections == 1


def test_a_stream_comes_in_pieces_of_bounded_size_and_nobody_reads_ahead(driver: Driver) -> None:
    sent = 0

    def script(peer: Peer) -> None:
        nonlocal sent
        peer.read_request()
        peer.send(OK + b"Content-Length: 50000000\r\n\r\n")
        for _ in range(500):
            peer.send(bytes(100_000))
            sent += 100_000

    with ScriptedServer(script) as server:
        answer = driver.open(server.request())
        pieces = driver.pieces(answer)
        first = next(pieces)
        time.sleep(0.3)
        assert sent < 30_000_000  # the server is held up
        sizes = [len(first), *map(len, pieces)]
        assert sum(sizes) == 50_000_000
        assert max(sizes) <= 200_000


def test_a_stream_that_is_closed_early_closes_its_connection(driver: Driver) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 10\r\n\r\nabc")
        if peer.wait_until_closed():
            closed.set()

    with ScriptedServer(script) as server:
        answer = driver.open(server.request())
        assert next(driver.pieces(answer)) == b"abc"
        driver.close_answer(answer)
        assert closed.wait(PATIENCE)
        assert driver.taken == 0
        driver.close_answer(answer)  # once more does nothing
        assert driver.taken == 0
        error = failure(lambda: next(driver.pieces(answer)), ProtocolError)
        assert "closed before its end" in str(error)


def test_closing_a_stream_ends_the_wait_of_whoever_reads_it(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 10\r\n\r\nabc")
        assert peer.wait_until_closed()

    with ScriptedServer(script) as server:
        answer = driver.open(server.request(timeout=60.0))
        pieces = driver.pieces(answer)
        assert next(pieces) == b"abc"
        read_on = meanwhile(lambda: next(pieces))
        time.sleep(0.05)
        driver.close_answer(answer)
        with pytest.raises(ProtocolError, match="closed"):
            read_on.result(PATIENCE)
        assert driver.taken == 0


def test_a_stream_that_is_dropped_closes_its_connection(driver: Driver) -> None:
    closed = threading.Semaphore(0)

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 10\r\n\r\nabc")
        if peer.wait_until_closed():
            closed.release()

    with ScriptedServer(script) as server:
        answer = driver.open(server.request())
        del answer
        gc.collect()
        assert closed.acquire(timeout=PATIENCE)
        pieces = driver.pieces(driver.open(server.request()))
        next(pieces)
        del pieces
        gc.collect()
        assert closed.acquire(timeout=PATIENCE)
        assert eventually(lambda: driver.taken == 0)


def test_a_dropped_stream_frees_its_place_for_who_waits(make: type[Driver]) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        if peer.number == 0:
            peer.send(OK + b"Content-Length: 10\r\n\r\nabc")
            peer.wait_until_closed()
        else:
            peer.answer(b"ok")

    with ScriptedServer(script) as server, make(max_connections=1) as driver:
        answer = driver.open(server.request())
        waiting = driver.start(server.request())
        assert eventually(lambda: len(driver.engine._pool._waiters) == 1)
        del answer
        gc.collect()
        assert waiting.result(PATIENCE).body == b"ok"


def test_an_answer_may_be_read_on_after_a_pause(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 6\r\n\r\nabc")
        time.sleep(0.1)
        peer.send(b"def")
        peer.wait_until_closed()

    with ScriptedServer(script) as server:
        answer = driver.open(server.request())
        for piece in driver.pieces(answer):
            assert piece == b"abc"
            break
        assert b"".join(driver.pieces(answer)) == b"def"
        assert list(driver.pieces(answer)) == []
        assert driver.taken == 1


def test_a_stream_has_the_read_timeout_between_reads(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 6\r\n\r\nabc")
        peer.wait_until_closed()

    with ScriptedServer(script) as server:
        answer = driver.open(server.request(timeout=Timeout(connect=5, read=0.2, write=5, pool=5)))
        pieces = driver.pieces(answer)
        assert next(pieces) == b"abc"
        failure(lambda: next(pieces), ReadTimeoutError)
        assert driver.taken == 0


def test_what_came_before_a_stream_broke_is_handed_over(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")

    with ScriptedServer(script) as server:
        answer = driver.open(server.request())
        time.sleep(0.1)
        pieces = driver.pieces(answer)
        assert next(pieces) == b"abc"
        failure(lambda: next(pieces), ProtocolError)


@pytest.mark.parametrize(
    ("parts", "length", "framed"),
    [
        ([b"ab", b"", b"c" * 20], None, b"2\r\nab\r\n14\r\n" + b"c" * 20 + b"\r\n0\r\n\r\n"),
        ([], None, b"0\r\n\r\n"),
        ([b"ab", b"cd"], 4, b"abcd"),
    ],
)
def test_a_body_may_be_sent_in_pieces(
    driver: Driver, parts: list[bytes], length: int | None, framed: bytes
) -> None:
    heads = []

    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            heads.append(request[0])
            peer.answer(request[1])

    with ScriptedServer(script) as server:
        for _ in range(2):
            arguments = () if length is None else (length,)
            answer = driver.open(server.request(), iter(parts), *arguments)
            assert b"".join(driver.pieces(answer)) == framed
        assert server.connections == 1
    frame = b"Transfer-Encoding: chunked" if length is None else b"Content-Length: %d" % length
    assert heads[0].endswith(frame)


def test_an_error_of_the_bodys_source_is_raised_as_it_is(driver: Driver) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        if peer.wait_until_closed():
            closed.set()

    def parts() -> Iterator[bytes]:
        yield b"begin"
        raise OSError("the disk is gone")

    with ScriptedServer(script) as server:
        with pytest.raises(OSError, match="the disk is gone") as caught:
            driver.open(server.request(), parts())
        assert type(caught.value) is OSError
        assert closed.wait(PATIENCE)
        assert driver.taken == 0


def test_a_body_in_pieces_that_breaks_its_word_is_refused(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.wait_until_closed()

    with ScriptedServer(script) as server:
        for parts in ([b"abc"], [b"abcdefgh"]):
            error = failure(
                lambda p=parts: driver.open(server.request(), iter(p), 5), ProtocolError
            )
            assert not error.possibly_processed
        assert driver.taken == 0


def test_an_early_answer_stops_a_body_in_pieces(driver: Driver) -> None:
    def script(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.answer(b"no", status=b"403 Forbidden")
        time.sleep(0.3)
        peer.wait_until_closed()

    def parts() -> Iterator[bytes]:
        for _ in range(1000):
            yield bytes(100_000)

    with ScriptedServer(script) as server:
        answer = driver.open(server.request(), parts())
        assert answer.status == 403
        assert b"".join(driver.pieces(answer)) == b"no"
        assert driver.taken == 0


# The end.


def test_a_closed_engine_refuses(driver: Driver) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"ok")
        if peer.wait_until_closed():
            closed.set()

    with ScriptedServer(script) as server:
        driver.send(server.request())
        driver.close()
        assert closed.wait(PATIENCE)
        error = failure(lambda: driver.send(server.request()), ConnectError)
        assert "closed" in str(error)
        assert driver.taken == 0


def test_closing_lets_what_is_under_way_end_and_turns_away_who_waits(make: type[Driver]) -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        go.wait(PATIENCE)
        peer.answer(b"ok")
        peer.wait_until_closed()

    with ScriptedServer(script) as server, make(max_connections=1) as driver:
        first = driver.start(server.request())
        assert eventually(lambda: server.connections == 1)
        second = driver.start(server.request())
        assert eventually(lambda: len(driver.engine._pool._waiters) == 1)
        driver.close()
        failure(lambda: second.result(PATIENCE), ConnectError)
        go.set()
        assert first.result(PATIENCE).body == b"ok"
        assert eventually(lambda: driver.taken == 0)


# Memory and modules.


@pytest.mark.parametrize("frame", ["length", "close"])
def test_a_large_answer_is_held_once(driver: Driver, frame: str) -> None:
    size = 25_000_000

    def script(peer: Peer) -> None:
        while peer.read_request()[0]:
            if frame == "length":
                peer.send(OK + b"Content-Length: %d\r\n\r\n" % size)
            else:
                peer.send(OK + b"\r\n")
            for _ in range(size // 100_000):
                peer.send(blank)
            if frame == "close":
                return

    blank = bytes(100_000)
    with ScriptedServer(script) as server:
        driver.send(server.request())
        tracemalloc.start()
        try:
            answer = driver.send(server.request())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert len(answer.body) == size
    assert peak < size * (1 if frame == "length" else 1.2) + 1_000_000


def test_a_large_request_is_not_copied(driver: Driver) -> None:
    size = 25_000_000

    def script(peer: Peer) -> None:
        while (received := len(peer.socket.recv(65536))) > 0:
            total = received
            while total < size:
                total += len(peer.socket.recv(65536))
            peer.answer(b"all")

    with ScriptedServer(script) as server:
        request = server.request(body=bytes(size))
        driver.send(request)
        tracemalloc.start()
        try:
            driver.send(request)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 1_000_000


def test_the_synchronous_way_loads_no_module_it_does_not_use() -> None:
    code = """
import sys, socket, threading
from wrapper._engine.sync_engine import SocketEngine
from wrapper._http import Request
from wrapper._endpoints import resolve_endpoint
from wrapper._timeouts import Timeout

listener = socket.create_server(("127.0.0.1", 0))
def serve():
    connection = listener.accept()[0]
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
threading.Thread(target=serve, daemon=True).start()
endpoint = resolve_endpoint("us-east-1", endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
engine = SocketEngine()
assert engine.send(Request("GET", endpoint, "/", b"GET / HTTP/1.1", b"", Timeout())).body == b"ok"
print([name for name in ("asyncio", "ssl", "httpx", "certifi", "h11", "http.client", "email",
    "concurrent.futures", "logging") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
