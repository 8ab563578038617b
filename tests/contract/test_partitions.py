"""The partitions kept here are those of the pinned botocore, and the program that says so works."""

from __future__ import annotations

import json
import re
from pathlib import Path

import botocore
import pytest

from scripts import partitions as program
from wrapper._partitions import PARTITIONS, Partition

UPSTREAM = program.read_upstream()
JSON = Path(botocore.__file__).parent / "data" / "partitions.json"


def differences(**changes):
    """Compare with one partition changed."""
    changed = [p._replace(**changes) if p.id == "aws-cn" else p for p in PARTITIONS]
    return list(program.compare(changed, UPSTREAM))


def test_the_partitions_agree_with_botocore():
    assert PARTITIONS == UPSTREAM
    assert list(program.compare(PARTITIONS, UPSTREAM)) == []
    assert len(PARTITIONS) >= 8


def test_the_module_is_what_the_program_writes():
    source = program.MODULE.read_text("utf-8")
    assert program.render(source, UPSTREAM) == source


def test_the_module_is_rebuilt_from_nothing():
    source = program.MODULE.read_text("utf-8")
    head = source[: source.index(program.DATA_BEGINS)] + program.DATA_BEGINS + ")\n"
    assert program.render(head, UPSTREAM) == source


def test_a_module_without_the_data_is_left_alone():
    with pytest.raises(SystemExit, match="PARTITIONS"):
        program.render("x = 1\n", UPSTREAM)


@pytest.mark.parametrize(
    "field",
    ["dns_suffix", "dual_stack_dns_suffix", "supports_fips", "supports_dual_stack", "region_regex"],
)
def test_a_changed_field_is_a_difference(field):
    upstream = getattr(next(p for p in UPSTREAM if p.id == "aws-cn"), field)
    assert differences(**{field: "other"}) == [
        {"partition": "aws-cn", "field": field, "ours": "other", "upstream": upstream}
    ]


def test_every_field_is_compared():
    assert set(Partition._fields) == {
        *("id", "regions", "dns_suffix", "dual_stack_dns_suffix"),
        *("supports_fips", "supports_dual_stack", "region_regex"),
    }


def test_a_region_more_or_less_is_a_difference():
    assert differences(regions=("aws-cn-global", "cn-north-1", "cn-south-1")) == [
        {"partition": "aws-cn", "field": "regions", "ours": None, "upstream": "cn-northwest-1"},
        {"partition": "aws-cn", "field": "regions", "ours": "cn-south-1", "upstream": None},
    ]


def test_a_partition_more_or_less_or_in_another_place_is_a_difference():
    (gone,) = program.compare(PARTITIONS[:-1], UPSTREAM)
    assert (gone["partition"], gone["field"], gone["ours"]) == (
        PARTITIONS[-1].id,
        "partition",
        None,
    )
    (more,) = program.compare(PARTITIONS, UPSTREAM[1:])
    assert (more["partition"], more["field"], more["upstream"]) == ("aws", "partition", None)
    (order,) = program.compare(PARTITIONS[::-1], UPSTREAM)
    assert order["field"] == "order"


def test_a_listed_region_is_found_alike_whether_lists_or_patterns_are_asked_first():
    """`find_partition` asks all lists before any pattern; botocore goes partition by partition."""
    for index, partition in enumerate(PARTITIONS):
        for region in partition.regions:
            for earlier in PARTITIONS[:index]:
                assert region not in earlier.regions
                assert not re.match(earlier.region_regex, region)


def test_the_program_prints_a_difference_and_fails(tmp_path, capsys):
    data = json.loads(JSON.read_text("utf-8"))
    data["partitions"][0]["outputs"]["dnsSuffix"] = "example.com"
    data["partitions"][0]["regions"]["xy-new-1"] = {}
    del data["partitions"][-1]
    changed = tmp_path / "partitions.json"
    changed.write_text(json.dumps(data), "utf-8")

    assert program.main(["--upstream", str(changed)]) == 1
    printed = capsys.readouterr().out
    assert "~ aws: dns_suffix is 'amazonaws.com' here, 'example.com' upstream" in printed
    assert "+ aws: regions 'xy-new-1' is new upstream" in printed
    assert f"- {PARTITIONS[-1].id}: the partition is only here" in printed
    assert "3 differences" in printed

    assert program.main(["--upstream", str(changed), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_the_program_is_content_when_nothing_differs(capsys):
    assert program.main([]) == 0
    assert "0 differences" in capsys.readouterr().out


def test_the_program_writes_what_upstream_says(tmp_path, monkeypatch):
    data = json.loads(JSON.read_text("utf-8"))
    data["partitions"][0]["regions"]["xy-new-1"] = {}
    changed = tmp_path / "partitions.json"
    changed.write_text(json.dumps(data), "utf-8")
    package = tmp_path / "wrapper"
    package.mkdir()
    module = package / "_partitions.py"
    module.write_text(program.MODULE.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(program, "MODULE", module)

    assert program.main(["--upstream", str(changed), "--write"]) == 0
    namespace = {"__name__": "written"}
    exec(compile(module.read_text("utf-8"), str(module), "exec"), namespace)
    assert "xy-new-1" in namespace["PARTITIONS"][0].regions
    assert namespace["PARTITIONS"][1:] == PARTITIONS[1:]
