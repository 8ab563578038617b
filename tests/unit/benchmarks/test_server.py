"""The server of the benchmarks, and workers that call it."""

from __future__ import annotations

import http.client
import ssl
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace

import h11
import pytest
from botocore.eventstream import EventStreamBuffer

from benchmarks.answers import WAIT_SECONDS, answer, event_stream, names
from benchmarks.peers.account import invocations_path
from benchmarks.rows import MEASUREMENTS, Measurement
from benchmarks.runner import Runner, Server, running_server
from benchmarks.verification import InvalidRequestError


@pytest.fixture
def server(tmp_path, monkeypatch) -> Iterator[Server]:
    monkeypatch.setattr("benchmarks.runner.FOLDER", tmp_path)
    with running_server() as running:
        yield running


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=10)
    yield made
    made.close()


def ask(connection: http.client.HTTPConnection, endpoint: str, body: bytes = b"x") -> bytes:
    connection.request("POST", invocations_path(endpoint), body)
    return connection.getresponse().read()


def decoded(stream: bytes) -> bytes:
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    return b"".join(event.payload for event in buffer)


@pytest.mark.parametrize("name", names())
def test_every_answer_is_whole_to_h11_and_its_stream_to_botocore(name: str) -> None:
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    parser.send(h11.EndOfMessage())
    parser.receive_data(b"".join(answer(name).pieces))
    assert isinstance(parser.next_event(), h11.Response)
    body = bytearray()
    while isinstance(event := parser.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert parser.trailing_data[0] == b""
    assert (decoded(bytes(body)) if answer(name).parts else body) == answer(name).body


def test_a_stream_for_the_decoders_has_the_payloads_it_says() -> None:
    stream, payloads = event_stream(64, 100)
    assert decoded(stream) == payloads
    assert len(payloads) == 6400


def test_answers_come_over_one_connection_plain_and_over_tls(
    server: Server, connection: http.client.HTTPConnection
) -> None:
    context = ssl.create_default_context(cafile=server.bundle)
    secure = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], context=context)
    for each in (connection, secure):
        for _ in range(3):
            assert ask(each, "small") == answer("small").body
    secure.close()
    report = server.report()
    assert (report["requests"], report["connections"], len(report["samples"])) == (6, 2, 2)


def test_large_bodies_come_and_go_whole(
    server: Server, connection: http.client.HTTPConnection
) -> None:
    from hashlib import sha256

    body = bytes(range(256)) * 24 * 1024
    assert ask(connection, "large-6", body) == answer("large-6").body
    assert ask(connection, "small", body) == answer("small").body
    (sample,) = server.report()["samples"]
    assert sample["body_sha256"] == sha256(body).hexdigest()


def test_a_request_may_come_byte_by_byte(connection: http.client.HTTPConnection) -> None:
    connection.connect()
    request = f"POST {invocations_path('small')} HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
    for byte in request.encode():
        connection.sock.sendall(bytes([byte]))
    received = b""
    while not received.endswith(answer("small").body):
        received += connection.sock.recv(4096)
    assert received == answer("small").pieces[0]


def test_the_slow_endpoint_takes_its_time(connection: http.client.HTTPConnection) -> None:
    ask(connection, "slow")
    start = time.perf_counter()
    assert ask(connection, "slow") == answer("slow").body
    assert time.perf_counter() - start >= WAIT_SECONDS


def test_a_stream_pauses_after_its_first_part(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", invocations_path("stream-paused"), b"x")
    start = time.perf_counter()
    assert decoded(connection.getresponse().read()) == answer("stream-paused").body
    assert time.perf_counter() - start >= WAIT_SECONDS / 2


def test_a_call_that_is_not_signed_does_not_count(
    server: Server, connection: http.client.HTTPConnection
) -> None:
    ask(connection, "small")
    with pytest.raises(InvalidRequestError, match="is not signed"):
        Runner(server, {})._verify(at_least=1, connections=1)


def values_of(peer: str, server: Server, measurements: list[Measurement]) -> None:
    """Measure in a hurry, with the client as it is in the environment of the tests."""
    environment = SimpleNamespace(python=sys.executable, installed_bytes=lambda: 1)
    results = Runner(server, {peer: environment}, hurry=40).run(measurements, 1)
    assert results.failures == []
    assert set(results.values) == {row.key for each in measurements for row in each.rows}
    assert all(set(values) == {peer} for values in results.values.values())


def with_rows(*keys: str) -> list[Measurement]:
    return [each for each in MEASUREMENTS if {row.key for row in each.rows} & set(keys)]


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["boto3", "wrapper"])
def test_every_kind_of_measurement_gives_a_value_for_every_row(server: Server, peer: str) -> None:
    kinds: dict[tuple[str, str], Measurement] = {}
    for each in MEASUREMENTS:
        if peer in each.peers:
            kinds.setdefault((each.measure, each.shell), each)
    values_of(peer, server, list(kinds.values()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("peer", "shell"),
    [("httpx", "sync"), ("httpx", "async"), ("urllib3", "sync"), ("aiohttp", "async")],
)
def test_each_bare_library_makes_signed_calls_plain_over_tls_and_many_at_once(
    server: Server, peer: str, shell: str
) -> None:
    values_of(
        peer, server, with_rows(f"cpu-{shell}", f"cold-start-{shell}", f"rate-64-small-{shell}")
    )
