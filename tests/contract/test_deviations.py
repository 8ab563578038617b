"""A deviation that is none is refused: which entry, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.contract import deviations
from scripts.contract.facts import ContractError

KEYS = "must have exactly the keys reason, upstream, ours, where"


def _entry(**changes: str) -> str:
    entry = {"reason": "Why.", "upstream": "1", "ours": "null", "where": "[A.b]"} | changes
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in entry.items()) + "\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (_entry() + "- 1\n", f"entry 2: {KEYS}"),
        (_entry(more="1"), f"entry 1: {KEYS}"),
        (_entry(reason="' '"), "entry 1: reason must say in words why ours differs"),
        (_entry(reason="3"), "entry 1: reason must say in words why ours differs"),
        (_entry(upstream="[1]"), "entry 1: upstream must be one value"),
        (_entry(ours="{}"), "entry 1: ours must be one value"),
        (_entry(where="A.b"), "entry 1: where must be a list of paths"),
        (_entry(where="null"), "entry 1: where must be a list of paths"),
        (_entry(where="[1]"), "entry 1: where must be a list of paths"),
        (_entry() + _entry(), "entry 2: A.b has a deviation already"),
        ("a: b\n", "must be a list of entries, each with reason, upstream, ours, where"),
        ("text\n", "must be a list of entries"),
        ("[", "1: does not parse: expected the node content"),
        ("- 2026-13-01\n", "does not parse: month must be in 1..12"),
        ("[" * 5_000, "does not parse: it is nested too deeply"),
    ],
)
def test_what_is_no_list_of_deviations_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "deviations.yaml"
    path.write_text(text)
    with pytest.raises(ContractError) as caught:
        deviations.load(path)
    said = str(caught.value)
    assert said.startswith(f"{path}:")
    assert problem in said
    assert "\n" not in said


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deviations.yaml"
    path.write_bytes(b"- reason: \xff\n")
    with pytest.raises(ContractError, match="does not parse: not UTF-8 at byte 10; mend it"):
        deviations.load(path)
    with pytest.raises(ContractError, match="cannot be read"):
        deviations.load(tmp_path)


def test_an_entry_stands_for_each_of_its_places(tmp_path: Path) -> None:
    path = tmp_path / "deviations.yaml"
    path.write_text(_entry(where="[A.b, C.d]"))
    assert deviations.load(path) == [
        deviations.Deviation(where, 1, None, "Why.") for where in ("A.b", "C.d")
    ]
    path.write_text("# none\n")
    assert deviations.load(path) == []
