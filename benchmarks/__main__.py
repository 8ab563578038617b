"""Measure this client beside boto3, aiobotocore and bare HTTP libraries, on this machine.

Each client gets an environment of its own under `.bench/` and calls one fast local server, one
client at a time, in turn, over several rounds. docs/benchmarks.md says what each row means.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import plot, tables
from benchmarks.environments import ROOT, Environment, only_run, prepare
from benchmarks.results import Results
from benchmarks.rows import MEASUREMENTS, OURS, PEERS, ROWS, Measurement
from benchmarks.runner import Runner, running_server
from benchmarks.targets import TARGETS

_DOCUMENT = ROOT / "docs" / "benchmarks.md"
_PICTURE = ROOT / "docs" / "benchmarks.svg"
_QUICK = ("boto3", "aiobotocore", OURS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; status 1 when a peer failed or, under `--check`, a target was missed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := [key for key in options.only if key not in ROWS]:
        parser.error(f"no such row: {', '.join(unknown)}; there are: {', '.join(ROWS)}")
    wanted = options.only or (list(TARGETS) if options.check else list(ROWS))
    if options.plot and (options.only or options.check or options.quick):
        parser.error("--plot describes a whole run: leave out --only, --check and --quick")

    if options.read:
        results = Results.from_json(Path(options.read).read_text("utf-8"))
    else:
        with only_run():
            results = _measure(wanted, options)
    print(tables.text(results))
    if options.json:
        Path(options.json).write_text(results.to_json(), "utf-8")
    if options.plot:
        figures = tables.markdown(results)
        document = tables.replace_between_markers(_DOCUMENT.read_text("utf-8"), figures)
        _DOCUMENT.write_text(document, "utf-8")
        _PICTURE.write_text(plot.svg(results), "utf-8")
    for failure in dict.fromkeys(results.failures):
        print(f"failed: {failure}", file=sys.stderr)
    misses = results.misses(wanted) if options.check else []
    if misses:
        print(f"\n{tables.misses_table(misses)}")
    elif options.check:
        print("\nEvery target is reached.")
    return 1 if misses or results.failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, help="how many rounds (default 5; 2 with --quick)")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a first impression: fewer and shorter rounds, without the bare HTTP libraries",
    )
    parser.add_argument(
        "--only",
        metavar="ROW[,ROW]",
        type=lambda text: text.split(","),
        default=[],
        help=f"measure these rows only: {', '.join(ROWS)}",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="measure the rows that have a target, and fail when one is missed",
    )
    parser.add_argument("--json", metavar="FILE", help="write every value to FILE, too")
    parser.add_argument(
        "--read", metavar="FILE", help="measure nothing: take the values from such a FILE"
    )
    parser.add_argument(
        "--plot", action="store_true", help="bring docs/benchmarks.md and its picture up to date"
    )
    return parser


def _measure(wanted: Sequence[str], options: argparse.Namespace) -> Results:
    measurements = [
        _without_peers(each, options) for each in MEASUREMENTS if _is_wanted(each, wanted)
    ]
    rounds = options.rounds or (2 if options.quick else 5)
    environments = prepare({peer for each in measurements for peer in each.peers})
    with running_server() as server:
        runner = Runner(server, environments, hurry=4 if options.quick else 1)
        results = runner.run(measurements, rounds)
    results.facts = _facts(environments, rounds)
    return results


def _is_wanted(measurement: Measurement, wanted: Sequence[str]) -> bool:
    return any(row.key in wanted for row in measurement.rows)


def _without_peers(measurement: Measurement, options: argparse.Namespace) -> Measurement:
    """Only the peers that the run is about: targets are set against the two that users have."""
    if not (options.quick or options.check):
        return measurement
    return replace(measurement, peers=tuple(p for p in measurement.peers if p in _QUICK))


def _facts(environments: dict[str, Environment], rounds: int) -> dict[str, Any]:
    versions = {peer: environment.versions() for peer, environment in environments.items()}
    clients = {peer: versions[peer][peer] for peer in PEERS if peer in versions and peer != OURS}
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "rounds": rounds,
        "commit": _commit(),
        "clients": clients,
        "packages": versions,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    if not sys.platform.startswith("linux"):
        sys.exit("python -m benchmarks: memory is read from /proc, which only Linux has")
    sys.exit(main())
