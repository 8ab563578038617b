"""What was measured, and what follows from it: medians, spreads, ratios, missed targets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, NamedTuple

from benchmarks.rows import MEASUREMENTS, OURS, ROWS, Row
from benchmarks.targets import TARGETS, Target

__all__ = ["Miss", "Results", "Summary", "reference"]


@dataclass(frozen=True)
class Summary:
    """Some values of one kind.

    Attributes:
        median: The one in the middle.
        spread: Half of the interquartile range, as a fraction of it.
    """

    median: float
    spread: float

    @classmethod
    def of(cls, values: list[float]) -> Summary:
        """Sum up at least one value."""
        middle = median(values)
        if len(values) < 2 or not middle:
            return cls(middle, 0.0)
        lower, _, upper = quantiles(values, n=4, method="inclusive")
        return cls(middle, (upper - lower) / 2 / abs(middle))


class Miss(NamedTuple):
    """A target that was missed.

    Attributes:
        row: The row.
        target: What it should have reached.
        reached: What it reached, or None where it was not measured.
    """

    row: Row
    target: Target
    reached: float | None


def reference(key: str) -> str:
    """The peer that this client is compared with in a row."""
    return next(each.peers[0] for each in MEASUREMENTS if any(row.key == key for row in each.rows))


@dataclass
class Results:
    """Every value of every peer in every row.

    Attributes:
        values: By row and peer, in the order of the rounds.
        failures: What could not be measured, and why.
        facts: Where and with what it was measured.
    """

    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, key: str, peer: str, value: float) -> None:
        """Add a value."""
        self.values.setdefault(key, {}).setdefault(peer, []).append(value)

    def rows(self) -> list[Row]:
        """The rows there are values of, in the order of the table."""
        return [row for key, row in ROWS.items() if key in self.values]

    def summary(self, key: str, peer: str) -> Summary | None:
        """The values of a peer in a row, if there are any."""
        values = self.values.get(key, {}).get(peer)
        return Summary.of(values) if values else None

    def ratio(self, key: str, against: str | None = None) -> float | None:
        """This client's median over another's; by default over that of the row's reference.

        None where one of them was not measured, or where a ratio would say nothing.
        """
        ours = self.summary(key, OURS)
        theirs = self.summary(key, against or reference(key))
        if ours is None or theirs is None or not ROWS[key].is_compared:
            return None
        return ours.median / theirs.median

    def reached(self, key: str) -> float | None:
        """What a row's target is held to."""
        target = TARGETS[key]
        if target.against is not None:
            return self.ratio(key, target.against)
        ours = self.summary(key, OURS)
        return None if ours is None else ours.median

    def misses(self, keys: list[str]) -> list[Miss]:
        """The targets among these rows that were missed, or could not be judged."""
        found = []
        for key in keys:
            if (target := TARGETS.get(key)) is None:
                continue
            reached, row = self.reached(key), ROWS[key]
            if reached is None or (
                reached > target.must if row.better == "lower" else reached < target.must
            ):
                found.append(Miss(row, target, reached))
        return found

    def to_json(self) -> str:
        """Everything, with medians, spreads and ratios for readers who do not compute them."""
        rows = []
        for row in self.rows():
            peers = {}
            for peer, values in self.values[row.key].items():
                summary = Summary.of(values)
                peers[peer] = {
                    "median": summary.median,
                    "spread": summary.spread,
                    "values": values,
                }
            ratios = {
                peer: self.ratio(row.key, peer) for peer in self.values[row.key] if peer != OURS
            }
            described: dict[str, Any] = {
                "row": row.key,
                "group": row.group,
                "title": row.title,
                "unit": row.unit,
                "better": row.better,
                "peers": peers,
                "ratios": ratios,
            }
            if (target := TARGETS.get(row.key)) is not None:
                described["target"] = {"must": target.must, "against": target.against}
                described["reached"] = self.reached(row.key)
            rows.append(described)
        document = {"facts": self.facts, "rows": rows, "failures": self.failures}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Results:
        """Read what `to_json` wrote."""
        document: Mapping[str, Any] = json.loads(text)
        values = {
            row["row"]: {peer: found["values"] for peer, found in row["peers"].items()}
            for row in document["rows"]
            if row["row"] in ROWS
        }
        return cls(values, document["failures"], document["facts"])
