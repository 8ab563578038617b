"""Large bodies, many calls at once, many threads, other processes, other event loops."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import hashlib
import io
import multiprocessing
import os
import pickle
import random
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import wrapper
from tests.faces import ASYNC, SYNC, at, finished
from wrapper import Timeout
from wrapper.local import LocalRuntime, ModelRequest

INVOKE = "invoke_endpoint"
PATIENT = Timeout(connect=30, read=120, write=120, pool=120)
SIZES = [6_291_456, 25 * 1024 * 1024]

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalRuntime]:
    with LocalRuntime() as runtime:
        yield runtime


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


# Large bodies


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "file"])
def test_a_large_body_comes_back_byte_for_byte(face, shared, size, kind):
    data = noise(size)
    body: Any = {
        "bytes": lambda: data,
        "bytearray": lambda: bytearray(data),
        "memoryview": lambda: memoryview(data),
        "file": lambda: io.BytesIO(data),
    }[kind]()
    output = face.call(at(shared, timeout=PATIENT), INVOKE, "echo", body)
    assert len(output.body) == size
    assert output.body == data


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_a_large_text_and_large_json_come_back(face, shared, size):
    text = "é" * (size // 2)
    output = face.call(at(shared, timeout=PATIENT), INVOKE, "echo", text)
    assert output.text() == text
    rows = [[number, number / 7, f"row {number}"] for number in range(size // 40)]
    output = face.call(at(shared, timeout=PATIENT), INVOKE, "echo", {"rows": rows})
    assert output.json() == {"rows": rows}


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_a_large_stream_comes_whole_in_whatever_parts(face, shared, size):
    data = noise(size)

    def parts(request: ModelRequest) -> Iterator[bytes]:
        for start in range(0, size, 1_000_003):
            yield data[start : start + 1_000_003]

    shared.endpoints["parts"] = parts

    async def read() -> tuple[str, int]:
        digest, length = hashlib.sha256(), 0
        async with (
            face.client(**at(shared, timeout=PATIENT)) as client,
            client.stream("parts", data[:1000]) as stream,
        ):
            async for part in stream.each():
                digest.update(part)
                length += len(part)
        return digest.hexdigest(), length

    assert asyncio.run(read()) == (hashlib.sha256(data).hexdigest(), size)


@pytest.mark.slow
def test_a_hundred_thousand_small_parts_come_in_order(face, shared):
    count = 100_000

    def numbers(request: ModelRequest) -> Iterator[str]:
        for start in range(0, count, 100):
            yield "".join(f"{number}\n" for number in range(start, start + 100))

    shared.endpoints["numbers"] = numbers

    async def read() -> list[str]:
        async with (
            face.client(**at(shared, timeout=PATIENT)) as client,
            client.stream("numbers", b"") as stream,
        ):
            return await stream.rest("lines")

    assert asyncio.run(read()) == [str(number) for number in range(count)]


# Many calls


@pytest.mark.slow
def test_a_thousand_calls_at_once_are_each_given_their_own_answer(shared):
    async def calls() -> list[Any]:
        async with ASYNC.make(**at(shared, timeout=PATIENT)) as client:

            async def call(number: int) -> Any:
                body = {"number": number, "padding": "x" * (number % 997)}
                return await client.invoke_endpoint("echo", body, inference_id=f"id-{number}")

            return await asyncio.gather(*map(call, range(1000)))

    outputs = asyncio.run(calls())
    for number, output in enumerate(outputs):
        assert output.json() == {"number": number, "padding": "x" * (number % 997)}
    assert len({output.request_id for output in outputs}) == 1000


@pytest.mark.slow
def test_a_thousand_calls_through_few_connections_are_all_answered(shared):
    async def calls() -> list[bytes]:
        async with ASYNC.make(**at(shared, timeout=PATIENT, max_connections=8)) as client:

            async def call(number: int) -> bytes:
                return (await client.invoke_endpoint("echo", b"%d" % number)).body

            return await asyncio.gather(*map(call, range(1000)))

    assert asyncio.run(calls()) == [b"%d" % number for number in range(1000)]


@pytest.mark.slow
def test_many_streams_at_once_do_not_mix(shared):
    async def parts(request: ModelRequest) -> Any:
        for number in range(10):
            await asyncio.sleep(0.002)
            yield f"{request.text()}:{number}\n"

    shared.endpoints["mixed"] = parts

    async def streams() -> list[list[str]]:
        async with ASYNC.make(**at(shared, timeout=PATIENT)) as client:

            async def read(number: int) -> list[str]:
                async with await client.invoke_endpoint_with_response_stream(
                    "mixed", str(number)
                ) as stream:
                    return [line async for line in stream.iter_lines()]

            return await asyncio.gather(*map(read, range(100)))

    assert asyncio.run(streams()) == [
        [f"{number}:{part}" for part in range(10)] for number in range(100)
    ]


@pytest.mark.slow
def test_calls_that_are_cancelled_at_any_moment_leave_the_client_whole(shared):
    chance = random.Random(1)

    async def calls() -> None:
        async with ASYNC.make(**at(shared, timeout=PATIENT, max_connections=16)) as client:

            async def call(number: int) -> bytes | None:
                try:
                    async with asyncio.timeout(chance.random() * 0.05):
                        return (await client.invoke_endpoint("echo", b"%d" % number)).body
                except TimeoutError:
                    return None

            answers = await asyncio.gather(*map(call, range(500)))
            for number, answer in enumerate(answers):
                assert answer in {None, b"%d" % number}
            for number in range(50):  # no connection was lost, and none has another's answer
                output = await client.invoke_endpoint("echo", b"after %d" % number)
                assert output.body == b"after %d" % number

    asyncio.run(calls())


@pytest.mark.slow
def test_64_threads_share_a_client(shared):
    with SYNC.make(**at(shared, timeout=PATIENT)) as client:
        barrier = threading.Barrier(64)

        def work(thread: int) -> list[bool]:
            barrier.wait()
            done = []
            for number in range(20):
                body = b"%d/%d" % (thread, number) * (number + 1)
                if number % 5 == 4:
                    with client.invoke_endpoint_with_response_stream("echo", body) as stream:
                        done.append(stream.read() == body)
                else:
                    done.append(client.invoke_endpoint("echo", body).body == body)
            return done

        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            assert all(all(done) for done in pool.map(work, range(64)))


@pytest.mark.slow
def test_64_threads_share_few_connections(shared):
    with SYNC.make(**at(shared, timeout=PATIENT, max_connections=4)) as client:

        def work(thread: int) -> bool:
            return all(
                client.invoke_endpoint("echo", b"%d/%d" % (thread, number)).body
                == b"%d/%d" % (thread, number)
                for number in range(10)
            )

        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            assert all(pool.map(work, range(64)))


@pytest.mark.slow
def test_a_client_that_is_closed_amid_calls_fails_them_with_errors_of_its_own(shared):
    problems: list[BaseException] = []
    for _ in range(20):
        client = SYNC.make(**at(shared, timeout=PATIENT))
        begun = threading.Barrier(5)

        def work(client: Any = client, begun: threading.Barrier = begun) -> None:
            begun.wait()
            try:
                for _ in range(20):
                    client.invoke_endpoint("echo", b"")
            except wrapper.SageMakerRuntimeError:
                pass
            except BaseException as error:  # noqa: BLE001
                problems.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        begun.wait()
        time.sleep(random.random() * 0.02)
        client.close()
        for thread in threads:
            thread.join()
    assert problems == []


@pytest.mark.slow
def test_an_async_client_that_is_closed_amid_calls_fails_them_with_errors_of_its_own(shared):
    async def slow(request: ModelRequest) -> bytes:
        await asyncio.sleep(0.02)
        return request.body

    shared.endpoints["slow"] = slow

    async def script() -> list[Any]:
        client = ASYNC.make(**at(shared, timeout=PATIENT, max_connections=4))
        calls = [asyncio.create_task(client.invoke_endpoint("slow", b"a")) for _ in range(20)]
        await asyncio.sleep(random.random() * 0.05)
        await client.close()
        async with asyncio.timeout(30):
            return await asyncio.gather(*calls, return_exceptions=True)

    for _ in range(10):
        for result in asyncio.run(script()):
            if isinstance(result, BaseException):
                assert isinstance(result, wrapper.SageMakerRuntimeError), repr(result)
            else:
                assert result.body == b"a"


# Other processes


def invoke_in_another_process(client: Any, number: int) -> Any:
    return asyncio.run(call_and_close(client, b"%d" % number))


async def call_and_close(client: Any, body: bytes) -> Any:
    output = await finished(client.invoke_endpoint("echo", body))
    await finished(client.close())
    return output


@pytest.mark.slow
def test_a_client_and_its_outputs_cross_processes(face, shared):
    async def script() -> list[Any]:
        async with face.client(**at(shared, timeout=PATIENT)) as client:
            await client.call(INVOKE, "echo", b"before")
            context = multiprocessing.get_context("spawn")
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
                clients = [client.client] * 3
                outputs = list(pool.map(invoke_in_another_process, clients, range(3)))
            assert (await client.call(INVOKE, "echo", b"after")).body == b"after"
            return outputs

    outputs = asyncio.run(script())
    assert [output.body for output in outputs] == [b"0", b"1", b"2"]
    assert outputs[0].headers["content-type"] == "application/octet-stream"


def test_a_pickled_client_works_beside_the_one_it_was_made_of(face, shared):
    async def calls() -> None:
        async with face.client(**at(shared)) as driven:
            await driven.call(INVOKE, "echo", b"")
            other = pickle.loads(pickle.dumps(driven.client))
            assert (await call_and_close(other, b"other")).body == b"other"
            assert (await driven.call(INVOKE, "echo", b"first")).body == b"first"

    asyncio.run(calls())


FORKING = """
import asyncio, os, sys, threading, warnings
sys.path[:0] = {path!r}
import wrapper
from wrapper.local import LOCAL_CREDENTIALS

