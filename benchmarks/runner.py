"""Measures: starts the server, then one worker at a time, and checks what each of them sent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.answers import answer, event_stream
from benchmarks.environments import FOLDER, ROOT, Environment
from benchmarks.peers.account import invocations_path
from benchmarks.results import Results
from benchmarks.rows import Measurement
from benchmarks.verification import InvalidRequestError, parse_head, verify

__all__ = ["Runner", "running_server"]

_SCRIPTS = ROOT / "benchmarks" / "peers"
_WORKER_TIMEOUT = 300
_PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
# A stream long enough for many reads of 64 KB.
_DECODED_BYTES = 4 * 2**20


class WorkerError(Exception):
    """A worker failed, or sent what the service would have refused."""


class Server:
    """The running server, as the runner sees it."""

    def __init__(self, ports: Mapping[str, int], bundle: Path) -> None:
        self.ports = ports
        self.bundle = bundle

    def url(self, *, tls: bool) -> str:
        scheme = "https" if tls else "http"
        return f"{scheme}://127.0.0.1:{self.ports[scheme]}"

    def report(self) -> dict[str, Any]:
        """What came since the last report."""
        with urllib.request.urlopen(f"{self.url(tls=False)}/report", timeout=60) as response:
            report: dict[str, Any] = json.load(response)
        return report


@contextmanager
def running_server() -> Iterator[Server]:
    """Run the server in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, bundle = _certificates(Path(folder))
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server", str(certificate)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Server(json.loads(process.stdout.readline()), bundle)
        finally:
            process.stdin.close()
            process.wait(timeout=10)
            process.stdout.close()


def _certificates(folder: Path) -> tuple[Path, Path]:
    """The server's certificate and the bundle that vouches for it.

    The bundle is a real one with the test authority added: to load it takes every client some time,
    as it does where users are.
    """
    import certifi
    import trustme

    authority = trustme.CA()
    certificate, bundle = folder / "server.pem", folder / "bundle.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    return certificate, bundle


class Runner:
    """Runs measurements.

    Args:
        server: The running server.
        environments: By peer.
        hurry: By how much to shorten what can be shortened: 1 for not at all.
    """

    def __init__(
        self, server: Server, environments: Mapping[str, Environment], *, hurry: float = 1
    ) -> None:
        self._server = server
        self._environments = environments
        self._hurry = hurry
        self._environment = _clean_environment()
        self._warmed: set[tuple[str, str]] = set()

    def run(self, measurements: Sequence[Measurement], rounds: int) -> Results:
        """Measure everything so many times, the peers in turn."""
        results = Results()
        for number in range(rounds):
            for measurement in measurements:
                if number >= measurement.rounds(rounds):
                    continue
                keys = ", ".join(row.key for row in measurement.rows)
                _show(f"round {number + 1} of {rounds}: {keys}")
                for peer in measurement.peers:
                    if peer not in self._environments:
                        continue
                    try:
                        result = self._measure(measurement, peer)
                    except (WorkerError, InvalidRequestError) as error:
                        results.failures.append(f"{keys}: {peer}: {error}")
                        _show(f"FAILED: {results.failures[-1]}\n")
                    else:
                        for row in measurement.rows:
                            results.add(row.key, peer, row.value(result))
        _show("")
        return results

    def _measure(self, measurement: Measurement, peer: str) -> dict[str, float]:
        if measurement.measure == "installed_size":
            return {"bytes": self._environments[peer].installed_bytes()}
        if measurement.measure == "cold_start":
            return self._cold_start(measurement, peer)
        job = self._job(measurement, peer)
        output = self._run(peer, "worker.py", json.dumps(job))
        result: dict[str, Any] = json.loads(output)
        if measurement.measure == "signing":
            headers = {name.lower(): value for name, value in result.pop("headers").items()}
            url = urlsplit(job["url"])
            headers.setdefault("host", url.netloc)
            body_sha256 = sha256(bytes(range(job["request_length"]))).hexdigest()
            verify("POST", url.path, headers, body_sha256, now=datetime.now(UTC))
        elif measurement.measure != "decoding":
            calls = int(result["count"]) if measurement.measure == "calls" else 1
            self._verify(at_least=calls, connections=job["in_flight"])
        return result

    def _cold_start(self, measurement: Measurement, peer: str) -> dict[str, float]:
        arguments = (self._server.url(tls=measurement.tls), str(self._server.bundle), "small")
        command = ("cold_start.py", peer, measurement.shell, *arguments)
        if (peer, measurement.shell) not in self._warmed:
            self._warmed.add((peer, measurement.shell))
            self._run(peer, *command)  # the very first time, files come from the disk
            self._verify(at_least=1, connections=1)
        start = time.monotonic()
        end, pages, length = self._run(peer, *command).split()
        if int(length) != len(answer("small").body):
            raise WorkerError(f"{length} bytes came")
        self._verify(at_least=1, connections=1)
        return {"count": 1, "wall": float(end) - start, "memory": int(pages) * _PAGE_SIZE}

    def _job(self, measurement: Measurement, peer: str) -> dict[str, Any]:
        job: dict[str, Any] = {
            "peer": peer,
            "measure": measurement.measure,
            "shell": measurement.shell,
            "url": self._server.url(tls=measurement.tls),
            "bundle": str(self._server.bundle),
            "endpoint": "small",
            "small_endpoint": "small",
            "request_length": 200,
            "in_flight": 1,
            "seconds": measurement.seconds / self._hurry,
            **measurement.job,
        }
        if measurement.measure == "signing":
            job["url"] += invocations_path(job["endpoint"])
        if measurement.measure == "decoding":
            size = job["part_size"]
            stream, body = event_stream(size, _DECODED_BYTES // size)
            file = FOLDER / f"stream-{size}.bin"
            file.write_bytes(stream)
            job["file"] = str(file)
        else:
            _, body, job["parts"] = answer(job["endpoint"])
        if measurement.measure == "memory_after":
            job["calls"] = int(job["calls"] / self._hurry)
        return {**job, "answer_length": len(body), "answer_crc32": zlib.crc32(body)}

    def _run(self, peer: str, script: str, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [self._environments[peer].python, _SCRIPTS / script, *arguments],
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_WORKER_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WorkerError(f"not done after {_WORKER_TIMEOUT} s") from None
        if done.returncode:
            raise WorkerError(_cause(done.stderr))
        return done.stdout

    def _verify(self, *, at_least: int, connections: int) -> None:
        """Check the last worker: that it made the calls, on how many connections, and a sample."""
        report = self._server.report()
        if report["connections"] > connections:
            raise WorkerError(
                f"it made {report['connections']} connections where {connections} serve"
            )
        if report["requests"] < at_least or not report["samples"]:
            raise WorkerError(
                f"{report['requests']} requests came, and {len(report['samples'])} were kept; "
                f"{at_least} calls were counted"
            )
        for sample in report["samples"]:
            method, target, headers = parse_head(sample["head"])
            verify(method, target, headers, sample["body_sha256"], now=datetime.now(UTC))


def _cause(stderr: str) -> str:
    """The line of a traceback that names the error; asyncio may add others after it."""
    lines = stderr.strip().splitlines() or ["it said nothing"]
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
    return (named or lines)[-1]


def _clean_environment() -> dict[str, str]:
    """No proxy, profile or setting of this machine."""
    home = FOLDER / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
    elif text.strip():
        print(text, file=sys.stderr, flush=True)
