"""The arithmetic of the benchmarks: medians, spreads, ratios, targets."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.results import Results, Summary, reference
from benchmarks.rows import MEASUREMENTS, OURS, PEERS, ROWS
from benchmarks.targets import TARGETS

POSITIVE = st.floats(min_value=1e-3, max_value=1e6)


def results(**rows: dict[str, list[float]]) -> Results:
    found = Results()
    for key, peers in rows.items():
        for peer, values in peers.items():
            for value in values:
                found.add(key.replace("_", "-"), peer, value)
    return found


def test_the_spread_is_half_of_the_interquartile_range_of_the_median() -> None:
    # Quartiles of 1 to 5 are 2 and 4: (4 - 2) / 2 / 3.
    assert Summary.of([5.0, 1.0, 3.0, 2.0, 4.0]) == Summary(3.0, 1 / 3)


def test_one_value_has_no_spread() -> None:
    assert Summary.of([7.0]) == Summary(7.0, 0.0)


@given(st.lists(POSITIVE, min_size=1), st.lists(POSITIVE, min_size=1))
def test_a_ratio_is_this_clients_median_over_the_others(
    ours: list[float], theirs: list[float]
) -> None:
    found = results(cpu_sync={OURS: ours, "boto3": theirs, "httpx": [1.0]})
    assert found.ratio("cpu-sync") == statistics.median(ours) / statistics.median(theirs)
    assert found.ratio("cpu-sync", "httpx") == statistics.median(ours)


def test_there_is_no_ratio_to_a_peer_that_was_not_measured() -> None:
    assert results(cpu_sync={OURS: [1.0]}).ratio("cpu-sync") is None
    assert results(cpu_sync={"boto3": [1.0]}).ratio("cpu-sync") is None


def test_there_is_no_ratio_of_what_lies_about_zero() -> None:
    assert (
        results(peak_first_sync={OURS: [26.0], "boto3": [0.004]}).ratio("peak-first-sync") is None
    )


@pytest.mark.parametrize(
    ("key", "ours", "boto3", "is_missed"),
    [
        ("cpu-sync", 20.0, 100.0, False),  # at most 0.20
        ("cpu-sync", 20.1, 100.0, True),
        ("rate-64-small-sync", 500.0, 100.0, False),  # at least 5 times as many
        ("rate-64-small-sync", 499.0, 100.0, True),
        ("peak-first-sync", 1.0, 500.0, False),  # at most 1 MB, whatever others take
        ("peak-first-sync", 1.1, 500.0, True),
    ],
)
def test_a_target_is_missed_beyond_its_bound(
    key: str, ours: float, boto3: float, is_missed: bool
) -> None:
    found = Results({key: {OURS: [ours], "boto3": [boto3]}})
    assert [miss.row.key for miss in found.misses([key])] == ([key] if is_missed else [])


def test_a_target_that_was_not_measured_is_missed() -> None:
    (miss,) = Results().misses(["cpu-sync", "wall-sync"])
    assert (miss.row.key, miss.reached) == ("cpu-sync", None)


@given(
    st.dictionaries(
        st.sampled_from(list(ROWS)),
        st.dictionaries(
            st.sampled_from(list(PEERS)), st.lists(POSITIVE, min_size=1, max_size=5), min_size=1
        ),
    )
)
def test_results_survive_being_written_and_read(values: dict[str, dict[str, list[float]]]) -> None:
    found = Results(values, ["cpu-sync: boto3: broke"], {"rounds": 5})
    assert Results.from_json(found.to_json()) == found


def test_every_target_names_a_row_and_the_peer_that_the_row_is_compared_with() -> None:
    for key, target in TARGETS.items():
        assert target.against in {None, reference(key)}
        assert ROWS[key].is_compared == (target.against is not None)


def test_what_to_aim_at_lies_beyond_what_must_be() -> None:
    for key, target in TARGETS.items():
        if target.aim is not None:
            assert (target.aim < target.must) == (ROWS[key].better == "lower")


def test_rows_have_keys_of_their_own_and_measurements_known_peers_this_client_among_them() -> None:
    keys = [row.key for each in MEASUREMENTS for row in each.rows]
    assert len(keys) == len(set(keys))
    for each in MEASUREMENTS:
        assert OURS in each.peers
        assert set(each.peers) <= set(PEERS)


def test_what_is_held_to_a_target_is_measured_in_every_round() -> None:
    rounds = {row.key: each.rounds(5) for each in MEASUREMENTS for row in each.rows}
    assert rounds["cpu-sync"] == 5
    assert rounds["wall-tls-sync"] == 3
    assert rounds["memory-after-sync"] == 1