options = dict(endpoint_url={url!r}, credentials=LOCAL_CREDENTIALS, timeout=20)
"""

FORKING_SYNC = """
client = wrapper.SageMakerRuntimeClient("us-east-1", **options)
assert client.invoke_endpoint("echo", b"before").body == b"before"
stop = threading.Event()
def work():
    while not stop.is_set():
        assert client.invoke_endpoint("echo", b"thread").body == b"thread"
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
children = []
for number in range(20):
    child = os.fork()
    if child == 0:
        try:
            for _ in range(3):
                body = b"child %d" % number
                assert client.invoke_endpoint("echo", body).body == body
                with client.invoke_endpoint_with_response_stream("echo", body) as stream:
                    assert stream.read() == body
            client.close()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    children.append(child)
assert client.invoke_endpoint("echo", b"parent").body == b"parent"
failed = [child for child in children if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
stop.set()
for thread in threads: thread.join()
assert client.invoke_endpoint("echo", b"after").body == b"after"
client.close()
print("children:", len(children), "failed:", len(failed))
"""

FORKING_INSIDE_A_BLOCK = """
client = wrapper.SageMakerRuntimeClient("us-east-1", **options)
read = []
with client.invoke_endpoint_with_response_stream("slow", b"parent") as stream:
    reader = threading.Thread(target=lambda: read.append(stream.read()))
    reader.start()
    while not stream._reading.is_being_read: pass
    child = os.fork()
    if child == 0:
        sys.exit()
    status = os.waitpid(child, 0)[1]
    reader.join()
assert read == [b"parent, slowly"], read
print("children: 1 failed:", os.waitstatus_to_exitcode(status))
"""

FORKING_WITH_A_LOCK_HELD = """
client = wrapper.SageMakerRuntimeClient("us-east-1", **options)
client.invoke_endpoint("echo", b"")
held, free = threading.Event(), threading.Event()
def hold():
    with client._engine._lock:
        held.set()
        free.wait()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if child == 0:
    sys.exit()  # nobody will ever give the lock back
status = os.waitpid(child, 0)[1]
free.set()
thread.join()
print("children: 1 failed:", os.waitstatus_to_exitcode(status))
"""

FORKING_ASYNC = """
client = wrapper.AsyncSageMakerRuntimeClient("us-east-1", **options)
async def use(body):
    assert (await client.invoke_endpoint("echo", body)).body == body
    async with await client.invoke_endpoint_with_response_stream("echo", body) as stream:
        assert await stream.read() == body
async def main():
    await use(b"before")
    children = []
    for number in range(5):
        child = os.fork()
        if child == 0:
            try:
                # The child's event loop is the parent's, and so of no use to it.
                asyncio.events._set_running_loop(None)
                async def in_child():
                    await use(b"child %d" % number)
                    await client.close()
                asyncio.run(in_child())
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        children.append(child)
        await use(b"parent")
    failed = [child for child in children if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
    await use(b"after")
    await client.close()
    print("children:", len(children), "failed:", len(failed))
asyncio.run(main())
"""


@needs_fork
@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "children"),
    [
        (FORKING_SYNC, 20),
        (FORKING_INSIDE_A_BLOCK, 1),
        (FORKING_WITH_A_LOCK_HELD, 1),
        (FORKING_ASYNC, 5),
    ],
    ids=["sync", "inside-a-block", "with-a-lock-held", "async"],
)
def test_a_client_works_in_forked_children_and_goes_on_in_the_parent(shared, script, children):
    def slow(request: ModelRequest) -> Iterator[bytes]:
        yield request.body
        time.sleep(0.5)
        yield b", slowly"

    shared.endpoints["slow"] = slow
    program = FORKING.format(path=sys.path, url=shared.url) + script
    done = subprocess.run(
        # Python 3.12 warns of forking with threads, which is what is tested here.
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == f"children: {children} failed: 0\n"
    assert done.returncode == 0


# Other event loops


def test_an_async_client_is_used_on_one_event_loop_after_another(shared):
    client = ASYNC.make(**at(shared))

    async def use(body: bytes) -> bytes:
        return (await client.invoke_endpoint("echo", body)).body

    with warnings.catch_warnings():
        # asyncio warns of every connection that is open when its loop is closed.
        warnings.simplefilter("ignore", ResourceWarning)
        assert [asyncio.run(use(b"%d" % number)) for number in range(3)] == [b"0", b"1", b"2"]
        assert asyncio.run(call_and_close(client, b"last")).body == b"last"
        gc.collect()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_a_program_that_calls_asyncio_run_each_time_gathers_neither_connections_nor_loops(shared):
    """As many handlers on AWS Lambda do."""
    client = ASYNC.make(**at(shared))

    async def use() -> int:
        assert (await client.invoke_endpoint("echo", b"x")).body == b"x"
        return open_files()

    with warnings.catch_warnings():
        # asyncio warns of every connection that is open when its loop is closed.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
        gc.disable()  # it shall not take luck
        try:
            counts = [asyncio.run(use()) for _ in range(20)]
        finally:
            gc.enable()
        assert max(counts[2:]) <= counts[1] + 2
        asyncio.run(call_and_close(client, b"last"))
        gc.collect()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_closing_on_another_loop_closes_the_connections_of_those_that_are_no_more(shared):
    client = ASYNC.make(**at(shared))

    async def use() -> None:
        assert (await client.invoke_endpoint("echo", b"x")).body == b"x"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
        gc.disable()
        try:
            before = open_files()
            asyncio.run(use())
            assert open_files() > before
            asyncio.run(client.close())
            eventually(lambda: open_files() <= before)  # the server's end, too
        finally:
            gc.enable()
            gc.collect()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_an_async_client_that_is_dropped_closes_its_connections(shared):
    async def main() -> None:
        client = ASYNC.make(**at(shared))
        await client.invoke_endpoint("echo", b"x")
        del client
        gc.collect()
        async with asyncio.timeout(10):
            while open_files() > before:  # noqa: ASYNC110  # the server's end, too
                await asyncio.sleep(0.01)

    gc.collect()
    before = open_files() + 3  # of the loop itself
    asyncio.run(main())


def test_one_event_loop_of_another_make_after_another(shared):
    uvloop = pytest.importorskip("uvloop")
    client = ASYNC.make(**at(shared))

    async def use(body: bytes) -> bytes:
        return (await client.invoke_endpoint("echo", body)).body

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        assert [uvloop.run(use(b"%d" % number)) for number in range(3)] == [b"0", b"1", b"2"]
        assert asyncio.run(use(b"3")) == b"3"
        assert uvloop.run(call_and_close(client, b"last")).body == b"last"
        gc.collect()


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_async_client_is_used_on_two_event_loops_at_once(shared):
    client = ASYNC.make(**at(shared))
    barrier = threading.Barrier(2)

    def work(number: int) -> bool:
        async def calls() -> bool:
            barrier.wait()
            bodies = [b"%d/%d" % (number, call) for call in range(50)]
            outputs = await asyncio.gather(
                *(client.invoke_endpoint("echo", body) for body in bodies)
            )
            await client._engine().aclose()
            return [output.body for output in outputs] == bodies

        return asyncio.run(calls())

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, range(2))) == [True, True]
