"""What is measured: each measurement is a worker's job and gives rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.targets import TARGETS

__all__ = ["MEASUREMENTS", "OURS", "PEERS", "ROWS", "Measurement", "Row"]

OURS = "wrapper"
PEERS = {  # in the order of the table's columns
    "boto3": "boto3",
    "aiobotocore": "aiobotocore",
    "httpx": "httpx, signed",
    "aiohttp": "aiohttp, signed",
    "urllib3": "urllib3, signed",
    OURS: "this client",
}

_SYNC = ("boto3", "httpx", "urllib3", OURS)
_ASYNC = ("aiobotocore", "httpx", "aiohttp", OURS)
_SHELLS = {"sync": _SYNC, "async": _ASYNC}

Result = Mapping[str, float]


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        key: What `--only` calls it.
        group: The heading that it stands under.
        title: What it says of itself.
        unit: Of the values.
        value: Takes the value out of a worker's result.
        better: Which values are better.
        digits: Digits after the point.
        is_compared: Whether a ratio to another client says anything.
    """

    key: str
    group: str
    title: str
    unit: str
    value: Callable[[Result], float]
    better: Literal["lower", "higher"] = "lower"
    digits: int = 0
    is_compared: bool = True


@dataclass(frozen=True)
class Measurement:
    """A job for the workers of some peers.

    Attributes:
        measure: The worker's measure, `cold_start`, or `installed_size`.
        peers: Who is measured; the first is the one that others are compared with.
        rows: What comes of it.
        shell: `sync` or `async`.
        tls: Whether it goes over TLS.
        seconds: How long a worker measures, where the measure does not count calls.
        most_rounds: After so many it is settled.
        job: The job's other fields.
    """

    measure: str
    peers: tuple[str, ...]
    rows: tuple[Row, ...]
    shell: str = "sync"
    tls: bool = False
    seconds: float = 0.4
    most_rounds: int = 100
    job: Mapping[str, int | str] = field(default_factory=dict)

    def rounds(self, rounds: int) -> int:
        """How often it is measured in a run of so many rounds: all that is held to a target."""
        if not any(row.key in TARGETS for row in self.rows):
            rounds = (rounds + 1) // 2
        return min(rounds, self.most_rounds)


def _cpu_microseconds(result: Result) -> float:
    return result["cpu"] / result["count"] * 1e6


def _wall_microseconds(result: Result) -> float:
    return result["wall"] / result["count"] * 1e6


def _wall_milliseconds(result: Result) -> float:
    return result["wall"] / result["count"] * 1e3


def _per_second(result: Result) -> float:
    return result["count"] / result["wall"]


def _thousands_per_second(result: Result) -> float:
    return result["count"] / result["wall"] / 1e3


def _thousands_per_cpu_second(result: Result) -> float:
    return result["count"] / result["cpu"] / 1e3


def _megabytes(name: str) -> Callable[[Result], float]:
    return lambda result: result[name] / 1e6


def _cold_start(shell: str) -> Measurement:
    group = "Cold start"
    return Measurement(
        "cold_start",
        _SHELLS[shell],
        (
            Row(
                f"cold-start-{shell}",
                group,
                f"process start to first answer over TLS, {shell}",
                "ms",
                _wall_milliseconds,
            ),
            Row(
                f"first-memory-{shell}",
                group,
                f"memory after the first call, {shell}",
                "MB",
                _megabytes("memory"),
                digits=1,
            ),
        ),
        shell=shell,
        tls=True,
    )


def _call(shell: str, *, tls: bool) -> Measurement:
    suffix, over = (f"tls-{shell}", " over TLS") if tls else (shell, "")
    return Measurement(
        "calls",
        _SHELLS[shell],
        (
            Row(f"cpu-{suffix}", "A call", f"CPU{over}, {shell}", "µs", _cpu_microseconds),
            Row(f"wall-{suffix}", "A call", f"wall clock{over}, {shell}", "µs", _wall_microseconds),
        ),
        shell=shell,
        tls=tls,
    )


def _in_flight(count: int, endpoint: str, shell: str) -> Measurement:
    server = "server takes 20 ms" if endpoint == "slow" else "instant server"
    by = "threads" if shell == "sync" else "tasks"
    tuned = " (tuned)" if count > 1 else ""
    return Measurement(
        "calls",
        _SHELLS[shell],
        (
            Row(
                f"rate-{count}-{endpoint}-{shell}",
                "Calls in flight",
                f"{count} in flight, {server}, {by}{tuned}",
                "calls/s",
                _per_second,
                better="higher",
            ),
        ),
        shell=shell,
        most_rounds=100 if count > 1 else 1,
        job={"in_flight": count, "endpoint": endpoint},
    )


