"""A change that can break a caller needs a version that says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from scripts import contract_diff
from scripts.contract import released, spec
from scripts.contract.facts import ContractError, Difference

ROOT = Path(__file__).parents[2]


def _changes(edit: Callable[[str], str], *, version: str = "1.2.0") -> dict[str, Difference]:
    """What the check says of a spec after an edit, as of a version that comes after 1.1.0."""
    text = (ROOT / spec.SPEC).read_text()
    edited = edit(text)
    assert edited != text
    found = released.compare_specs(
        yaml.safe_load(text), yaml.safe_load(edited), versions=("1.1.0", version)
    )
    return {difference.where: difference for difference in found}


def _replace(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


BREAKING = [
    ("a tighter limit", _replace("      maxLength: 63\n", "      maxLength: 62\n"), "InvokeEndpoint.input.EndpointName.max"),
    ("a renamed header", _replace("X-Amzn-SageMaker-Target-Model", "X-Model"), "InvokeEndpoint.input.TargetModel.wire_name"),
    ("a removed parameter", _replace('        - $ref: "#/components/parameters/TargetModel"\n', ""), "InvokeEndpoint.input.TargetModel"),
    ("a parameter now required", _replace("      x-amz-member: TargetModel\n", "      x-amz-member: TargetModel\n      required: true\n"), "InvokeEndpoint.input.TargetModel.required"),
    ("another status of an error", lambda text: text.replace('        "424": {', '        "425": {'), "errors.ModelError.status"),
    ("a moved path", _replace("/invocations:\n", "/invoke:\n"), "InvokeEndpoint.path"),
    ("values that are closed", _replace("    TargetModel:\n      type: string\n", "    TargetModel:\n      type: string\n      enum: [a]\n"), "InvokeEndpoint.input.TargetModel.enum"),
]  # fmt: skip

FINE = [
    ("a wider limit", _replace("      maxLength: 63\n", "      maxLength: 64\n"), "InvokeEndpoint.input.EndpointName.max"),
    ("a deprecation", _replace("      x-amz-member: TargetModel\n", "      x-amz-member: TargetModel\n      deprecated: true\n"), "InvokeEndpoint.input.TargetModel.deprecated"),
    ("something said of the service for the first time", _replace("    protocol: rest-json\n", "    protocol: rest-json\n    color: blue\n"), "service.color"),
    ("one error less", _replace('        "530": { $ref: "#/components/responses/InternalDependencyException" }\n', ""), "InvokeEndpoint.errors.InternalDependencyException"),
]  # fmt: skip


@pytest.mark.parametrize(("_what", "edit", "where"), BREAKING, ids=[row[0] for row in BREAKING])
def test_a_breaking_change_without_a_major_version_is_an_error(
    _what: str, edit: Callable[[str], str], where: str
) -> None:
    found = _changes(edit)
    assert not found[where].is_note
    assert (
        "breaking: give the next version in pyproject.toml a new major number"
        in found[where].remedy
    )


@pytest.mark.parametrize(("_what", "edit", "where"), FINE, ids=[row[0] for row in FINE])
def test_a_change_that_breaks_nobody_is_a_note(
    _what: str, edit: Callable[[str], str], where: str
) -> None:
    found = _changes(edit)
    assert found[where].is_note
    assert all(difference.is_note for difference in found.values())


def test_a_breaking_change_with_a_major_version_is_a_note() -> None:
    _, edit, where = BREAKING[0]
    found = _changes(edit, version="2.0.0")
    assert found[where].is_note
    assert "breaking, and the version says so" in found[where].remedy


@pytest.mark.parametrize(
    ("before", "now", "allowed"),
    [
        ("1.1.0", "1.2.0", False),
        ("1.1.0", "2.0.0", True),
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("2.0.0", "1.9.0", False),
    ],
)
def test_what_a_version_allows_follows_semantic_versioning(
    before: str, now: str, *, allowed: bool
) -> None:
    assert released._allows_breaking(before, now) is allowed


@pytest.mark.slow
def test_what_is_recorded_as_released_differs_from_today_in_nothing(checkout: Path) -> None:
    version = released.record()
    assert version == released._project_version()
    assert released.check(spec.load(spec.SPEC)) == []
    assert contract_diff.main(["released"]) == 0


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"version": 3}', '{"version": "one"}'])
def test_a_garbled_record_of_a_release_is_one_line(content: str, checkout: Path) -> None:
    (released.RELEASED / "release.json").write_text(content)
    with pytest.raises(ContractError, match=r"^openapi/released/release\.json: [^\n]*$"):
        released.check(spec.load(spec.SPEC))


@pytest.mark.parametrize("content", ["[", "", "[project]", "project = 1", None])
def test_a_project_without_a_version_is_one_line(content: str | None, checkout: Path) -> None:
    released.PROJECT.unlink()
    if content is not None:
        released.PROJECT.write_text(content)
    with pytest.raises(ContractError, match=r"^pyproject\.toml: [^\n]*$"):
        released.check(spec.load(spec.SPEC))


def test_no_record_of_a_release_names_the_remedy(checkout: Path) -> None:
    (released.RELEASED / "release.json").unlink()
    with pytest.raises(ContractError, match="run `make record-release`"):
        released.check(spec.load(spec.SPEC))
