"""The results as a picture: a panel of bars for each row that a user feels most, as SVG."""

from __future__ import annotations

from html import escape

from benchmarks.results import Results
from benchmarks.rows import OURS, PEERS, ROWS, Row

__all__ = ["PLOTTED", "svg"]

PLOTTED = (
    "cpu-sync",
    "cpu-async",
    "rate-64-small-sync",
    "rate-64-small-async",
    "cold-start-sync",
    "stream-64-sync",
    "down-6-sync",
    "installed-size",
)

_COLUMNS = 2
_PANEL_WIDTH = 460
_TITLE_HEIGHT = 46
_BAR_HEIGHT = 16
_BAR_STEP = 22
_LABEL_WIDTH = 118
_VALUE_WIDTH = 92
_GAP = 24
_DESCRIPTION = "This client beside others: a panel of bars for each of some rows of the table"
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .note { fill: #57606a }
  .bar { fill: #afb8c1 }
  .ours { fill: #1f6feb }
  .paper { fill: #ffffff }
"""


def svg(results: Results) -> str:
    """The picture. Rows that were not measured are left out."""
    rows = [ROWS[key] for key in PLOTTED if key in results.values]
    heights = [_panel_height(results, row) for row in rows]
    tops = [_GAP]
    for start in range(0, len(rows), _COLUMNS):
        tops.append(tops[-1] + max(heights[start : start + _COLUMNS]) + _GAP)
    width = _GAP + _COLUMNS * (_PANEL_WIDTH + _GAP)
    size = f'viewBox="0 0 {width} {tops[-1]}" width="{width}" height="{tops[-1]}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{_DESCRIPTION}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{tops[-1]}"/>',
    ]
    for index, row in enumerate(rows):
        x = _GAP + index % _COLUMNS * (_PANEL_WIDTH + _GAP)
        parts.append(f'<g transform="translate({x} {tops[index // _COLUMNS]})">')
        parts += _panel(results, row)
        parts.append("</g>")
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _peers(results: Results, row: Row) -> list[str]:
    return [peer for peer in PEERS if peer in results.values[row.key]]


def _panel_height(results: Results, row: Row) -> int:
    return _TITLE_HEIGHT + _BAR_STEP * len(_peers(results, row))


def _panel(results: Results, row: Row) -> list[str]:
    peers = _peers(results, row)
    medians = {peer: s.median for peer in peers if (s := results.summary(row.key, peer))}
    longest = max(medians.values()) or 1
    room = _PANEL_WIDTH - _LABEL_WIDTH - _VALUE_WIDTH
    parts = [
        f'<text class="title" x="0" y="12">{escape(f"{row.group}: {row.title}")}</text>',
        f'<text class="note" x="0" y="30">{escape(row.unit)}, {row.better} is better</text>',
    ]
    for index, (peer, value) in enumerate(medians.items()):
        y = _TITLE_HEIGHT + index * _BAR_STEP
        length = max(1, round(room * value / longest))
        bar = f'width="{length}" height="{_BAR_HEIGHT}" rx="2"'
        kind = "bar ours" if peer == OURS else "bar"
        parts += [
            f'<text x="0" y="{y + 12}">{escape(PEERS[peer])}</text>',
            f'<rect class="{kind}" x="{_LABEL_WIDTH}" y="{y}" {bar}/>',
            f'<text x="{_LABEL_WIDTH + length + 6}" y="{y + 12}">{value:,.{row.digits}f}</text>',
        ]
    return parts