def _large(mebibytes: int, direction: str, shell: str) -> Measurement:
    job: dict[str, int | str] = {"endpoint": f"large-{mebibytes}"}
    if direction == "up":
        job = {"request_length": mebibytes * 2**20}
    return Measurement(
        "calls",
        _SHELLS[shell],
        (
            Row(
                f"{direction}-{mebibytes}-{shell}",
                "Large bodies",
                f"{mebibytes} MiB {direction}, {shell}",
                "ms",
                _wall_milliseconds,
                digits=1,
            ),
        ),
        shell=shell,
        seconds=0.3,
        job=job,
    )


def _peak_memory(shell: str) -> Measurement:
    titles = {
        "first": "one answer of 25 MiB, peak memory beyond it",
        "eleven": "eleven such answers one after another, peak beyond one",
        "sent": "25 MiB sent, peak memory beyond it",
    }
    return Measurement(
        "peak_memory",
        _SHELLS[shell],
        tuple(
            Row(
                f"peak-{name}-{shell}",
                "Large bodies",
                f"{title}, {shell}",
                "MB",
                _megabytes(name),
                digits=1,
                is_compared=False,
            )
            for name, title in titles.items()
        ),
        shell=shell,
        most_rounds=2,
        job={"endpoint": "large-25", "request_length": 25 * 2**20},
    )


def _stream(size: int, shell: str) -> Measurement:
    reference = "boto3" if shell == "sync" else "aiobotocore"
    return Measurement(
        "stream",
        (reference, OURS),
        (
            Row(
                f"stream-{size}-{shell}",
                "Streams",
                f"parts of {size} bytes end to end, {shell}",
                "thousand parts/s",
                _thousands_per_second,
                better="higher",
            ),
        ),
        shell=shell,
        job={"endpoint": f"stream-{size}"},
    )


def _first_part(shell: str) -> Measurement:
    reference = "boto3" if shell == "sync" else "aiobotocore"
    return Measurement(
        "first_part",
        (reference, OURS),
        (
            Row(
                f"first-part-{shell}",
                "Streams",
                f"call to first part, {shell}",
                "µs",
                _wall_microseconds,
            ),
        ),
        shell=shell,
        job={"endpoint": "stream-paused", "calls": 20},
    )


def _decoding(size: int) -> Measurement:
    return Measurement(
        "decoding",
        ("boto3", OURS),
        (
            Row(
                f"decoding-{size}",
                "Functions",
                f"decoding parts of {size} bytes in reads of 64 KB (botocore: EventStreamBuffer)",
                "thousand parts/s",
                _thousands_per_cpu_second,
                better="higher",
            ),
        ),
        job={"part_size": size},
    )


def _memory_after(shell: str) -> Measurement:
    return Measurement(
        "memory_after",
        _SHELLS[shell],
        (
            Row(
                f"memory-after-{shell}",
                "Memory",
                f"after 10,000 calls, {shell}",
                "MB",
                _megabytes("after"),
                digits=1,
            ),
            Row(
                f"memory-grown-{shell}",
                "Memory",
                f"of it grown since the hundredth call, {shell}",
                "MB",
                _megabytes("grown"),
                digits=1,
                is_compared=False,
            ),
        ),
        shell=shell,
        most_rounds=1,
        job={"calls": 10_000},
    )


_BOTH = ("sync", "async")

MEASUREMENTS: tuple[Measurement, ...] = (
    *(_cold_start(shell) for shell in _BOTH),
    *(_call(shell, tls=tls) for tls in (False, True) for shell in _BOTH),
    *(_in_flight(64, "small", shell) for shell in _BOTH),
    *(_in_flight(256, "small", shell) for shell in _BOTH),
    *(_in_flight(1, "slow", shell) for shell in _BOTH),
    *(_in_flight(64, "slow", shell) for shell in _BOTH),
    *(_in_flight(256, "slow", shell) for shell in _BOTH),
    *(
        _large(size, direction, shell)
        for size in (6, 25)
        for direction in ("up", "down")
        for shell in _BOTH
    ),
    *(_peak_memory(shell) for shell in _BOTH),
    *(_stream(size, shell) for size in (64, 4096) for shell in _BOTH),
    *(_first_part(shell) for shell in _BOTH),
    Measurement(
        "signing",
        ("boto3", OURS),
        (
            Row(
                "signing",
                "Functions",
                "signing a request of 200 bytes (botocore: SigV4Auth)",
                "µs",
                _cpu_microseconds,
                digits=1,
            ),
        ),
    ),
    *(_decoding(size) for size in (64, 4096)),
    *(_memory_after(shell) for shell in _BOTH),
    Measurement(
        "installed_size",
        tuple(PEERS),
        (
            Row(
                "installed-size",
                "Size",
                "installed, with all dependencies",
                "MB",
                _megabytes("bytes"),
                digits=1,
            ),
        ),
        most_rounds=1,
    ),
)

ROWS: dict[str, Row] = {row.key: row for each in MEASUREMENTS for row in each.rows}
