"""Tests between groups with few events: no p-value where none can be had, and nothing of them in what is adjusted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.expected_events import expected_events
from analysis.estimates.gray import gray
from analysis.estimates.logrank import logrank
from analysis.plan import analysis_plan
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry

ABSENT = ("estimate", "p_value")


def _groups(n: int, n_small: int, n_events: int) -> pd.DataFrame:
    """``n`` subjects, of whom ``n_small`` are mutant; the first ``n_events`` have the event, one of them mutant."""
    group = np.where(np.arange(n) % (n // n_small) == 1, "mutant", "wild_type")
    return pd.DataFrame({"days": 10.0 + np.arange(n), "event": (np.arange(n) < n_events).astype(int), "kras": group})


def _both(frame: pd.DataFrame) -> list[pd.Series]:
    return [logrank(frame, grouping="kras").iloc[0], gray(frame, grouping="kras", causes=(1,)).iloc[0]]


def test_expected_events_are_the_log_ranks() -> None:
    """By hand: of three events, the groups of two and two expect 2/4 + 1/3, then what is left; all add up."""
    found = expected_events(
        np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 1, 0, 1]), np.ones(4), np.array(["a", "b", "a", "b"])
    )
    assert found["a"] == pytest.approx(2 / 4 + 1 / 3)
    assert found["a"] + found["b"] == pytest.approx(3.0)


def test_expected_events_within_strata_add_up() -> None:
    """Counted subjects and strata: as many expected as there are events."""
    random = np.random.default_rng(2)
    times, events, counts = random.integers(1, 20, 80), random.integers(0, 2, 80), random.integers(1, 4, 80)
    groups, strata = random.choice(["a", "b", "c"], 80), random.choice(["x", "y"], 80)
    found = expected_events(times, events, counts, groups, strata)
    assert sum(found.values()) == pytest.approx(float(events @ counts))


def test_fewer_than_five_events_are_not_tested() -> None:
    """With 4 events there is neither statistic nor p-value, and the note says why; with 5 there are both."""
    for row in _both(_groups(40, 20, 4)):
        assert row[list(ABSENT)].isna().all() and row["note"].startswith("fewer than 5 events: not tested")
    for row in _both(_groups(40, 20, 6)):
        assert row[list(ABSENT)].notna().all()


def test_a_group_that_expects_less_than_one_event_is_not_tested() -> None:
    """One event in a tiny group makes any p-value small: no p-value below 1 expected, caution below 5."""
    for row in _both(_groups(120, 4, 10)):
        assert row["min_expected"] < 1.0 and row[list(ABSENT)].isna().all()
        assert row["note"].startswith("fewer than 1 event expected in a group: not tested")
    for row in _both(_groups(120, 24, 10)):
        assert 1.0 < row["min_expected"] < 5.0 and row[list(ABSENT)].notna().all()
        assert row["note"].startswith("fewer than 5 events expected in a group: read with caution")
    for row in _both(_groups(120, 60, 40)):
        assert row["min_expected"] > 5.0 and row["note"] == ""


def test_what_is_asked_for_is_shown() -> None:
    """A test of few events that somebody asks for by name has its figures, and the word of caution."""
    frame = _groups(40, 20, 4)
    for test in (logrank, gray):
        row = test(frame, grouping="kras", show_unreliable=True).iloc[0]
        assert row[list(ABSENT)].notna().all() and "read with caution" in row["note"]


@pytest.fixture(scope="module")
def made() -> AnalysisFrames:
    """A registry so small that some tests have too few events."""
    return AnalysisFrames(*registry(60))


def test_what_is_not_tested_is_not_adjusted(made: AnalysisFrames) -> None:
    """analysis.multiplicity has exactly the tests of patients that have a p-value, and counts no other."""
    found = [analysis_plan.TABLES[name](made) for name in ("logrank", "gray")]
    tests = pd.concat([table[table["level"] == "patient"] for table in found], ignore_index=True)
    assert tests["p_value"].isna().any() and tests["note"].str.contains("not tested").any()
    adjusted = analysis_plan.TABLES["multiplicity"](made)
    assert len(adjusted) == tests["p_value"].notna().sum() and adjusted["p_value"].notna().all()
    sizes = adjusted.groupby(["endpoint", "quantity", "cause"], dropna=False)["n_tests"].agg(["size", "max"])
    assert (sizes["size"] == sizes["max"]).all()


def test_every_test_stands_among_the_guards(made: AnalysisFrames) -> None:
    """Two guards a test, not estimable exactly where the note says that there are too few events."""
    found = [analysis_plan.TABLES[name](made) for name in ("logrank", "gray")]
    tests = pd.concat([table.astype(object) for table in found], ignore_index=True)
    guards = analysis_plan.TABLES["guards"](made)
    own = guards[guards["guard"].isin(["events to test", "expected events, smallest group"])]
    assert len(own) == 2 * len(tests)
    per_test = own.groupby(["endpoint", "level", "model", "grouping", "cause"], sort=False, dropna=False)["state"].agg(
        set
    )
    too_few = [
        bool(row["note"].startswith("fewer than") and "not tested" in row["note"]) for _, row in tests.iterrows()
    ]
    stopped = ["not estimable" in states for states in per_test]
    no_event = [row["n_events"] == 0 for _, row in tests.iterrows()]
    assert [s for s, none in zip(stopped, no_event, strict=True) if not none] == [
        few for few, none in zip(too_few, no_event, strict=True) if not none
    ]
