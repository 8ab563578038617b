"""Callables as models."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import threading
from contextlib import aclosing
from typing import Any

import anyio
import pytest

from wrapper._headers import Headers
from wrapper.local import ModelRequest, ModelResponse
from wrapper.local._callables import CallableModels
from wrapper.local._models import ModelBrokenError

REQUEST = ModelRequest(
    endpoint_name="e",
    variant_name="AllTraffic",
    body=b'{"x": 1}',
    headers=Headers([("content-type", "application/json"), ("accept", "text/csv")]),
)


def answer_of(model: Any) -> tuple[int, str | None, list[bytes]]:
    """Status, media type and chunks of a model's answer."""

    async def main() -> tuple[int, str | None, list[bytes]]:
        async with CallableModels().answer(model, REQUEST) as answer:
            chunks = [chunk async for chunk in answer.chunks]
            return answer.status_code, answer.headers.get("content-type"), chunks

    return asyncio.run(main())


OCTETS, TEXT, JSON = "application/octet-stream", "text/plain; charset=utf-8", "application/json"


@pytest.mark.parametrize(
    ("result", "content_type", "body"),
    [
        (b"\x00\xff", OCTETS, b"\x00\xff"),
        (bytearray(b"a"), OCTETS, b"a"),
        (memoryview(b"a"), OCTETS, b"a"),
        ("é", TEXT, "é".encode()),
        ({"a": [1]}, JSON, b'{"a": [1]}'),
        ([1, None], JSON, b"[1, null]"),
        (ModelResponse("a,b", content_type="text/csv"), "text/csv", b"a,b"),
        (ModelResponse({"a": 1}), JSON, b'{"a": 1}'),
    ],
)
def test_a_result_has_a_media_type_and_bytes(result, content_type, body):
    async def asynchronous(request):
        return result

    expected = (200, content_type, [body])

    assert answer_of(lambda _: result) == expected
    assert answer_of(asynchronous) == expected
    assert answer_of(functools.partial(asynchronous)) == expected


def test_iterators_of_every_kind_are_streams():
    def generator(request):
        yield b"a"
        yield "é"

    async def async_generator(request):
        yield b"a"
        yield "é"

    async def returns_a_generator(request):
        return generator(request)

    class Model:
        async def __call__(self, request):
            return ModelResponse(async_generator(request), content_type="text/plain")

    expected = (200, OCTETS, [b"a", "é".encode()])

    assert answer_of(generator) == expected
    assert answer_of(async_generator) == expected
    assert answer_of(returns_a_generator) == expected
    assert answer_of(lambda _: iter([b"a", "é"])) == expected
    assert answer_of(Model()) == (200, "text/plain", expected[2])


def test_a_plain_function_runs_in_a_thread_and_a_coroutine_function_on_the_loop():
    async def asynchronous(request):
        return threading.current_thread().name

    main = threading.current_thread().name

    assert answer_of(asynchronous)[2] == [main.encode()]
    assert answer_of(lambda _: threading.current_thread().name)[2] != [main.encode()]


def test_a_request_tells_what_the_container_would_be_told():
    seen = []

    answer_of(lambda request: seen.append(request) or b"")

    (request,) = seen
    assert request.json() == json.loads(request.text()) == {"x": 1}
    assert (request.content_type, request.accept) == ("application/json", "text/csv")
    assert request.custom_attributes is None
    assert '"x"' not in repr(request)  # the body may be sensitive


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("bad input"), b"ValueError: bad input"),
        (SystemExit(3), b"SystemExit: 3"),
        (StopIteration(), b"StopIteration: "),
        (TimeoutError("its own"), b"TimeoutError: its own"),
    ],
)
def test_a_model_that_raises_has_answered_500(error, said, caplog):
    def model(request):
        raise error

    status, _, chunks = answer_of(model)

    assert status == 500
    assert said in b"".join(chunks)
    assert "the model of endpoint e failed" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (7, "a model returned int; it must return bytes, str"),
        (None, "a model returned NoneType"),
        ((1, 2), "a model returned tuple"),
        ({"a": object()}, "JSON with a object in it"),
        (iter([7]), "a model's iterator gave int"),
        (ModelResponse(b"", headers={"x-bad": "a\r\nb: c"}), "must be printable ASCII"),
        (ModelResponse(b"", status_code=99), "must be from 200 to 599"),
    ],
)
def test_a_result_that_is_not_valid_is_the_models_failure(result, said, caplog):
    status, _, chunks = answer_of(lambda _: result)

    assert status == 500
    assert said in b"".join(chunks).decode()


def test_a_stream_that_fails_before_its_first_bytes_is_an_answer_of_500(caplog):
    def generator(request):
        raise ValueError("not begun")
        yield b""

    async def async_generator(request):
        raise ValueError("not begun")
        yield b""

    for model in (generator, async_generator):
        assert answer_of(model) == (500, None, [b"ValueError: not begun"])


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_stream_that_fails_later_is_broken_and_logged_once(kind, caplog):
    def generator(request):
        yield b"a"
        raise ValueError("broken")

    async def async_generator(request):
        yield b"a"
        raise ValueError("broken")

    async def main() -> None:
        model = generator if kind == "plain" else async_generator
        async with CallableModels().answer(model, REQUEST) as answer:
            assert await anext(answer.chunks) == b"a"
            with pytest.raises(ModelBrokenError, match="ValueError: broken"):
                await anext(answer.chunks)

    asyncio.run(main())
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 1


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_stream_that_is_left_is_closed(kind):
    closed = threading.Event()

    def generator(request):
        try:
            while True:
                yield b"a"
        finally:
            closed.set()

    async def async_generator(request):
        try:
            while True:
                yield b"a"
        finally:
            closed.set()

    async def main() -> None:
        model = generator if kind == "plain" else async_generator
        async with (
            CallableModels().answer(model, REQUEST) as answer,
            aclosing(answer.chunks),
        ):
            assert await anext(answer.chunks) == b"a"
        assert closed.is_set()

    asyncio.run(main())


def test_a_plain_function_that_hangs_is_left_alone_at_a_deadline():
    release = threading.Event()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with (
                asyncio.timeout(0.05),
                CallableModels().answer(lambda _: release.wait(5), REQUEST),
            ):
                pass

    asyncio.run(main())
    release.set()


def test_many_plain_functions_run_side_by_side():
    together = threading.Barrier(100, timeout=5)

    async def main() -> list[int]:
        models = CallableModels()
        statuses = []

        async def one() -> None:
            async with models.answer(lambda _: str(together.wait()), REQUEST) as answer:
                statuses.append(answer.status_code)

        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(one)
        return statuses

    assert asyncio.run(main()) == [200] * 100
