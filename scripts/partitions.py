"""Compare `wrapper/_partitions.py` with the partitions of the installed botocore, or rewrite it.

Exit status: 0 when they agree (or after `--write`), 1 when they differ.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import botocore

from wrapper._partitions import PARTITIONS, Partition

__all__ = ["Difference", "compare", "main", "read_upstream", "render"]

MODULE = Path(__file__).parents[1] / "wrapper" / "_partitions.py"
DATA_BEGINS = "PARTITIONS: tuple[Partition, ...] = ("


class Difference(TypedDict):
    """One difference; a side that lacks the thing is None."""

    partition: str
    field: str
    ours: Any
    upstream: Any


def read_upstream(path: Path | None = None) -> tuple[Partition, ...]:
    """Read botocore's `partitions.json`; the installed one when no path is given."""
    path = path or Path(botocore.__file__).parent / "data" / "partitions.json"
    document: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return tuple(
        Partition(
            id=entry["id"],
            dns_suffix=entry["outputs"]["dnsSuffix"],
            dual_stack_dns_suffix=entry["outputs"]["dualStackDnsSuffix"],
            supports_fips=entry["outputs"]["supportsFIPS"],
            supports_dual_stack=entry["outputs"]["supportsDualStack"],
            region_regex=entry["regionRegex"],
            regions=tuple(sorted(entry["regions"])),
        )
        for entry in document["partitions"]
    )


def compare(ours: Sequence[Partition], upstream: Sequence[Partition]) -> Iterator[Difference]:
    """Yield every difference, partition by partition; their order counts too."""
    ours_by_id = {partition.id: partition for partition in ours}
    upstream_by_id = {partition.id: partition for partition in upstream}
    for name in {**upstream_by_id, **ours_by_id}:
        mine, theirs = ours_by_id.get(name), upstream_by_id.get(name)
        if mine is None or theirs is None:
            yield Difference(
                partition=name,
                field="partition",
                ours=mine and mine._asdict(),
                upstream=theirs and theirs._asdict(),
            )
            continue
        for field in Partition._fields:
            left, right = getattr(mine, field), getattr(theirs, field)
            if field == "regions":
                for region in sorted({*left} ^ {*right}):
                    yield Difference(
                        partition=name,
                        field="regions",
                        ours=region if region in left else None,
                        upstream=region if region in right else None,
                    )
            elif left != right:
                yield Difference(partition=name, field=field, ours=left, upstream=right)
    if [*ours_by_id] != [*upstream_by_id] and {*ours_by_id} == {*upstream_by_id}:
        yield Difference(
            partition="*", field="order", ours=[*ours_by_id], upstream=[*upstream_by_id]
        )


def _literal(value: object) -> str:
    # A raw string reads better where there are backslashes: the regular expressions.
    if isinstance(value, str) and "\\" in value and '"' not in value and value[-1] != "\\":
        return f'r"{value}"'
    return repr(value)


def render(source: str, partitions: Sequence[Partition]) -> str:
    """Return the module's source with its data replaced, formatted by ruff."""
    head, marker, _ = source.partition(DATA_BEGINS)
    if not marker:
        raise SystemExit(f"no line begins with {DATA_BEGINS!r} in {MODULE}")
    lines = [head + marker]
    for partition in partitions:
        lines.append("Partition(")
        for name, value in partition._asdict().items():
            lines.append(f"{name}={_literal(value)},")
        lines.append("),")
    lines.append(")\n")
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(MODULE), "-"],
        input="\n".join(lines),
        capture_output=True,
        encoding="utf-8",
        cwd=MODULE.parents[1],  # for the project's own ruff settings
        check=True,
    )
    return formatted.stdout


def _describe(difference: Difference) -> str:
    partition, field = difference["partition"], difference["field"]
    ours, upstream = difference["ours"], difference["upstream"]
    if field == "partition":
        return f"{'+' if ours is None else '-'} {partition}: the partition is only " + (
            "upstream" if ours is None else "here"
        )
    if ours is None:
        return f"+ {partition}: {field} {upstream!r} is new upstream"
    if upstream is None:
        return f"- {partition}: {field} {ours!r} is gone upstream"
    return f"~ {partition}: {field} is {ours!r} here, {upstream!r} upstream"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.partitions", description=__doc__)
    parser.add_argument("--upstream", type=Path, help="a partitions.json; default: botocore's")
    parser.add_argument("--json", action="store_true", help="print the differences as JSON")
    parser.add_argument("--write", action="store_true", help=f"rewrite the data in {MODULE.name}")
    options = parser.parse_args(arguments)

    upstream = read_upstream(options.upstream)
    differences = list(compare(PARTITIONS, upstream))
    if options.json:
        print(json.dumps(differences, indent=2))
    else:
        for difference in differences:
            print(_describe(difference))
        print(f"{len(differences)} differences from botocore {botocore.__version__}")
    if options.write:
        MODULE.write_text(render(MODULE.read_text("utf-8"), upstream), "utf-8")
        return 0
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
