"""The contract diff as a maintainer runs it: every check has its say, and nothing is a traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import contract_diff, regen
from scripts.contract import deviations, lock, spec
from scripts.contract.facts import ContractError

ROOT = Path(__file__).parents[2]

Run = Callable[..., tuple[int, dict[str, Any]]]


def test_a_check_that_cannot_run_leaves_the_others_their_say(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ContractError("requirements/dev.in: another ruff; run `make setup -B`")

    monkeypatch.setattr(lock, "require_pinned_tools", refuse)
    deviations.DEVIATIONS.write_text("")
    assert contract_diff.main(["upstream", "generated"]) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("upstream   29 differences\n  InvokeEndpoint.input.Accept")
    assert printed.out.endswith("generated  could not run\n")
    assert printed.err == (
        "contract-diff: generated: requirements/dev.in: another ruff; run `make setup -B`\n"
    )

    assert contract_diff.main(["upstream", "generated", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["differences"] == 29
    assert list(found["could_not_run"]) == ["generated"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "openapi/x"), "openapi/x: Permission denied"),
        (ModuleNotFoundError("No x", name="sagemaker_runtime.x"), "No x; run `make regen`, with"),
        (ZeroDivisionError("by\nzero"), "test_contract_diff.py:{}: ZeroDivisionError: by zero;"),
    ],
)
def test_a_fault_that_nobody_thought_of_is_one_line_too(
    error: Exception,
    said: str,
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(lock, "require_pinned_tools", fail)
    assert contract_diff.main(["generated"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "generated  could not run\n"
    assert said.format(fail.__code__.co_firstlineno + 1) in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(("number", "said"), [(0, "0 changes"), (1, "1 change"), (2, "2 changes")])
def test_what_is_counted_agrees_with_its_number(number: int, said: str) -> None:
    assert contract_diff._counted(number, "change") == said


@pytest.fixture
def run(checkout: Path) -> Run:
    """Run checks by themselves, in a checkout whose packages may not import."""
    for name in ("wrapper", "scripts"):
        (checkout / name).unlink(missing_ok=True)
        shutil.copytree(ROOT / name, name, ignore=shutil.ignore_patterns("__pycache__"))

    def contract_diff(*checks: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "scripts.contract_diff", *checks, "--json"],
            env={**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'generated'}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout)

    return contract_diff


BROKEN = [
    ("wrapper/_client.py", "class SageMaker", "class class SageMaker", "SyntaxError: invalid syntax", "mend it"),
    ("wrapper/_retry.py", "annotations\n", "annotations\nimport nowhere_at_all\n", "ModuleNotFoundError: No module named 'nowhere_at_all'", "run `make setup -B`"),
    ("wrapper/_operations.py", "invoke_endpoint_async,\n", "invoke_endpoint_twice,\n", "ImportError: cannot import name 'invoke_endpoint_twice'", "the raw client has no such thing: delete it there, or put it back into the spec"),
    ("wrapper/_operations.py", "contract.INVOKE_ENDPOINT,", "contract.INVOKE_TWICE,", "AttributeError: module 'sagemaker_runtime.contract' has no attribute 'INVOKE_TWICE'", "the raw client has no such thing: delete it there, or put it back into the spec"),
    ("generated/sagemaker_runtime/contract.py", "class Parameter", "class class Parameter", "SyntaxError: invalid syntax", "run `make regen`, with FORCE=1 if it was edited by hand"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("path", "old", "new", "said", "remedy"), BROKEN)
def test_a_package_that_does_not_import_is_one_line_that_names_the_file(
    path: str, old: str, new: str, said: str, remedy: str, run: Run
) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new, 1))
    status, found = run("seam", "methods")
    assert status == 2
    assert found["checks"] == {}
    for problem in (found["could_not_run"][check] for check in ("seam", "methods")):
        assert re.match(rf"{re.escape(f'{path}:')}\d+: {re.escape(said)}", problem)
        assert f"; {remedy}" in problem
        assert "\n" not in problem


@pytest.mark.slow
def test_an_operation_more_in_the_spec_is_one_difference_of_the_seam(run: Run) -> None:
    text = spec.SPEC.read_text()
    begin = text.index("    post:\n      operationId: InvokeEndpoint\n")
    end = text.index("  /endpoints/{EndpointName}/async-invocations:\n")
    path = "  /endpoints/{EndpointName}/pings:\n    parameters: *signature\n"
    again = text[begin:end].replace("operationId: InvokeEndpoint", "operationId: PingEndpoint")
    spec.SPEC.write_text(text[:end] + path + again + text[end:])
    assert "api/runtime/ping_endpoint.py" in regen.regenerate(force=False)

    status, found = run("seam", "methods")
    assert status == 1
    assert found["checks"]["methods"] == []
    (difference,) = found["checks"]["seam"]
    assert difference["where"] == "ping_endpoint"
    assert (
        difference["remedy"]
        == "add it to OPERATIONS in wrapper/_operations.py, and to both clients"
    )
