"""A soak: thousands of calls through the fault proxy, by both clients, and what became of them.

    python -m tests.faults.soak --calls 20000

Each call ends in the right answer or in one typed error, in time; no answer reaches another caller;
no model runs twice where the policy forbids it; nothing is left behind. The program prints its
figures, and what is wrong, if anything; then it exits with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import itertools
import multiprocessing
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs
import httpx

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.origin import echo
from tests.faults.proxy import FaultProxy, Seen
from wrapper import (
    AsyncSageMakerRuntimeClient,
    Credentials,
    RetryPolicy,
    SageMakerRuntimeClient,
    SageMakerRuntimeError,
    Timeout,
)

__all__ = ["Figures", "Plan", "soak"]

_TOTAL = 3.0  # seconds for a call
_LONGEST = 4.0  # seconds after which the proxy breaks off whatever drips
_TIMEOUT = Timeout(connect=1.0, read=0.4, write=1.0, pool=3.0)
_CREDENTIALS = Credentials("AKIDEXAMPLE", "a-secret-access-key")
# An answer that nobody asked for and that comes while the next one is awaited looks like that: no
# client can tell (RFC 9112, section 9.2: answers belong to requests by their order alone).
_FAULTS = [fault for fault in FAULTS if fault.name != "another answer when idle"]
_RETRYABLE = {fault.name for fault in FAULTS if fault.is_retryable_answer}


@attrs.frozen
class Plan:
    """What to do.

    Attributes:
        calls: How many calls each client makes.
        at_once: How many of them at a time.
        fault_rate: Which part of the exchanges goes wrong.
        seed: Of everything that is random.
        engine: `own`, or `httpx` for its stock transport.
    """

    calls: int
    at_once: int = 32
    fault_rate: float = 0.1
    seed: int = 1
    engine: str = "own"


@attrs.define
class Figures:
    """What became of one client's calls.

    Attributes:
        name: Of the client.
        seconds: For all calls.
        outcomes: How many calls ended in the right answer, and in which errors.
        faults: How many exchanges went wrong.
        repeated: How many inferences the service got again, as the policy has it.
        slowest: The seconds that the slowest call took.
        left: What is left behind: file descriptors, threads, tasks, and connections of the proxy.
        grown: By how many MiB the process grew from the first fifth of the calls to the end.
        wrong: What must not be.
    """

    name: str
    seconds: float = 0.0
    outcomes: Counter[str] = attrs.field(factory=Counter)
    faults: int = 0
    repeated: Counter[str] = attrs.field(factory=Counter)
    slowest: float = 0.0
    left: dict[str, int] = attrs.field(factory=dict)
    grown: float = 0.0
    wrong: list[str] = attrs.field(factory=list)

    def __str__(self) -> str:
        calls = sum(self.outcomes.values())
        lines = [
            f"{self.name}: {calls} calls in {self.seconds:.1f} s, slowest {self.slowest:.2f} s",
            f"  exchanges that went wrong: {self.faults}",
            "  ended in: " + ", ".join(f"{n} {name}" for name, n in self.outcomes.most_common()),
            "  sent again: " + (", ".join(f"{n} {why}" for why, n in self.repeated.items()) or "0"),
            "  left behind: " + ", ".join(f"{n} {what}" for what, n in self.left.items()),
            f"  memory: {self.grown:+.1f} MiB",
            f"  wrong: {len(self.wrong) or 'nothing'}",
            *(f"    {each}" for each in self.wrong[:20]),
        ]
        return "\n".join(lines)


# The proxy, in a process of its own so that it takes neither time nor memory from the clients.


def _serve(pipe: Connection, seed: int, fault_rate: float) -> None:
    chance = random.Random(seed)
    struck = Counter[str]()

    def decide() -> Fault | None:
        if chance.random() >= fault_rate:
            return None
        fault = chance.choice(_FAULTS)
        struck[fault.name] += 1
        return fault

    async def answer(seen: Seen, raw: bytes) -> bytes:
        answer = await echo(seen, raw)
        seen.body = b""  # a record of thousands
        return answer

    with FaultProxy(answer, decide=decide, longest=_LONGEST) as proxy:
        pipe.send(proxy.url)
        while pipe.recv() == "report":
            deadline = time.monotonic() + _LONGEST + 1
            while proxy.open_connections and time.monotonic() < deadline:
                time.sleep(0.01)
            pipe.send(
                (
                    proxy.seen,
                    sum(struck.values()),
                    proxy.open_connections,
                    [*map(repr, proxy.errors)],
                )
            )
            proxy.seen = []
            struck.clear()


@contextmanager
def _proxy(plan: Plan) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, plan.seed, plan.fault_rate), daemon=True)
    process.start()
    theirs.close()  # so that we notice when it ends
    try:
        yield ours
        ours.send("stop")
        process.join(10)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


# The calls.


@attrs.frozen
class _Call:
    """A call and its right answer."""

    operation: str
    arguments: tuple[Any, ...]
    parameters: dict[str, Any]
    body: bytes

    @property
    def is_stream(self) -> bool:
        return self.operation.endswith("stream")

    def is_answered_by(self, output: Any) -> bool:
        if self.operation == "invoke_endpoint":
            return bool(output.body == self.body)
        given = (output.inference_id, output.output_location)
        return given == (self.parameters["inference_id"], self.parameters["input_location"])


def _call(name: str, number: int, seed: int) -> _Call:
    chance = random.Random(f"{name} {number} {seed}")
    identifier = f"{name}-{number}"
    kind = chance.random()
    if kind < 0.1:
        where = f"s3://bucket/{identifier}"
        parameters = {"inference_id": identifier, "input_location": where}
        return _Call("invoke_endpoint_async", ("echo",), parameters, b"")
    size = 150_000 if chance.random() < 0.02 else chance.randrange(4000)
    body = identifier.encode() + b" " + chance.randbytes(size)
    operation = "invoke_endpoint" if kind < 0.7 else "invoke_endpoint_with_response_stream"
    return _Call(operation, ("echo", body), {"inference_id": identifier}, body)


class _Tally:
    """Notes how each call ends. Thread-safe."""

    def __init__(self, figures: Figures, plan: Plan) -> None:
        self._figures = figures
        self._plan = plan
        self._lock = threading.Lock()
        self._done = 0
        self._memory = 0.0

    @contextmanager
    def call(self, call: _Call) -> Iterator[Callable[[bool], None]]:
        """Time a call; what is yielded is told whether its answer is right."""
        outcome = "no outcome"
        began = time.monotonic()

        def answered(is_right: bool) -> None:
            nonlocal outcome
            outcome = "right answers" if is_right else "WRONG ANSWER"

        try:
            yield answered
        except SageMakerRuntimeError as error:
            outcome = type(error).__name__
        except Exception as error:  # noqa: BLE001  # that is what is looked for
            outcome = f"UNTYPED {error!r}"
        seconds = time.monotonic() - began
        limit = _TOTAL + (_LONGEST if call.is_stream else 0) + _SLACK
        with self._lock:
            figures = self._figures
            figures.outcomes[outcome] += 1
            figures.slowest = max(figures.slowest, seconds)
            who = call.parameters["inference_id"]
            if not outcome[1].islower():
                figures.wrong.append(f"{who}: {outcome}")
            if seconds > limit:
                figures.wrong.append(f"{who}: {outcome} after {seconds:.2f} s, limit {limit} s")
            self._done += 1
            if self._done == self._plan.calls // 5:
                self._memory = _memory()
            elif self._done == self._plan.calls:
                figures.grown = _memory() - self._memory


_SLACK = 2.0  # for a machine that does other things too


def _options(url: str, plan: Plan) -> dict[str, Any]:
    return {
        "region": "us-east-1",
        "endpoint_url": url,
        "credentials": _CREDENTIALS,
        "timeout": _TIMEOUT,
        "retries": RetryPolicy(total_timeout=_TOTAL),
    }


def _run_sync(url: str, plan: Plan, figures: Figures) -> None:
    tally = _Tally(figures, plan)
    options = _options(url, plan)
    if plan.engine == "httpx":
        options["transport"] = httpx.HTTPTransport()
    with (
        SageMakerRuntimeClient(**options) as client,
        ThreadPoolExecutor(plan.at_once, "soak") as pool,
    ):

        def make(number: int) -> None:
            call = _call("sync", number, plan.seed)
            with tally.call(call) as answered:
                output = getattr(client, call.operation)(*call.arguments, **call.parameters)
                if call.is_stream:
                    with output as stream:
                        answered(stream.read() == call.body)
                else:
                    answered(call.is_answered_by(output))

        numbers = iter(range(plan.calls))  # its steps are atomic

        def work(_: int) -> None:
            for number in numbers:
                make(number)

        list(pool.map(work, range(plan.at_once)))
    figures.left["tasks"] = 0


def _run_async(url: str, plan: Plan, figures: Figures) -> None:
    tally = _Tally(figures, plan)

    async def main() -> None:
        options = _options(url, plan)
        if plan.engine == "httpx":
            options["transport"] = httpx.AsyncHTTPTransport()
        async with AsyncSageMakerRuntimeClient(**options) as client:

            async def make(number: int) -> None:
                call = _call("async", number, plan.seed)
                with tally.call(call) as answered:
                    method = getattr(client, call.operation)
                    output = await method(*call.arguments, **call.parameters)
                    if call.is_stream:
                        async with output as stream:
                            answered(await stream.read() == call.body)
                    else:
                        answered(call.is_answered_by(output))

            numbers = iter(range(plan.calls))

            async def work() -> None:
                for number in numbers:
                    await make(number)

            await asyncio.gather(*(work() for _ in range(plan.at_once)))
        figures.left["tasks"] = len(asyncio.all_tasks()) - 1

    asyncio.run(main())


# The judgement.


def _judge_repetitions(seen: list[Seen], figures: Figures) -> None:
    """No model runs again but after an answer that asks for it, or on a connection left idle."""
    calls: dict[str, list[Seen]] = {}
    for request in seen:
        calls.setdefault(request.headers["amz-sdk-invocation-id"], []).append(request)
    for requests in calls.values():
        for before, after in itertools.pairwise(requests):
            if before.fault in _RETRYABLE:
                why = "after an answer that asks for it"
            elif before.sent == 0 and before.exchange > 1:
                why = "after a pooled connection was lost without an answer"
            else:
                who = before.headers["x-amzn-sagemaker-inference-id"]
                number = after.headers["amz-sdk-request"]
                figures.wrong.append(f"{who}: sent again ({number}) after {before.fault}")
                continue
            figures.repeated[why] += 1


def _memory() -> float:
    """The process's memory in MiB, without what it does not use any more."""
    gc.collect()
    with suppress(AttributeError):  # glibc's; it keeps freed blocks between others for later
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def soak(plan: Plan, clients: tuple[str, ...] = ("sync", "async")) -> list[Figures]:
    """Make the calls and say what became of them."""
    runs = {"sync": _run_sync, "async": _run_async}
    found = []
    with _proxy(plan) as pipe:
        url = pipe.recv()
        for name in clients:
            figures = Figures(f"{name} client, {plan.engine} engine")
            gc.collect()
            descriptors, threads = _descriptors(), threading.active_count()
            began = time.monotonic()
            runs[name](url, plan, figures)
            figures.seconds = time.monotonic() - began
            gc.collect()
            pipe.send("report")
            seen, figures.faults, open_connections, errors = pipe.recv()
            figures.left["file descriptors"] = _descriptors() - descriptors
            figures.left["threads"] = threading.active_count() - threads
            figures.left["connections"] = open_connections
            figures.wrong += [f"the proxy: {error}" for error in errors]
            figures.wrong += [
                f"{n} {what} left behind" for what, n in figures.left.items() if n > 0
            ]
            _judge_repetitions(seen, figures)
            if figures.grown > _MOST_GROWTH:
                figures.wrong.append(f"grew by {figures.grown:.1f} MiB")
            found.append(figures)
    return found


_MOST_GROWTH = 16.0  # MiB: the noise of the allocator


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description="Soak both clients in faults.")
    parser.add_argument("--calls", type=int, default=20_000, help="calls of each client")
    parser.add_argument("--at-once", type=int, default=32, help="calls at a time")
    parser.add_argument("--fault-rate", type=float, default=0.1, help="part that goes wrong")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("own", "httpx"), default="own")
    chosen = parser.parse_args()
    plan = Plan(chosen.calls, chosen.at_once, chosen.fault_rate, chosen.seed, chosen.engine)
    found = soak(plan)
    print(*found, sep="\n")  # noqa: T201
    return 1 if any(figures.wrong for figures in found) else 0


if __name__ == "__main__":
    sys.exit(main())
