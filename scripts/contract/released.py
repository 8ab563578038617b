"""Today against the last release: the spec's facts and the public Python API.

A release is recorded under openapi/released/: its version, its spec, and its public API as stubs. A
breaking change needs a new major version, or, while that is 0, a new minor one.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scripts.contract import public_api, spec
from scripts.contract.facts import PRESENT, ContractError, Difference, Facts, Value
from scripts.contract.files import read_text

__all__ = ["RELEASED", "check", "compare_specs", "record"]

RELEASED = Path("openapi/released")
PROJECT = Path("pyproject.toml")

_BREAKING = "breaking: give the next version in pyproject.toml a new {}, or take it back"


def check(document: dict[str, Any]) -> list[Difference]:
    """What has changed since the last release.

    A breaking change that the version in pyproject.toml allows is a note, as is any other change.

    Raises:
        ContractError: There is no record of a release.
    """
    versions = _version_of(RELEASED / "release.json"), _project_version()
    before = spec.load(RELEASED / "sagemaker-runtime.yaml")
    return [
        *compare_specs(before, document, versions=versions),
        *_classed(public_api.changes(RELEASED / "api"), versions),
    ]


def compare_specs(
    before: dict[str, Any], now: dict[str, Any], *, versions: tuple[str, str]
) -> list[Difference]:
    """What has changed from one spec, released as one version, to another of a later one."""
    return _classed(_spec_changes(spec.facts(before), spec.facts(now)), versions)


def _classed(
    changes: Iterable[tuple[str, Value, Value, bool | None]], versions: tuple[str, str]
) -> list[Difference]:
    allowed = _allows_breaking(*versions)
    number = "major number" if _parts(versions[0])[0] else "minor number"
    remedies = {
        True: "breaking, and the version says so" if allowed else _BREAKING.format(number),
        False: "not breaking",
        None: f"look at it: if it can break a caller, the next version needs a new {number}",
    }
    return [
        Difference("released", where, then, now, remedies[breaks], allowed or not breaks)
        for where, then, now, breaks in changes
    ]


def record(folder: Path = RELEASED) -> str:
    """Record today's spec and API as those of the version in pyproject.toml; give the version."""
    version = _project_version()
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / folder.name
        public_api.write_stubs(fresh / "api")
        shutil.copy(spec.SPEC, fresh / "sagemaker-runtime.yaml")
        (fresh / "release.json").write_text(
            json.dumps({"version": version}) + "\n", encoding="utf-8"
        )
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return version


def _version_of(path: Path) -> str:
    try:
        version = json.loads(path.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ContractError(f"{path}: no record of a release; run `make record-release`") from None
    return _checked(path, version)


def _project_version() -> str:
    try:
        version = tomllib.loads(read_text(PROJECT))["project"]["version"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ContractError(f"{PROJECT}: has no project.version ({error}); mend it") from None
    return _checked(PROJECT, version)


def _checked(path: Path, version: object) -> str:
    if not isinstance(version, str) or not re.match(r"[0-9]+\.[0-9]+(\.|$)", version):
        raise ContractError(f"{path}: {version!r} is no version; one such as '1.2.3' is accepted")
    return version


def _parts(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _allows_breaking(before: str, now: str) -> bool:
    then, today = _parts(before), _parts(now)
    return today[0] > then[0] or (then[0] == today[0] == 0 and today[1] > then[1])


def _spec_changes(before: Facts, now: Facts) -> Iterator[tuple[str, Value, Value, bool]]:
    """Each changed fact, and whether it can break a caller who obeyed the old spec."""
    seen: list[str] = []
    for where in sorted({*before, *now}):
        then, today = before.get(where), now.get(where)
        if then == today or any(where.startswith(f"{parent}.") for parent in seen):
            continue
        if PRESENT in (then, today):
            seen.append(where)
        yield where, then, today, _breaks(where, then, today, now)


def _breaks(where: str, then: Value, today: Value, now: Facts) -> bool:
    steps = where.split(".")
    asked = ".input." in where
    if then == PRESENT:
        is_error = steps[0] == "errors" and len(steps) == 2
        return not is_error and "errors" not in steps[1:]  # one error less breaks nobody
    if today == PRESENT:
        return asked and bool(now.get(f"{where}.required"))
    fact = steps[-1]
    if then is None and steps[0] == "service":
        return False  # said for the first time
    if fact == "required":
        return bool(today) if asked else not today
    if fact in {"min", "max"}:
        tighter = (
            _number(today, fact) > _number(then, fact)
            if fact == "min"
            else _number(today, fact) < _number(then, fact)
        )
        return tighter if asked else not tighter
    if fact in {"sensitive", "deprecated"}:
        return False
    if fact in {"pattern", "enum"}:
        return asked and today is not None
    return True


def _number(value: Value, limit: str) -> float:
    if isinstance(value, int):
        return value
    return float("-inf") if limit == "min" else float("inf")
