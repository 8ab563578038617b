"""The process in which one client is measured once: `worker.py JOB`.

The job is JSON, and so is the result on standard output. It runs in the environment of its peer,
which has nothing of this project's checkout but the scripts beside this one.

A measure is written once, as a coroutine. The coroutines of a synchronous client never wait, so
they are run by one `send`, without an event loop.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
import zlib
from collections.abc import Coroutine
from importlib import import_module
from resource import RUSAGE_SELF, getrusage
from typing import Any, TypeVar

_T = TypeVar("_T")
Job = dict[str, Any]
Result = dict[str, float]

WARM_UP_SECONDS = 0.1
WARM_UP_CALLS = 100
LARGE = 2**20
READ_SIZE = 64 * 1024
SIGNED_HEADERS = {  # what clients of AWS send and sign
    "Content-Type": "application/json",
    "Accept": "application/json",
    "amz-sdk-invocation-id": "5ae46bd8-08c1-4cf2-9cd4-4b4d1ab86b3e",
    "amz-sdk-request": "attempt=1; max=3",
}


class WrongAnswerError(Exception):
    """A client did not give the bytes that the server sent."""


class SyncShell:
    """A synchronous peer; many calls in flight are made by as many threads."""

    def __init__(self, module: Any, job: Job) -> None:
        self._peer = module.SyncPeer(job["url"], job["bundle"], job.get("in_flight", 1))
        self._peer_call = self._peer.call

    @staticmethod
    def run(coroutine: Coroutine[Any, Any, _T]) -> _T:
        try:
            coroutine.send(None)
        except StopIteration as stop:
            return stop.value
        raise RuntimeError("a synchronous measure wanted to wait")

    async def open(self) -> None:
        pass

    async def call(self, endpoint: str, body: bytes) -> bytes:
        return self._peer_call(endpoint, body)

    async def parts(self, endpoint: str, body: bytes) -> tuple[float, list[bytes]]:
        """When the first part had come, and all parts."""
        stream = self._peer.stream(endpoint, body)
        first = next(stream)
        when = time.perf_counter()
        return when, [first, *stream]

    async def at_once(self, work: Any, in_flight: int, begin: Any) -> list[Any]:
        results: list[Any] = []
        errors: list[BaseException] = []
        barrier = threading.Barrier(in_flight, action=begin)

        def thread() -> None:
            try:
                barrier.wait()
                results.append(self.run(work()))
            except BaseException as error:  # noqa: BLE001  # raised where all are waited for
                errors.append(error)
                barrier.abort()

        threads = [threading.Thread(target=thread) for _ in range(in_flight)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        if errors:
            raise errors[0]
        return results

    async def close(self) -> None:
        self._peer.close()


class AsyncShell:
    """An asynchronous peer; many calls in flight are made by as many tasks."""

    def __init__(self, module: Any, job: Job) -> None:
        self._module, self._job = module, job

    @staticmethod
    def run(coroutine: Coroutine[Any, Any, _T]) -> _T:
        import asyncio

        return asyncio.run(coroutine)

    async def open(self) -> None:
        job = self._job
        self._peer = self._module.AsyncPeer(job["url"], job["bundle"], job.get("in_flight", 1))
        await self._peer.open()
        self.call = self._peer.call

    async def parts(self, endpoint: str, body: bytes) -> tuple[float, list[bytes]]:
        """When the first part had come, and all parts."""
        stream = self._peer.stream(endpoint, body)
        first = await anext(stream)
        when = time.perf_counter()
        return when, [first, *[part async for part in stream]]

    async def at_once(self, work: Any, in_flight: int, begin: Any) -> list[Any]:
        import asyncio

        begin()
        return await asyncio.gather(*(work() for _ in range(in_flight)))

    async def close(self) -> None:
        await self._peer.close()


class Meter:
    """CPU time (user and system, all threads) and wall time, in seconds, from its making on."""

    def __init__(self) -> None:
        self._cpu = _cpu_seconds()
        self._wall = time.perf_counter()

    def read(self, count: int) -> Result:
        wall = time.perf_counter() - self._wall
        return {"count": count, "wall": wall, "cpu": _cpu_seconds() - self._cpu}


def _cpu_seconds() -> float:
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Expected:
    """The answer that is right."""

    def __init__(self, job: Job) -> None:
        self._length: int = job["answer_length"]
        self._crc32: int = job["answer_crc32"]
        self._small: bytes | None = None

    def check_whole(self, answer: bytes) -> None:
        if len(answer) != self._length or zlib.crc32(answer) != self._crc32:
            raise WrongAnswerError(f"{len(answer)} bytes; {self._length} were sent")
        if self._length < LARGE:
            self._small = bytes(answer)

    def check(self, answer: bytes) -> None:
        """All of a small answer, only the length of a large one: it must not take time."""
        if len(answer) != self._length or (self._small is not None and answer != self._small):
            raise WrongAnswerError(f"{len(answer)} bytes; {self._length} were sent")


def request_body(length: int) -> bytes:
    return (bytes(range(256)) * (length // 256 + 1))[:length]


def memory(field: str = "VmRSS") -> int:
    """Bytes: `VmRSS` in use now; `VmHWM` the most there was since `forget_peak`."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123  # pathlib takes memory
        for line in file:
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {field} in /proc/self/status")


