"""The contract diff as a maintainer runs it: every check has its say, and nothing is a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import contract_diff
from scripts.contract import deviations, lock
from scripts.contract.facts import ContractError


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
        (ZeroDivisionError("by zero"), "test_contract_diff.py:{}: ZeroDivisionError: by zero;"),
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
