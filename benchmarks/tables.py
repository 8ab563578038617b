"""The results as tables: for a terminal, and for `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from benchmarks.results import Miss, Results, reference
from benchmarks.rows import PEERS, Row
from benchmarks.targets import TARGETS, Target

__all__ = ["facts_line", "markdown", "misses_table", "replace_between_markers", "text"]

_BEGIN = "<!-- figures: begin (written by `python -m benchmarks --plot`) -->"
_END = "<!-- figures: end -->"


def text(results: Results) -> str:
    """The table for a terminal."""
    lines = [facts_line(results)]
    header = ("", *PEERS.values(), "ratio", "against", "must", "aim")
    groups = [(name, list(rows)) for name, rows in groupby(results.rows(), lambda row: row.group)]
    cells = {name: [_cells(results, row) for row in rows] for name, rows in groups}
    everything = [header, *(line for each in cells.values() for line in each)]
    widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
    for name, rows in cells.items():
        lines += ["", name, _aligned(header, widths)]
        lines += [_aligned(line, widths) for line in rows]
    return "\n".join(lines)


def markdown(results: Results) -> str:
    """The tables for a document, one a group."""
    lines = [facts_line(results)]
    for name, rows in groupby(results.rows(), lambda row: row.group):
        kept = list(rows)
        peers = [peer for peer in PEERS if any(peer in results.values[row.key] for row in kept)]
        header = [name, *(PEERS[peer] for peer in peers), "ratio", "must"]
        lines += ["", _piped(header), _piped(["---"] + ["---:"] * (len(header) - 1))]
        for row in kept:
            values = [_value(results, row, peer) for peer in peers]
            title = f"{row.title}, {row.unit}"
            lines.append(_piped([title, *values, _ratio(results, row, name_it=True), _must(row)]))
    return "\n".join(lines)


def misses_table(misses: Sequence[Miss]) -> str:
    """What was missed, for a terminal."""
    lines = [("missed", "reached", "must")]
    for row, target, reached in misses:
        shown = "not measured" if reached is None else _number(row, target, reached, digits=3)
        must = _bound(row, target, target.must)
        must += "" if target.against is None else f" of {target.against}"
        lines.append((f"{row.key}: {row.title}", shown, must))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def facts_line(results: Results) -> str:
    """Where and with what it was measured."""
    facts = results.facts
    if not facts:
        return ""
    clients = ", ".join(f"{name} {version}" for name, version in facts["clients"].items())
    return (
        f"{facts['python']} on {facts['machine']}; {facts['date']}; medians of up to "
        f"{facts['rounds']} rounds ± half of the interquartile range. {clients}."
    )


def replace_between_markers(document: str, figures: str) -> str:
    """The document with these figures in place of those it had.

    Raises:
        ValueError: The document has no place for figures.
    """
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the document lacks the lines {_BEGIN!r} and {_END!r}")
    return f"{before}{_BEGIN}\n{figures}\n{_END}{after}"


def _cells(results: Results, row: Row) -> tuple[str, ...]:
    target, ratio = TARGETS.get(row.key), _ratio(results, row, name_it=False)
    aim = "" if target is None or target.aim is None else _bound(row, target, target.aim)
    return (
        f"  {row.title}, {row.unit}",
        *(_value(results, row, peer) for peer in PEERS),
        ratio,
        reference(row.key) if ratio else "",
        _must(row),
        aim,
    )


def _value(results: Results, row: Row, peer: str) -> str:
    summary = results.summary(row.key, peer)
    if summary is None:
        return ""
    value = f"{summary.median:,.{row.digits}f}"
    single = len(results.values[row.key][peer]) == 1
    return value if single or summary.median < 0.1 else f"{value} ±{summary.spread:.0%}"


def _ratio(results: Results, row: Row, *, name_it: bool) -> str:
    ratio = results.ratio(row.key)
    if ratio is None:
        return ""
    shown = _shown_ratio(row, ratio)
    return f"{shown} of {reference(row.key)}" if name_it else shown


def _must(row: Row) -> str:
    target = TARGETS.get(row.key)
    return "" if target is None else _bound(row, target, target.must)


def _bound(row: Row, target: Target, bound: float) -> str:
    sign = "≤" if row.better == "lower" else "≥"
    return f"{sign} {_number(row, target, bound)}"


def _number(row: Row, target: Target, value: float, digits: int = 2) -> str:
    return f"{value:.1f} {row.unit}" if target.against is None else _shown_ratio(row, value, digits)


def _shown_ratio(row: Row, ratio: float, digits: int = 2) -> str:
    if row.better == "lower":
        return f"{ratio:.{digits}f}"
    return f"{ratio:.{digits - 1}f}×"  # noqa: RUF001  # "times"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = cells
    shown = [first.ljust(widths[0])]
    shown += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return "  ".join(shown).rstrip()


def _piped(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
