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

import attrs
import yaml

from scripts.contract.facts import ContractError, Difference, Facts, Value

__all__ = ["DEVIATIONS", "Deviation", "load", "settle"]

DEVIATIONS = Path("openapi/deviations.yaml")

_KEYS = {"reason", "upstream", "ours", "where"}


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
        ContractError: The file does not parse, or an entry lacks a reason.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise ContractError(f"{path}: does not parse: {' '.join(str(error).split())}") from None
    found: list[Deviation] = []
    for number, entry in enumerate(entries or [], start=1):
        if not isinstance(entry, dict) or entry.keys() != _KEYS or not entry["reason"]:
            raise ContractError(
                f"{path}: entry {number} must have exactly the keys {', '.join(sorted(_KEYS))}"
            )
        found += [
            Deviation(where, entry["upstream"], entry["ours"], entry["reason"])
            for where in entry["where"]
        ]
    return found


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
    left += [
        Difference("upstream", where, upstream.get(where), ours.get(where), stale)
        for where in meant
    ]
    return left
