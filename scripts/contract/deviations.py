"""`openapi/deviations.yaml`: the differences from upstream that are meant, each with its reason.

    - reason: Why ours differs, in words.
      upstream: <the value that upstream has; null for nothing>
      ours: <the value that the document has; null for nothing>
      where: [<paths of facts, as the contract diff prints them>]

A deviation that is no longer true, because either side has changed, is an error like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from scripts.contract.facts import ContractError, Difference, Facts, Value
from scripts.contract.files import read_yaml

__all__ = ["DEVIATIONS", "Deviation", "load", "settle"]

DEVIATIONS = Path("openapi/deviations.yaml")

_KEYS = ("reason", "upstream", "ours", "where")


@attrs.frozen
class Deviation:
    """One fact that differs on purpose."""

    where: str
    upstream: Value
    ours: Value
    reason: str


def load(path: Path) -> list[Deviation]:
    """Read the deviations, one a fact.

    Raises:
        ContractError: The file does not parse, or an entry is not one.
    """
    entries = read_yaml(path)
    if not isinstance(entries, list | None):
        raise ContractError(f"{path}: must be a list of entries, each with {', '.join(_KEYS)}")
    found: dict[str, Deviation] = {}
    for number, entry in enumerate(entries or [], start=1):
        if problem := _problem(entry):
            raise ContractError(f"{path}: entry {number}: {problem}")
        for where in entry["where"]:
            if where in found:
                raise ContractError(
                    f"{path}: entry {number}: {where} has a deviation already; keep one of them"
                )
            found[where] = Deviation(where, entry["upstream"], entry["ours"], entry["reason"])
    return list(found.values())


def _problem(entry: Any) -> str | None:
    if not isinstance(entry, dict) or entry.keys() != set(_KEYS):
        return f"must have exactly the keys {', '.join(_KEYS)}"
    if not isinstance(entry["reason"], str) or not entry["reason"].strip():
        return "reason must say in words why ours differs"
    for side in ("upstream", "ours"):
        if not isinstance(entry[side], Value):
            return f"{side} must be one value, as the contract diff prints it, or null for nothing"
    where = entry["where"]
    if not isinstance(where, list) or not where or not all(isinstance(each, str) for each in where):
        return "where must be a list of paths, as the contract diff prints them"
    return None


def settle(
    differences: Iterable[Difference],
    deviations: Iterable[Deviation],
    *,
    upstream: Facts,
    ours: Facts,
    path: Path = DEVIATIONS,
) -> list[Difference]:
    """The differences that no deviation explains, and the deviations that explain no difference."""
    meant = {deviation.where: deviation for deviation in deviations}
    left: list[Difference] = []
    for difference in differences:
        deviation = meant.pop(difference.where, None)
        if deviation is None:
            left.append(difference)
        elif (deviation.upstream, deviation.ours) != (difference.upstream, difference.ours):
            left.append(
                attrs.evolve(
                    difference,
                    remedy=f"{path} expects {deviation.upstream!r} and {deviation.ours!r}: "
                    "look whether its reason still holds, then bring it up to date",
                )
            )
    stale = f"{path}: this deviation no longer differs; delete it"
    return left + [
        Difference("upstream", where, upstream.get(where), ours.get(where), stale)
        for where in meant
        if not any(other.covers(where) for other in left)
    ]
