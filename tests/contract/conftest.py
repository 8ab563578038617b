"""A copy of what the contract chain reads, to make drift in."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import contract_diff
from scripts.contract import spec, upstream

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the checkout's chain, with the working directory in it."""
    for name in ("openapi", "generated", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wrapper",):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The spec, to be read only."""
    return spec.load(ROOT / spec.SPEC)


@pytest.fixture(scope="session")
def pristine_model() -> dict[str, Any]:
    return upstream.load(upstream.default_model_path())


@pytest.fixture
def model(pristine_model: dict[str, Any]) -> dict[str, Any]:
    """AWS's service model, to be changed."""
    return copy.deepcopy(pristine_model)


@pytest.fixture
def diff(
    in_root: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[dict[str, Any]], tuple[int, dict[str, dict[str, Any]]]]:
    """Compare the spec with a model: the exit status, and the differences by where they are."""

    def run(model: dict[str, Any]) -> tuple[int, dict[str, dict[str, Any]]]:
        path = tmp_path / "service-2.json"
        path.write_text(json.dumps(model))
        status = contract_diff.main(["upstream", "--upstream", str(path), "--json"])
        printed = json.loads(capsys.readouterr().out)
        found = printed["checks"]["upstream"]
        assert printed["differences"] == len(found)
        return status, {difference["where"]: difference for difference in found}

    return run
