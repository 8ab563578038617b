"""A contract as a flat set of facts, and the differences between two of them.

A fact is a path and a value: `InvokeEndpoint.input.Accept.wire_name` is `Accept`. A path that
others lie under (`InvokeEndpoint.input.Accept`) has the value `PRESENT`, so that a whole parameter
that one side lacks is one difference, not one a fact.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import attrs

__all__ = [
    "PRESENT",
    "ContractError",
    "Difference",
    "Facts",
    "Value",
    "as_value",
    "compare",
    "render",
]

Value: TypeAlias = str | int | bool | None
Facts: TypeAlias = Mapping[str, Value]

PRESENT = "present"


class ContractError(Exception):
    """An input of the chain cannot be used: one line that names the file and the remedy."""


@attrs.frozen
class Difference:
    """One difference between two links of the chain.

    Attributes:
        check: Which check found it.
        where: The path of the fact, or the file.
        upstream: What the earlier link says; None when it says nothing.
        ours: What the later link says; None when it says nothing.
        remedy: What to do about it.
        is_note: Worth knowing, but nothing is wrong.
        detail: Lines to show below it, such as the difference of two files.
    """

    check: str
    where: str
    upstream: Value
    ours: Value
    remedy: str
    is_note: bool = False
    detail: str = ""

    def covers(self, where: str) -> bool:
        """Whether a path lies under this one, the whole of which one side lacks."""
        return PRESENT in (self.upstream, self.ours) and where.startswith(f"{self.where}.")


def as_value(value: object) -> Value:
    """What a fact says of a value of any shape: a list or a mapping as JSON, keys in order."""
    if isinstance(value, str | int | bool | None):
        return value
    return json.dumps(value, sort_keys=True)


def compare(
    check: str, upstream: Facts, ours: Facts, *, remedies: tuple[str, str, str]
) -> list[Difference]:
    """The differences of two sets of facts, in the order of their paths.

    Args:
        check: The name of the check, for the report.
        upstream: What the earlier link says.
        ours: What the later link says.
        remedies: What to do when ours lacks the fact, when upstream does, and when they differ.
    """
    lacking, surplus, differing = remedies
    found: list[Difference] = []
    for where in sorted({*upstream, *ours}):
        if any(other.covers(where) for other in found):
            continue
        theirs, mine = upstream.get(where), ours.get(where)
        if theirs == mine and type(theirs) is type(mine):
            continue
        if where not in ours:
            remedy = lacking
        elif where not in upstream:
            remedy = surplus
        else:
            remedy = differing
        found.append(Difference(check, where, theirs, mine, remedy))
    return found


def render(differences: Iterable[Difference], *, labels: tuple[str, str]) -> str:
    """The differences as text for a person: what, where, both values, what to do."""
    before, after = labels
    width = max(len(before), len(after))
    lines: list[str] = []
    for difference in differences:
        lines += [
            f"  {difference.where}",
            f"    {before:<{width}}  {_shown(difference.upstream)}",
            f"    {after:<{width}}  {_shown(difference.ours)}",
            f"    {'→':<{width}}  {difference.remedy}",
            *(f"      {line}" for line in difference.detail.splitlines()),
        ]
    return "\n".join(lines)


def _shown(value: Value) -> str:
    return "(nothing)" if value is None else str(value)
