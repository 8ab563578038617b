"""The tables and the picture of the benchmarks."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import plot, tables
from benchmarks.results import Results
from benchmarks.rows import OURS

RESULTS = Results(
    {
        "cpu-sync": {"boto3": [800.0, 840.0, 900.0], "httpx": [380.0], OURS: [84.0]},
        "rate-64-small-async": {"aiobotocore": [850.0], OURS: [17000.0]},
        "peak-first-sync": {"boto3": [0.0], OURS: [26.2]},
    },
    [],
    {
        "python": "CPython 3.13.0",
        "machine": "a machine, 2 cores",
        "date": "2026-11-23",
        "rounds": 3,
        "clients": {"boto3": "1.44.5"},
    },
)
SVG = "{http://www.w3.org/2000/svg}"


def line_with(text: str, part: str) -> str:
    (line,) = [line for line in text.splitlines() if part in line]
    return " ".join(line.split())


def test_a_line_has_medians_spreads_the_ratio_and_the_target() -> None:
    assert line_with(tables.text(RESULTS), "CPU, sync") == (
        "CPU, sync, µs 840 ±3% 380 84 0.10 boto3 ≤ 0.20 ≤ 0.10"
    )


def test_where_more_is_better_the_ratio_says_how_many_times() -> None:
    assert line_with(tables.text(RESULTS), "64 in flight").endswith(
        "850 17,000 20.0× aiobotocore ≥ 8.0× ≥ 18.0×"  # noqa: RUF001  # "times"
    )


def test_a_target_without_a_peer_is_a_value() -> None:
    assert line_with(tables.text(RESULTS), "25 MiB").endswith("0.0 26.2 ≤ 1.0 MB")


def test_the_markdown_tables_have_as_many_cells_in_every_line() -> None:
    for table in tables.markdown(RESULTS).split("\n\n")[1:]:
        assert len({line.count("|") for line in table.splitlines()}) == 1
    assert "| CPU, sync, µs | 840 ±3% | 380 | 84 | 0.10 of boto3 | ≤ 0.20 |" in tables.markdown(
        RESULTS
    )


def test_misses_are_told_with_what_was_reached_and_what_must_be() -> None:
    misses = RESULTS.misses(["cpu-sync", "peak-first-sync", "signing"])
    shown = tables.misses_table(misses)
    assert "cpu-sync" not in shown
    assert line_with(shown, "peak-first-sync").endswith("26.2 MB ≤ 1.0 MB")
    assert line_with(shown, "signing:").endswith("not measured ≤ 0.12 of boto3")


def test_figures_replace_those_between_the_markers_and_nothing_else() -> None:
    document = Path("docs/benchmarks.md").read_text("utf-8")
    once = tables.replace_between_markers(document, "NEW")
    assert once.count("NEW") == 1
    assert tables.replace_between_markers(once, "NEW") == once
    start, end = once.split("\nNEW\n")
    assert document.startswith(start)
    assert document.endswith(end)


def test_a_document_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        tables.replace_between_markers("# Benchmarks", "NEW")


def test_the_bars_of_a_panel_are_as_long_as_their_values() -> None:
    picture = ET.fromstring(plot.svg(RESULTS))
    panels = picture.findall(f"{SVG}g")
    assert len(panels) == 2
    boto3, httpx, ours = (float(bar.attrib["width"]) for bar in panels[0].findall(f"{SVG}rect"))
    assert httpx / boto3 == pytest.approx(380 / 840, abs=0.01)
    assert ours / boto3 == pytest.approx(84 / 840, abs=0.01)
    assert [text.text for text in panels[0].findall(f"{SVG}text")][2::2] == [
        "boto3",
        "httpx, signed",
        "this client",
    ]