def forget_peak() -> None:
    """Begin anew to watch for the peak (proc(5), `clear_refs`)."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:  # noqa: PTH123  # pathlib takes memory
        file.write("5")


# ---- measures of a client ----------------------------------------------------------------------


async def calls(shell: Any, job: Job) -> Result:
    """As many calls as are made in the time given, so many in flight."""
    body, endpoint, in_flight = (
        request_body(job["request_length"]),
        job["endpoint"],
        job["in_flight"],
    )
    expected = Expected(job)
    expected.check_whole(await shell.call(endpoint, body))
    call, check, clock = shell.call, expected.check, time.perf_counter
    seconds, deadline, meter = WARM_UP_SECONDS, 0.0, Meter()

    def begin() -> None:
        nonlocal deadline, meter
        meter = Meter()
        deadline = clock() + seconds

    async def until_deadline() -> int:
        count = 0
        while True:
            check(await call(endpoint, body))
            count += 1
            if clock() >= deadline:
                return count

    if in_flight == 1:
        begin()
        await until_deadline()
        seconds = job["seconds"]
        begin()
        result = meter.read(await until_deadline())
    else:
        await shell.at_once(until_deadline, in_flight, begin)  # opens the connections
        seconds = job["seconds"]
        counts = await shell.at_once(until_deadline, in_flight, begin)
        result = meter.read(sum(counts))
    expected.check_whole(await call(endpoint, body))
    return result


async def peak_memory(shell: Any, job: Job) -> Result:
    """The peak while a large answer is received, or a large body sent, beyond these themselves."""
    small, body, expected = job["small_endpoint"], bytes(200), Expected(job)
    for _ in range(WARM_UP_CALLS):
        await shell.call(small, body)
    before = memory()
    forget_peak()
    answer = await shell.call(job["endpoint"], body)
    first = memory("VmHWM") - before - len(answer)
    expected.check_whole(answer)
    for _ in range(10):
        del answer
        answer = await shell.call(job["endpoint"], body)
    eleven = memory("VmHWM") - before - len(answer)
    del answer
    body = request_body(job["request_length"])
    gc.collect()  # what is left of the answers must not make room for the body
    before = memory()
    forget_peak()
    await shell.call(small, body)
    return {"first": first, "eleven": eleven, "sent": memory("VmHWM") - before, "count": 1}


async def memory_after(shell: Any, job: Job) -> Result:
    """The memory in use after many calls, and how much of it came after the first hundred."""
    body, endpoint, expected = request_body(job["request_length"]), job["endpoint"], Expected(job)
    for _ in range(WARM_UP_CALLS):
        expected.check_whole(await shell.call(endpoint, body))
    before = memory()
    for _ in range(job["calls"]):
        expected.check(await shell.call(endpoint, body))
    after = memory()
    return {"after": after, "grown": after - before, "count": job["calls"]}


async def stream(shell: Any, job: Job) -> Result:
    """Streams from the call to the end, one after another, for the time given."""
    body, endpoint, expected = request_body(job["request_length"]), job["endpoint"], Expected(job)

    async def check() -> None:
        parts = (await shell.parts(endpoint, body))[1]
        if len(parts) != job["parts"]:
            raise WrongAnswerError(f"{len(parts)} parts; {job['parts']} were sent")
        expected.check_whole(b"".join(parts))

    await check()
    count = 0
    meter = Meter()
    deadline = time.perf_counter() + job["seconds"]
    while time.perf_counter() < deadline:
        count += len((await shell.parts(endpoint, body))[1])
    result = meter.read(count)
    await check()
    return result


async def first_part(shell: Any, job: Job) -> Result:
    """From the call to the first part of a stream that pauses after it; the median."""
    body, endpoint, expected = request_body(job["request_length"]), job["endpoint"], Expected(job)
    times = []
    for _ in range(job["calls"]):
        start = time.perf_counter()
        when, parts = await shell.parts(endpoint, body)
        times.append(when - start)
        expected.check(b"".join(parts))
    return {"wall": sorted(times[1:])[len(times) // 2], "count": 1}


# ---- measures of functions ---------------------------------------------------------------------


def signing(module: Any, job: Job) -> Result:
    """Signing one request, the hash of its body included."""
    body, count, cpu = request_body(job["request_length"]), 0, 0.0
    signed: Any = {}
    deadline = time.perf_counter() + job["seconds"]
    while time.perf_counter() < deadline:
        # Requests are made by the hundred, outside of the time that counts.
        signings = module.signings(job["url"], SIGNED_HEADERS, body, 100)
        before = time.process_time()
        for sign in signings:
            signed = sign()
        cpu += time.process_time() - before
        count += len(signings)
    headers = {**SIGNED_HEADERS, **signed}
    return {"count": count, "cpu": cpu, "headers": headers}  # type: ignore[dict-item]


def decoding(module: Any, job: Job) -> Result:
    """Decoding an event stream that came in reads of 64 KB."""
    from pathlib import Path

    data = Path(job["file"]).read_bytes()
    reads = [data[at : at + READ_SIZE] for at in range(0, len(data), READ_SIZE)]
    Expected(job).check_whole(b"".join(module.decode(reads)))
    count = 0
    meter = Meter()
    deadline = time.perf_counter() + job["seconds"]
    while time.perf_counter() < deadline:
        for _ in module.decode(reads):
            count += 1
    return meter.read(count)


CLIENT_MEASURES = {
    measure.__name__: measure for measure in (calls, peak_memory, memory_after, stream, first_part)
}
FUNCTION_MEASURES = {measure.__name__: measure for measure in (signing, decoding)}


def main() -> None:
    job: Job = json.loads(sys.argv[1])
    module = import_module(f"{job['peer']}_peer")
    measure = job["measure"]
    if measure in FUNCTION_MEASURES:
        result = FUNCTION_MEASURES[measure](module, job)
    else:
        shell = (AsyncShell if job["shell"] == "async" else SyncShell)(module, job)

        async def measured() -> Result:
            await shell.open()
            try:
                return await CLIENT_MEASURES[measure](shell, job)
            finally:
                await shell.close()

        result = shell.run(measured())
    print(json.dumps(result))


main()
