"""What difference the events can show: Schoenfeld's formula against worked figures, R's arithmetic and simulation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analysis import primary
from analysis.estimates.detectable_ratio import events_needed, power_of, smallest_ratio
from analysis.estimates.logrank import logrank
from analysis.plan.sample_size import ABOVE, BELOW, NEEDED, POWER_NOW, contrast_sizes, sample_size
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry

R_NEEDED = {(1.5, 0.5): 190.97, (2.0, 0.5): 65.35, (3.0, 0.25): 34.6836, (0.5, 0.4): 68.0695}
"""(ratio, share) -> (qnorm(0.975) + qnorm(0.8))^2 / (share * (1 - share) * log(ratio)^2) in R 4.2.2."""


@pytest.mark.parametrize("asked", R_NEEDED, ids=str)
def test_events_needed_are_rs(asked: tuple[float, float]) -> None:
    """Rounded up; with so many events the ratio has its power, and is the smallest that has."""
    needed = events_needed(*asked)
    assert needed == math.ceil(R_NEEDED[asked])
    exact = R_NEEDED[asked]
    assert power_of(asked[0], exact, asked[1]) == pytest.approx(0.8, abs=1e-4)
    ratio = smallest_ratio(exact, asked[1])
    assert ratio is not None and abs(math.log(ratio)) == pytest.approx(abs(math.log(asked[0])), rel=1e-3)


def test_nothing_to_compare_has_no_ratio() -> None:
    """Without events, or without one of the groups, there is no figure."""
    assert smallest_ratio(0, 0.5) is smallest_ratio(30, 0.0) is power_of(2, 0, 0.5) is None
    assert events_needed(2, 1.0) is None


@pytest.mark.long
def test_the_power_is_that_of_simulated_log_rank_tests() -> None:
    """Of 2,000 simulated trials with hazard ratio 2 followed to the 66th event, 80 % have p < 0.05 (within 3
    points)."""
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(2000):
        group = np.repeat([0, 1], 100)
        time = rng.exponential(1.0 / np.where(group == 1, 2.0, 1.0))
        end = np.sort(time)[65]
        frame = pd.DataFrame({"g": group, "days": np.minimum(time, end), "event": (time <= end).astype(int)})
        found += logrank(frame, grouping="g")["p_value"].iloc[0] < 0.05
    assert found / 2000 == pytest.approx(0.8, abs=0.03)


def test_the_table_counts_the_two_groups() -> None:
    """Unknown groups are left out; each group is compared with the reference; ratios below 1 are the inverse."""
    frame = pd.DataFrame(
        {"g": ["a"] * 40 + ["b"] * 10 + ["c"] * 10 + [None] * 5, "event": [1, 0] * 30 + [1] * 5, "days": 1.0}
    )
    table = contrast_sizes(frame, "g", "a", labels={"endpoint": "OS", "level": "lesion"})
    assert list(table["term_level"].unique()) == ["b", "c"]
    row = table[(table["term_level"] == "b") & (table["quantity"] == ABOVE)].iloc[0]
    assert (row["n"], row["n_events"], row["group_share"]) == (50, 25, pytest.approx(0.2))
    below = table[(table["term_level"] == "b") & (table["quantity"] == BELOW)].iloc[0]
    assert below["estimate"] == pytest.approx(1 / row["estimate"]) and row["estimate"] == smallest_ratio(25, 0.2)
    needed = table[(table["term_level"] == "b") & (table["quantity"] == NEEDED)]
    power = table[(table["term_level"] == "b") & (table["quantity"] == POWER_NOW)]
    assert needed["estimate"].is_monotonic_decreasing and power["estimate"].is_monotonic_increasing
    assert table["note"].str.contains("not independent").all()


@pytest.mark.parametrize(
    ("change", "reason"), [({"g": "a"}, "only one group"), ({"event": 0}, "no events"), ({"g": None}, "no subjects")]
)
def test_where_nothing_can_be_said_the_note_says_why(change: dict, reason: str) -> None:
    """One group, no event, no known group: null, with the reason."""
    frame = pd.DataFrame({"g": ["a", "b"] * 10, "event": [1, 0] * 10, "days": 1.0}).assign(**change)
    table = contrast_sizes(frame, "g", "a")
    ratios = table[table["quantity"] == ABOVE]
    assert ratios["estimate"].isna().all() and ratios["note"].str.contains(reason).all()


def test_the_built_in_contrast_is_the_primary_one() -> None:
    """It counts the subjects and events of the log-rank test of the primary endpoint."""
    frames = AnalysisFrames(*registry(120))
    table = sample_size(frames)
    subjects = frames.by_group(primary.ENDPOINT, primary.LEVEL, primary.GROUPING)
    test = logrank(subjects, grouping=primary.GROUPING, count="count").iloc[0]
    assert set(table["n"]) == {test["n"]} and set(table["n_events"]) == {test["n_events"]}
    assert set(table["reference"]) == {primary.REFERENCE} and set(table["term_level"]) == {primary.CONTRAST}
