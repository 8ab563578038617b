"""The transports in clients of httpx against a real server, beside httpx's own transport."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from wrapper.transports import AsyncTransport, Transport


async def mirror(request: Request) -> Response:
    """What arrived."""
    body = await request.body()
    fields = sorted((name, value) for name, value in request.headers.items() if name != "host")
    return JSONResponse(
        {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.scope["query_string"].decode(),
            "headers": fields,
            "body": body.decode("latin-1"),
        },
        headers={"X-Twice": "a"},
    )


async def lines(request: Request) -> Response:
    async def parts() -> Any:
        for number in range(200):
            yield f"line {number}\n"
            if number % 50 == 0:
                await asyncio.sleep(0.005)

    return StreamingResponse(parts(), media_type="text/plain")


async def login(request: Request) -> Response:
    response = RedirectResponse("/mirror", status_code=303)
    response.set_cookie("session", "abc; d", httponly=True)
    response.set_cookie("other", "x")
    return response


async def compressed(request: Request) -> Response:
    return Response(gzip.compress(b"text " * 1000), headers={"Content-Encoding": "gzip"})


async def large(request: Request) -> Response:
    return Response(bytes(range(256)) * 20_000)


async def slow(request: Request) -> Response:
    await asyncio.sleep(0.5)
    return Response(b"late")


async def nothing(request: Request) -> Response:
    return Response(status_code=204)


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
APP = Starlette(
    routes=[
        Route("/mirror", mirror, methods=METHODS),
        Route("/mirror/{path:path}", mirror, methods=METHODS),
        Route("/lines", lines),
        Route("/login", login, methods=["POST"]),
        Route("/compressed", compressed),
        Route("/large", large),
        Route("/slow", slow),
        Route("/nothing", nothing),
    ]
)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    config = uvicorn.Config(APP, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/mirror", {}),
    ("GET", "/mirror/a%2Fb%20c", {"params": {"x": "ä b", "y": ["1", "2"]}}),
    ("HEAD", "/mirror", {}),
    ("HEAD", "/large", {}),
    ("POST", "/mirror", {"json": {"a": [1, 2, "ü"]}}),
    ("POST", "/mirror", {"data": {"a": "b", "c": "d e"}}),
    ("POST", "/mirror", {"content": b"\x00\xff" * 50_000}),
    ("POST", "/mirror", {}),
    ("PUT", "/mirror", {"content": "text", "headers": {"Content-Type": "text/plain"}}),
    ("PATCH", "/mirror", {"content": b""}),
    ("DELETE", "/mirror", {"headers": {"X-Empty": "", "X-Latin": "é".encode("latin-1")}}),
    ("OPTIONS", "/mirror", {"auth": ("user", "secret")}),
    ("POST", "/login", {}),
    ("POST", "/login", {"follow_redirects": True}),
    ("GET", "/lines", {}),
    ("GET", "/compressed", {}),
    ("GET", "/large", {}),
    ("GET", "/nothing", {}),
    ("GET", "/missing", {}),
]


def facts(response: httpx.Response) -> dict[str, Any]:
    """All that may be compared of an answer."""
    raw = [(name.lower(), value) for name, value in response.headers.raw if name != b"date"]
    return {
        "status": response.status_code,
        "reason": response.reason_phrase,
        "version": response.http_version,
        "headers": [(name, value) for name, value in raw if name.lower() != b"date"],
        "body": response.content,
        "text": response.text,
        "cookies": dict(response.cookies),
        "url": str(response.url),
        "history": [facts(each) for each in response.history],
        "encoding": response.encoding,
    }


def test_every_call_is_answered_as_through_httpxs_own_transport(base_url: str) -> None:
    async def run() -> list[dict[str, Any]]:
        async with httpx.AsyncClient(
            transport=AsyncTransport(), base_url=base_url, trust_env=False
        ) as client:
            return [
                facts(await client.request(method, path, **keywords))
                for method, path, keywords in CALLS
            ]

    ours = asyncio.run(run())
    with (
        httpx.Client(base_url=base_url, trust_env=False) as stock,
        httpx.Client(transport=Transport(), base_url=base_url, trust_env=False) as client,
    ):
        for (method, path, keywords), mine in zip(CALLS, ours, strict=True):
            expected = facts(stock.request(method, path, **keywords))
            assert facts(client.request(method, path, **keywords)) == expected
            assert mine == expected
        assert dict(client.cookies) == dict(stock.cookies)
        assert "session" in client.cookies


def test_streams_are_read_as_they_come(base_url: str) -> None:
    expected = [f"line {number}" for number in range(200)]
    with httpx.Client(transport=Transport(), base_url=base_url, trust_env=False) as client:
        with client.stream("GET", "/lines") as response:
            assert list(response.iter_lines()) == expected
        with client.stream("GET", "/large") as response:
            first = next(response.iter_bytes(1000))
            assert first == (bytes(range(256)) * 4)[:1000]
        assert client.get("/mirror").status_code == 200

    async def run() -> None:
        async with (
            httpx.AsyncClient(
                transport=AsyncTransport(), base_url=base_url, trust_env=False
            ) as client,
            client.stream("GET", "/lines") as response,
        ):
            assert [line async for line in response.aiter_lines()] == expected

    asyncio.run(run())


def test_bodies_are_sent_in_pieces(base_url: str) -> None:
    def pieces() -> Iterator[bytes]:
        for number in range(1000):
            yield b"%d," % number

    expected = b"".join(pieces()).decode()
    with httpx.Client(transport=Transport(), base_url=base_url, trust_env=False) as client:
        assert client.post("/mirror", content=pieces()).json()["body"] == expected
        files = {"file": ("name.txt", b"content" * 10_000, "text/plain")}
        sent = client.post("/mirror", files=files, data={"field": "value"}).json()
        assert "content" * 10_000 in sent["body"]
        assert ["transfer-encoding", "chunked"] not in sent["headers"]

    async def run() -> None:
        async def asynchronous() -> Any:
            for piece in pieces():
                yield piece

        async with httpx.AsyncClient(
            transport=AsyncTransport(), base_url=base_url, trust_env=False
        ) as client:
            response = await client.post("/mirror", content=asynchronous())
            assert response.json()["body"] == expected

    asyncio.run(run())


def test_timeouts_are_httpxs(base_url: str) -> None:
    with httpx.Client(
        transport=Transport(), base_url=base_url, trust_env=False, timeout=0.1
    ) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get("/slow")
        assert client.get("/slow", timeout=5).content == b"late"


def test_many_share_a_client(base_url: str) -> None:
    with httpx.Client(
        transport=Transport(max_connections=4), base_url=base_url, trust_env=False
    ) as client:
        wrong: list[int] = []

        def work(number: int) -> None:
            for turn in range(10):
                sent = f"{number}-{turn}"
                if client.post("/mirror", content=sent).json()["body"] != sent:
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong

    async def run() -> None:
        async with httpx.AsyncClient(
            transport=AsyncTransport(max_connections=4), base_url=base_url, trust_env=False
        ) as client:

            async def call(number: int) -> None:
                response = await client.post("/mirror", content=str(number))
                assert response.json()["body"] == str(number)

            async with asyncio.TaskGroup() as tasks:
                for number in range(100):
                    tasks.create_task(call(number))
                doomed = tasks.create_task(client.get("/slow"))
                await asyncio.sleep(0.05)
                doomed.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await doomed

    asyncio.run(run())
