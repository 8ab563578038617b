"""The Makefile hands on what it is given, whatever is in it, and takes 0 for no."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., list[str]]:
    """Run a target with a program that prints its arguments in place of Python."""
    program = tmp_path / "arguments"
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    (tmp_path / ".ready").touch()

    def run(*given: str) -> list[str]:
        done = subprocess.run(
            ["make", "--no-print-directory", *given, f"RUN={program}", f"VENV={tmp_path}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    return run


def test_a_path_with_blanks_and_quotes_is_one_argument(make: Callable[..., list[str]]) -> None:
    path = 'a folder/it\'s "here"/service-2.json'
    assert make("contract-diff", "CHECK=upstream seam", f"UPSTREAM={path}") == [
        *("-m", "scripts.contract_diff", "upstream", "seam", "--upstream", path)
    ]


@pytest.mark.parametrize(
    ("target", "switch", "option"),
    [
        ("regen", "FORCE", "--force"),
        ("contract-diff", "JSON", "--json"),
        ("partitions", "WRITE", "--write"),
    ],
)
def test_a_switch_is_on_when_it_is_given_and_not_0(
    target: str, switch: str, option: str, make: Callable[..., list[str]]
) -> None:
    assert option in make(target, f"{switch}=1")
    assert option not in make(target, f"{switch}=0")
    assert option not in make(target, f"{switch}=")
    assert option not in make(target)
