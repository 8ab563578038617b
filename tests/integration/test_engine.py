"""Both engines over TLS, and against servers that others wrote."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Mount, Route

from tests.engine_drivers import AsyncDriver, Driver, SyncDriver, UvloopDriver, meanwhile
from tests.scripted_server import PATIENCE, Peer, ScriptedServer, endpoint_of
from wrapper import _certificates
from wrapper._engine import tls
from wrapper._engine.async_connection import AsyncConnection
from wrapper._errors import (
    ConfigurationError,
    ConnectError,
    ProtocolError,
    TransportError,
    WriteTimeoutError,
)
from wrapper._http import Request
from wrapper._http11.head import encode_head
from wrapper._timeouts import Timeout

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(params=[SyncDriver, AsyncDriver, UvloopDriver], ids=["sync", "async", "uvloop"])
def make(request: pytest.FixtureRequest) -> type[Driver]:
    return request.param


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def server_context(authority: trustme.CA, *names: str, **facts: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1")), **facts).configure_cert(context)
    return context


def to(server: ScriptedServer, host: str = "localhost", body: bytes = b"") -> Request:
    return server.request(body=body)._replace(endpoint=endpoint_of(server.port, "https", host))


def echo(peer: Peer) -> None:
    while (request := peer.read_request())[0]:
        peer.answer(request[1])


def refusal(driver: Driver, request: Request) -> str:
    with pytest.raises(ConnectError) as caught:
        driver.send(request)
    assert type(caught.value) is ConnectError
    assert not caught.value.possibly_processed
    assert driver.taken == 0
    return str(caught.value)


# Certificates.


def test_a_private_authority_is_trusted_by_its_bundle(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    with ScriptedServer(echo, context=server_context(authority)) as server:
        with make(verify=bundle) as driver:
            body = bytes(range(256)) * 8000
            for size in (5, len(body), 70_000, 0):
                assert driver.send(to(server, body=body[:size])).body == body[:size]
            assert server.connections == 1
        context = ssl.create_default_context(cafile=bundle)
        with make(verify=context) as driver:
            assert driver.send(to(server, body=b"x")).body == b"x"


def test_the_name_and_the_protocol_are_told_to_the_server(
    make: type[Driver], authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def without_dot(host: Any, *rest: Any, **facts: Any) -> Any:
        return resolve(
            "localhost" if host in {"localhost.", b"localhost."} else host, *rest, **facts
        )

    monkeypatch.setattr(socket, "getaddrinfo", without_dot)
    context = server_context(authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    names = []
    context.sni_callback = lambda _, name, __: names.append(name)
    protocols = []

    def script(peer: Peer) -> None:
        assert isinstance(peer.socket, ssl.SSLSocket)
        protocols.append(peer.socket.selected_alpn_protocol())
        echo(peer)

    with ScriptedServer(script, context=context) as server, make(verify=bundle) as driver:
        driver.send(to(server, "localhost"))
        if make is not UvloopDriver:  # which resolves names past Python's own module
            driver.send(to(server, "localhost."))  # whose dot is not part of the name (RFC 6066)
            assert names.pop() == "localhost"
        driver.send(to(server, "127.0.0.1"))  # an address is none (RFC 6066), but is checked
    assert names == ["localhost", None]
    assert set(protocols) == {"http/1.1"}


def test_an_unknown_authority_is_refused(make: type[Driver], authority: trustme.CA) -> None:
    with ScriptedServer(echo, context=server_context(authority)) as server:
        with make() as driver:
            said = refusal(driver, to(server))
        assert "its certificate is refused: unable to get local issuer certificate" in said
        assert "verify=" in said
        with make(verify=False) as driver:
            assert driver.send(to(server, body=b"x")).body == b"x"


def test_the_certificate_of_another_name_is_refused(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    with (
        ScriptedServer(echo, context=server_context(authority, "other.example")) as server,
        make(verify=bundle) as driver,
    ):
        assert "certificate is not valid for 'localhost'" in refusal(driver, to(server))
        assert "not valid for '127.0.0.1'" in refusal(driver, to(server, "127.0.0.1"))


def test_an_expired_certificate_is_refused(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    context = server_context(authority, not_after=yesterday)
    with ScriptedServer(echo, context=context) as server, make(verify=bundle) as driver:
        assert "certificate has expired" in refusal(driver, to(server))


def test_a_server_without_tls_is_a_connect_error(make: type[Driver]) -> None:
    def script(peer: Peer) -> None:
        peer.socket.recv(1000)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with ScriptedServer(script) as server, make() as driver:
        assert "TLS failed: " in refusal(driver, to(server))


def test_a_server_that_hangs_up_in_the_handshake_is_a_connect_error(make: type[Driver]) -> None:
    def script(peer: Peer) -> None:
        peer.socket.recv(1000)

    with ScriptedServer(script) as server, make() as driver:
        refusal(driver, to(server))


def test_a_context_that_agrees_on_another_protocol_is_refused(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    context = server_context(authority)
    context.set_alpn_protocols(["h2"])
    own = ssl.create_default_context(cafile=bundle)
    own.set_alpn_protocols(["h2", "http/1.1"])
    with ScriptedServer(echo, context=context) as server, make(verify=own) as driver:
        assert "the server speaks 'h2'" in refusal(driver, to(server))


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_whole_answer_is_read_though_tls_ends_without_its_own_end(
    make: type[Driver], authority: trustme.CA, bundle: str, framing: str
) -> None:
    """Its frame says that it is whole; many servers just close."""
    body = bytes(range(256)) * 8000
    head = OK + b"Connection: close\r\n"  # the next call shall not come before the end does
    answer = head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    if framing == "chunks":
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        answer = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(answer)  # and the socket is closed, without TLS's own end

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        for _ in range(5):
            assert driver.send(to(server)).body == body
        if make is UvloopDriver:  # drops what its reader has not taken (docs/design/engine.md)
            return
        for _ in range(5):
            assert b"".join(driver.pieces(driver.open(to(server)))) == body


def test_closing_a_stream_ends_the_wait_of_whoever_reads_it_over_tls(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 10\r\n\r\nabc")
        assert peer.wait_until_closed()

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        answer = driver.open(to(server))
        pieces = driver.pieces(answer)
        assert next(pieces) == b"abc"
        read_on = meanwhile(lambda: next(pieces))
        time.sleep(0.05)
        driver.close_answer(answer)
        with pytest.raises(ProtocolError, match="closed"):
            read_on.result(PATIENCE)
        assert driver.taken == 0


def small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a slow link: what is written stays with the client."""

    def connection_made(connection: AsyncConnection, transport: asyncio.BaseTransport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        made(connection, transport)

    made = AsyncConnection.connection_made
    monkeypatch.setattr(AsyncConnection, "connection_made", connection_made)


each_loop = pytest.mark.parametrize("make", [AsyncDriver, UvloopDriver], ids=["async", "uvloop"])


@each_loop
def test_what_tls_was_given_and_has_not_gone_out_is_known(
    make: type[Driver], authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_buffers(monkeypatch)

    def script(peer: Peer) -> None:
        peer.socket.recv(100)
        if peer.number == 0:  # an early answer, and nothing more is read
            peer.send(OK + b"Content-Length: 5\r\n\r\nearly")
            peer.wait_until_closed()
        elif peer.number == 1:  # nothing is read, nor said
            time.sleep(1.5)
        else:
            peer.answer(b"next")

    with (
        ScriptedServer(script, context=server_context(authority), receive_buffer=2304) as server,
        make(verify=bundle) as driver,
    ):
        body = bytes(32_000)
        assert driver.send(to(server, body=body)).body == b"early"
        request = to(server, body=body)._replace(
            timeout=Timeout(connect=5, read=5, write=0.3, pool=5)
        )
        with pytest.raises(WriteTimeoutError) as caught:
            driver.send(request)
        assert not caught.value.possibly_processed
        assert driver.send(to(server)).body == b"next"
        assert server.connections == 3


@each_loop
def test_a_slow_upload_over_tls_goes_on(
    make: type[Driver], authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_buffers(monkeypatch)

    def script(peer: Peer) -> None:
        received = 0
        while received < 400_000:
            received += len(peer.socket.recv(16_384))
            time.sleep(0.04)
        peer.answer(b"thanks")

    with (
        ScriptedServer(script, context=server_context(authority), receive_buffer=2304) as server,
        make(verify=bundle) as driver,
    ):
        request = to(server, body=bytes(400_000))._replace(
            timeout=Timeout(connect=5, read=5, write=0.4, pool=5)
        )
        assert driver.send(request).body == b"thanks"


@pytest.mark.parametrize("what", ["missing", "empty", "nonsense"])
def test_an_unreadable_bundle_is_a_configuration_error(
    make: type[Driver], tmp_path: Path, what: str
) -> None:
    path = tmp_path / "ca.pem"
    if what != "missing":
        path.write_text("" if what == "empty" else "-----BEGIN CERTIFICATE-----\nx\n")
    with ScriptedServer(echo) as server, make(verify=str(path)) as driver:
        driver.send(server.request())  # plain HTTP needs none
        with pytest.raises(ConfigurationError, match="PEM") as caught:
            driver.send(to(server))
        assert caught.value.setting == "verify"
        assert driver.taken == 1


def test_the_context_is_made_once(
    make: type[Driver], authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    original = tls.tls_context
    monkeypatch.setattr(
        tls, "tls_context", lambda verify: (made.append(verify), original(verify))[1]
    )

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"", b"Connection: close")

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        waiting = [driver.start(to(server)) for _ in range(8)]
        for each in waiting:
            each.result(PATIENCE)
        assert server.connections == 8
    assert made == [bundle]


def test_the_usual_authorities_are_certifis() -> None:
    import certifi

    assert _certificates._mozillas() == certifi.where()
    assert tls.tls_context(verify=True).cert_store_stats()["x509_ca"] > 50


# Connections over TLS.


def test_an_idle_connection_that_the_server_closed_is_not_used(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(b"%d" % peer.number)
        if peer.number == 0:
            assert isinstance(peer.socket, ssl.SSLSocket)
            with contextlib.suppress(OSError):
                peer.socket.settimeout(0.1)
                peer.socket.unwrap()
            peer.socket.close()
            closed.set()
        elif peer.number == 1:
            peer.socket.close()  # without saying so
            closed.set()

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        for number in range(3):
            assert driver.send(to(server)).body == b"%d" % number
            assert closed.wait(PATIENCE)
            closed.clear() if number == 0 else None


def test_bytes_that_nobody_asked_for_never_answer_the_next_request(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        right = OK + b"Content-Length: 7\r\n\r\nright %d" % peer.number
        # In one record, so that TLS has decrypted both when the first is read.
        peer.send(right + OK + b"Content-Length: 5\r\n\r\nwrong")
        peer.wait_until_closed()

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        for number in range(3):
            assert driver.send(to(server)).body == b"right %d" % number


@pytest.mark.parametrize("properly", [True, False])
def test_a_close_delimited_answer_must_end_properly(
    make: type[Driver], authority: trustme.CA, bundle: str, *, properly: bool
) -> None:
    def script(peer: Peer) -> None:
        assert isinstance(peer.socket, ssl.SSLSocket)
        peer.read_request()
        peer.send(OK + b"\r\n" + b"part of it " * 10_000)
        if properly:
            with contextlib.suppress(OSError):
                peer.socket.unwrap()
        else:
            peer.socket.shutdown(socket.SHUT_RDWR)

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        if properly:
            assert driver.send(to(server)).body == b"part of it " * 10_000
        else:
            with pytest.raises(ProtocolError) as caught:
                driver.send(to(server))
            assert caught.value.possibly_processed


def test_an_early_error_is_the_answer(
    make: type[Driver], authority: trustme.CA, bundle: str
) -> None:
    def script(peer: Peer) -> None:
        peer.socket.recv(16_384)
        peer.answer(b"too large", status=b"413 Payload Too Large")
        peer.wait_until_closed()  # as servers do that mean well

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        answer = driver.send(to(server, body=bytes(50_000_000)))
        assert (answer.status, answer.body) == (413, b"too large")
        assert driver.taken == 0


def test_streams_and_timeouts_work(make: type[Driver], authority: trustme.CA, bundle: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            peer.send(b"3e8\r\n" + bytes(1000) + b"\r\n")
        peer.wait_until_closed()

    with (
        ScriptedServer(script, context=server_context(authority)) as server,
        make(verify=bundle) as driver,
    ):
        request = to(server)._replace(timeout=Timeout(connect=5, read=0.3, write=5, pool=5))
        pieces = driver.pieces(driver.open(request))
        received = 0
        with pytest.raises(TransportError, match=r"nothing for 0\.3 s"):  # noqa: PT012 - the last
            for piece in pieces:
                received += len(piece)
        assert received == 100_000
        assert driver.taken == 0


# Servers that others wrote.


@contextlib.contextmanager
def uvicorn_serving(app: Any, **settings: Any) -> Iterator[int]:
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off", **settings)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


async def starlette_echo(request: StarletteRequest) -> Response:
    body = await request.body()
    return Response(body, headers={"X-Length": request.headers.get("content-length", "none")})


async def stream_echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer while the request comes."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        body = message.get("body", b"")
        await send({"type": "http.response.body", "body": body, "more_body": more})


APP = Starlette(
    routes=[
        Route("/echo", starlette_echo, methods=["GET", "HEAD", "POST"]),
        Mount("/stream", stream_echo),
    ]
)


def requests_to(port: int, **facts: Any) -> Request:
    endpoint = endpoint_of(port, facts.pop("scheme", "http"), facts.pop("host", "127.0.0.1"))
    values = {"method": "POST", "target": "/echo", "body": b"", **facts}
    head = encode_head(values["method"], values["target"], [("Host", endpoint.authority)])
    return Request(
        endpoint=endpoint, head=head, timeout=Timeout(connect=5, read=5, write=5, pool=5), **values
    )


def test_uvicorn_is_understood(
    make: type[Driver], authority: trustme.CA, bundle: str, tmp_path: Path
) -> None:
    issued = authority.issue_cert("localhost")
    key = tmp_path / "key.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(key)
    body = bytes(range(256)) * 8000
    for secure in (False, True):
        settings = {"ssl_keyfile": key, "ssl_certfile": key} if secure else {}
        place = {"scheme": "https", "host": "localhost"} if secure else {}
        with uvicorn_serving(APP, **settings) as port, make(verify=bundle) as driver:
            for _ in range(3):
                assert driver.send(requests_to(port, body=body, **place)).body == body
                assert driver.send(requests_to(port, method="HEAD", **place)).body == b""
                answer = driver.send(requests_to(port, method="GET", **place))
                assert answer.headers["x-length"] == "none"
                assert driver.send(requests_to(port, target="/none", **place)).status == 404
            answer = driver.open(requests_to(port, target="/stream/", body=body, **place))
            assert answer.headers["transfer-encoding"] == "chunked"
            assert b"".join(driver.pieces(answer)) == body
            parts = [body[at : at + 100_000] for at in range(0, len(body), 100_000)]
            answer = driver.open(requests_to(port, target="/stream/", **place), parts)
            assert b"".join(driver.pieces(answer)) == body
            assert driver.taken == 1


def test_the_standard_librarys_server_is_understood(make: type[Driver]) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            if self.path != "/close":
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = self.path == "/close"

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with make() as driver:
            for version in ("HTTP/1.0", "HTTP/1.1"):
                Handler.protocol_version = version
                for path in ("/", "/close", "/"):
                    request = requests_to(server.server_port, target=path, body=b"body" * 9999)
                    assert driver.send(request).body == b"body" * 9999
        server.shutdown()
