"""A reference that leads nowhere is named: which, where, and what was perhaps meant."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scripts.contract import nodes

PARAMETER = {"schema": {"$ref": "#/components/schemas/Name"}}


def _document(reference: object, **others: Any) -> dict[str, Any]:
    return {
        "paths": {"/a": {"post": {"parameters": [{"$ref": reference, **others}]}}},
        "components": {
            "parameters": {"Name": PARAMETER, "Loop": {"$ref": "#/components/parameters/Loop"}},
            "schemas": {"Name": {"type": "string"}},
        },
    }


def test_a_reference_that_leads_to_its_kind_is_followed() -> None:
    document = _document("#/components/parameters/Name")
    assert list(nodes.check(document)) == [
        nodes.Refusal(
            ("components", "parameters", "Loop"),
            "$ref '#/components/parameters/Loop' leads back to itself; "
            "write out what it stands for",
        )
    ]
    top = nodes.Node(document, (), document)
    ((_, parameter),) = top.child("paths").child("/a").child("post").children("parameters")
    assert parameter.steps == ("components", "parameters", "Name")
    assert parameter.child("schema").steps == ("components", "schemas", "Name")
    assert nodes.resolve(document, {"$ref": "#/components/schemas/Name"}) == {"type": "string"}


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("#/components/parameters/Nmae", "is not found; a name under #/components/parameters is accepted; did you mean #/components/parameters/Name?"),
        ("#/components/parametres/Name", "is not found; a name under #/components/parameters is accepted; did you mean #/components/parameters/Name?"),
        ("#/components/schemas/Name", "is not found; a name under #/components/parameters is accepted; did you mean #/components/parameters/Name?"),
        ("other.yaml#/Other", "is not found; a name under #/components/parameters is accepted"),
        ("", "is not found; a name under #/components/parameters is accepted"),
        (3, "is no text; '#/components/…' is accepted"),
    ],
)  # fmt: skip
def test_a_reference_that_leads_nowhere_is_named(reference: object, problem: str) -> None:
    found, *_ = nodes.check(_document(reference))
    assert found.steps == ("paths", "/a", "post", "parameters", 0)
    assert found.problem == f"$ref {reference!r} {problem}"


def test_what_stands_beside_a_reference_is_refused_for_nothing_reads_it() -> None:
    found, *_ = nodes.check(_document("#/components/parameters/Name", required=True))
    assert "stands beside required, which nothing reads" in found.problem
    key, beside = nodes.check({"a": {"b": {"$ref": "#/c", 1: 2, "x": 3}}})
    assert key.steps == ("a", "b", 1)
    assert "stands beside 1, x, which nothing reads" in beside.problem


def test_what_json_does_not_have_is_refused() -> None:
    day = date(2026, 11, 23)
    assert [(found.steps, found.problem) for found in nodes.check({1: {"example": [day]}})] == [
        ((1,), "the key is no text; put it in quotation marks"),
        ((1, "example", 0), "2026-11-23 is read as a date; put it in quotation marks"),
    ]


def test_a_pointer_escapes_what_would_be_read_as_a_step() -> None:
    assert nodes.pointer(("paths", "/a~b", 0)) == "/paths/~1a~0b/0"
