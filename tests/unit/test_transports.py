"""The transports, in clients of httpx: as httpx's own behave, on the same wire."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.scripted_server import PATIENCE, Peer, ScriptedServer
from wrapper._errors import ConfigurationError
from wrapper.transports import AsyncTransport, Transport

OK = b"HTTP/1.1 200 OK\r\n"


class SyncClient:
    def __init__(self, **settings: Any) -> None:
        self.client = httpx.Client(transport=Transport(**settings), timeout=5, trust_env=False)

    def request(self, *arguments: Any, **keywords: Any) -> httpx.Response:
        return self.client.request(*arguments, **keywords)

    def stream(self, *arguments: Any, **keywords: Any) -> list[bytes]:
        with self.client.stream(*arguments, **keywords) as response:
            return list(response.iter_raw())

    def close(self) -> None:
        self.client.close()


class AsyncClient:
    def __init__(self, **settings: Any) -> None:
        self.client = httpx.AsyncClient(
            transport=AsyncTransport(**settings), timeout=5, trust_env=False
        )
        self.runner = asyncio.Runner()

    def request(self, *arguments: Any, **keywords: Any) -> httpx.Response:
        if (content := keywords.get("content")) is not None and not isinstance(content, bytes):
            keywords["content"] = asynchronous(content)
        return self.runner.run(self.client.request(*arguments, **keywords))

    def stream(self, *arguments: Any, **keywords: Any) -> list[bytes]:
        async def run() -> list[bytes]:
            async with self.client.stream(*arguments, **keywords) as response:
                return [piece async for piece in response.aiter_raw()]

        return self.runner.run(run())

    def close(self) -> None:
        self.runner.run(self.client.aclose())
        self.runner.close()


async def asynchronous(pieces: Any) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


Client = SyncClient | AsyncClient


@pytest.fixture(params=[SyncClient, AsyncClient], ids=["sync", "async"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    client = request.param()
    yield client
    client.close()


def url(server: ScriptedServer, path: str = "/") -> str:
    return server.endpoint.url + path


def test_the_bytes_on_the_wire_are_those_of_httpxs_own_transport(client: Client) -> None:
    received: list[bytes] = []

    def script(peer: Peer) -> None:
        received.append(b"\r\n\r\n".join(peer.read_request()))
        peer.answer(b"ok", b"Connection: close")

    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("GET", "/path%2F%20x?a=b&c"), {}),
        (("POST", "/"), {"json": {"a": "é"}}),
        (("POST", "/"), {"data": {"a": "b c"}, "headers": {"X-Thing": "é".encode()}}),
        (("POST", "/"), {}),
        (("PUT", "/"), {"content": b""}),
        (("DELETE", "/"), {}),
        (("GET", "/"), {"content": b"body"}),
    ]
    with ScriptedServer(script) as server, httpx.Client(trust_env=False) as stock:
        for (method, path), keywords in calls:
            client.request(method, url(server, path), **keywords)
            stock.request(method, url(server, path), **keywords)
    ours, theirs = received[::2], received[1::2]

    def parts(request: bytes) -> tuple[bytes, list[bytes], bytes]:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *fields = head.split(b"\r\n")
        return first, sorted(fields), body  # the engine says the length last

    assert [parts(each) for each in ours] == [parts(each) for each in theirs]


def test_an_answer_is_handed_over_as_it_came(client: Client) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(
            b"HTTP/1.1 299 Quite Fine\r\n"
            b"Set-Cookie: a=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT\r\n"
            b"set-cookie: b=2\r\n"
            b"X-Latin: \xe9\r\n"
            b"Content-Length: 2\r\n\r\nok"
        )

    with ScriptedServer(script) as server:
        response = client.request("GET", url(server))
    assert (response.status_code, response.reason_phrase) == (299, "Quite Fine")
    assert (response.http_version, response.content) == ("HTTP/1.1", b"ok")
    assert response.headers.raw == [
        (b"Set-Cookie", b"a=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT"),
        (b"set-cookie", b"b=2"),
        (b"X-Latin", b"\xe9"),
        (b"Content-Length", b"2"),
    ]
    assert dict(response.cookies) == {"a": "1", "b": "2"}
    assert response.elapsed.total_seconds() > 0


def test_connections_are_reused(client: Client) -> None:
    def script(peer: Peer) -> None:
        while peer.read_request()[0]:
            peer.send(OK + b"Content-Length: 3\r\nContent-Encoding: identity\r\n\r\nabc")

    with ScriptedServer(script) as server:
        for _ in range(3):
            assert client.request("GET", url(server)).content == b"abc"
            assert b"".join(client.stream("GET", url(server))) == b"abc"
        assert server.connections == 1


def test_a_body_of_unknown_length_is_sent_in_chunks(client: Client) -> None:
    def script(peer: Peer) -> None:
        while (request := peer.read_request())[0]:
            peer.answer(request[1])

    with ScriptedServer(script) as server:
        for _ in range(2):
            response = client.request("POST", url(server), content=iter([b"ab", b"", b"cde"]))
            assert response.content == b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"
        response = client.request(
            "POST", url(server), content=iter([b"ab", b"cde"]), headers={"Content-Length": "5"}
        )
        assert response.content == b"abcde"
        assert server.connections == 1


@pytest.mark.parametrize("length", ["4", "6", "-1", "x"])
def test_a_body_that_is_not_as_long_as_it_says_is_refused(client: Client, length: str) -> None:
    with (
        ScriptedServer(lambda peer: peer.wait_until_closed() or None) as server,
        pytest.raises(httpx.LocalProtocolError),
    ):
        client.request(
            "POST", url(server), content=iter([b"ab", b"cde"]), headers={"Content-Length": length}
        )


def test_a_form_with_files_is_sent() -> None:
    def script(peer: Peer) -> None:
        peer.answer(peer.read_request()[1])

    with (
        ScriptedServer(script) as server,
        httpx.Client(transport=Transport(), trust_env=False) as client,
    ):
        response = client.post(url(server), files={"f": ("name", b"content")}, data={"a": "b"})
    assert b'name="f"; filename="name"' in response.content
    assert b"content" in response.content


def raised(client: Client, script: Callable[[Peer], None], **keywords: Any) -> httpx.HTTPError:
    with ScriptedServer(script) as server, pytest.raises(httpx.HTTPError) as caught:
        client.request("POST", url(server), **keywords)
    assert caught.value.request.method == "POST"
    return caught.value


def test_failures_are_httpxs(client: Client) -> None:
    def silent(peer: Peer) -> None:
        peer.wait_until_closed()

    def deaf(peer: Peer) -> None:
        threading.Event().wait(0.5)

    def confused(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"nonsense")

    def rude(peer: Peer) -> None:
        peer.read_request()
        peer.reset()

    def short(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 5\r\n\r\nabc")

    fast = httpx.Timeout(5, read=0.05, write=0.05)
    assert type(raised(client, silent, timeout=fast)) is httpx.ReadTimeout
    large = bytes(20_000_000)
    assert type(raised(client, deaf, timeout=fast, content=large)) is httpx.WriteTimeout
    assert type(raised(client, confused)) is httpx.RemoteProtocolError
    assert type(raised(client, rude)) is httpx.ReadError
    assert type(raised(client, short)) is httpx.RemoteProtocolError
    bad = {"bad name": "value"}
    assert type(raised(client, short, headers=bad)) is httpx.LocalProtocolError
    bad = {"name": "a\r\nb: c"}
    assert type(raised(client, short, headers=bad)) is httpx.LocalProtocolError
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        client.request("GET", f"http://127.0.0.1:{port}")


def test_a_timeout_of_nought_is_one(client: Client) -> None:
    error = raised(
        client, lambda peer: peer.wait_until_closed() or None, timeout=httpx.Timeout(5, read=0)
    )
    assert type(error) is httpx.ReadTimeout


def test_a_full_pool_is_httpxs_pool_timeout() -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 5\r\n\r\nabc")
        peer.wait_until_closed()

    with (
        ScriptedServer(script) as server,
        httpx.Client(transport=Transport(max_connections=1), trust_env=False) as client,
        client.stream("GET", url(server)),
        pytest.raises(httpx.PoolTimeout),
    ):
        client.get(url(server), timeout=httpx.Timeout(5, pool=0.05))


def test_what_is_not_supported_is_said(client: Client) -> None:
    for method, address in (("GET", "ftp://example.com"), ("CONNECT", "http://127.0.0.1:1")):
        with pytest.raises(httpx.UnsupportedProtocol):
            client.request(method, address)


def test_an_unreadable_bundle_is_a_configuration_error() -> None:
    with (
        httpx.Client(transport=Transport(verify="/nowhere"), trust_env=False) as client,
        ScriptedServer(lambda _: None) as server,
        pytest.raises(ConfigurationError),
    ):
        client.get(url(server).replace("http:", "https:"))


def test_redirects_and_cookies_work(client: Client) -> None:
    seen = []

    def script(peer: Peer) -> None:
        while head := peer.read_request()[0]:
            seen.append(head)
            if head.startswith(b"POST /from"):
                peer.send(
                    b"HTTP/1.1 303 See Other\r\nLocation: /to\r\nSet-Cookie: a=b\r\n"
                    b"Content-Length: 6\r\n\r\nmoved!"
                )
            else:
                peer.answer(b"here")

    with ScriptedServer(script) as server:
        response = client.request(
            "POST", url(server, "/from"), content=b"body", follow_redirects=True
        )
        assert response.content == b"here"
        assert server.connections == 1
    assert seen[1].startswith(b"GET /to")
    assert b"cookie: a=b" in seen[1].lower()


def test_an_answer_that_is_not_read_to_its_end_closes_its_connection(client: Client) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 1000000\r\n\r\nabc")
        if peer.wait_until_closed():
            closed.set()

    with ScriptedServer(script) as server:
        if isinstance(client, SyncClient):
            with client.client.stream("GET", url(server)):
                pass
        else:

            async def run() -> None:
                async with client.client.stream("GET", url(server)):
                    pass

            client.runner.run(run())
        assert closed.wait(PATIENCE)


def test_an_async_transport_serves_one_loop_after_another() -> None:
    def script(peer: Peer) -> None:
        while peer.read_request()[0]:
            peer.answer(b"ok")

    transport = AsyncTransport()

    async def main() -> None:
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            for _ in range(2):
                assert (await client.get(url(server))).content == b"ok"

    with ScriptedServer(script) as server:
        asyncio.run(main())
        asyncio.run(main())
        assert server.connections == 2
