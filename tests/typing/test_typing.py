"""mypy and pyright accept what users write, and reject what they get wrong, line by line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TYPICAL, WRONG = HERE / "typical_uses.py", HERE / "wrong_uses.py"

Found = dict[str, dict[int, list[str]]]


def run(*program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *program, str(TYPICAL), str(WRONG)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.stdout


def mypy(cache: Path) -> Found:
    found: Found = defaultdict(lambda: defaultdict(list))
    output = run("mypy", "--strict", "--output", "json", "--cache-dir", str(cache))
    for line in output.splitlines():
        problem = json.loads(line)
        if problem["severity"] == "error":
            name = Path(problem["file"]).name
            found[name][problem["line"]].append(problem["message"])
    return found


def pyright(_: Path) -> Found:
    found: Found = defaultdict(lambda: defaultdict(list))
    for problem in json.loads(run("pyright", "--outputjson", "--pythonpath", sys.executable))[
        "generalDiagnostics"
    ]:
        if problem["severity"] == "error":
            name = Path(problem["file"]).name
            line = problem["range"]["start"]["line"] + 1
            found[name][line].append(problem["message"])
    return found


@pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)
def test_every_typical_use_is_accepted_and_every_wrong_one_rejected(checker, tmp_path):
    found = checker(tmp_path)
    assert dict(found.pop(TYPICAL.name, {})) == {}
    lines = WRONG.read_text("utf-8").splitlines()
    to_reject = {number for number, line in enumerate(lines, 1) if line.endswith("# rejected")}
    assert len(to_reject) > 60
    rejected = found.pop(WRONG.name)
    accepted = {number: lines[number - 1].strip() for number in to_reject - set(rejected)}
    assert accepted == {}
    assert {number: rejected[number] for number in set(rejected) - to_reject} == {}
    assert found == {}  # nothing in the package itself
