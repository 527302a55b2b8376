"""Tests between groups with few events: no p-value where none can be had, and nothing of them in what is adjusted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.gray import gray
from analysis.estimates.logrank import logrank
from analysis.estimates.risk_table import risk_table
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
    table = risk_table(np.arange(1.0, 5.0), np.array([1, 1, 0, 1]), 1, np.ones(4), np.array([0, 1, 0, 1]), 2)
    assert table.expected() == pytest.approx([2 / 4 + 1 / 3, 3.0 - 2 / 4 - 1 / 3])


def _random(seed: int) -> pd.DataFrame:
    """Tied days, three groups, two sites, two kinds of event, one to three subjects a row."""
    random = np.random.default_rng(seed)
    n = 90
    frame = pd.DataFrame({"days": random.integers(1, 25, n).astype(float), "event": random.integers(0, 3, n)})
    groups = {"group": random.choice(["a", "b", "c"], n), "site": random.choice(["x", "y"], n)}
    return frame.assign(**groups, count=random.integers(1, 4, n))


@pytest.mark.parametrize("seed", range(3))
def test_log_ranks_equal_other_libraries(seed: int) -> None:
    """Plain as lifelines has it; stratified, and weighted by S(t-), as SurPyval has it; subjects counted in each."""
    import surpyval
    from lifelines.statistics import multivariate_logrank_test

    frame = _random(seed)
    has_event, named = (frame["event"] == 1).astype(int), {"grouping": "group", "count": "count"}
    plain = multivariate_logrank_test(frame["days"], frame["group"], has_event, weights=frame["count"])
    row = logrank(frame, **named).iloc[0]
    assert [row["estimate"], row["p_value"]] == pytest.approx([plain.test_statistic, plain.p_value], rel=1e-10)
    cells = [frame[name].to_numpy() for name in ("days", "group", "count", "site")]
    for ours, theirs in (
        ({"strata": "site"}, {"strata": cells[3]}),
        ({"rho": 1.0}, {"weighting": "fleming-harrington", "rho": 1.0}),
    ):
        row = logrank(frame, **named, **ours).iloc[0]
        found = surpyval.logrank(cells[0], cells[1], c=1 - has_event.to_numpy(), n=cells[2], **theirs)
        of_library = [found.statistic, found.dof, found.p_value]
        assert [row["estimate"], row["df"], row["p_value"]] == pytest.approx(of_library, rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_grays_test_equals_another_library(seed: int) -> None:
    """Statistic, degrees of freedom and p-value of each cause equal SurPyval's; also where a group has left early."""
    from surpyval.univariate.competing_risks.nonparametric import gray_test

    frame = _random(seed)
    for rows in (frame, frame[(frame["group"] != "c") | (frame["days"] < 5.0)]):
        causes = np.array([None if event == 0 else event for event in rows["event"]], dtype=object)
        table = gray(rows, grouping="group", count="count", show_unreliable=True).set_index("cause")
        for cause in (1, 2):
            found = gray_test(rows["days"], causes, rows["group"], cause, n=rows["count"])
            row = table.loc[cause, ["estimate", "df", "p_value"]].astype(float)
            assert row.tolist() == pytest.approx([found.statistic, found.df, found.p_value], rel=1e-10)


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


@pytest.mark.long
def test_what_is_not_tested_is_not_adjusted(made: AnalysisFrames) -> None:
    """analysis.multiplicity has exactly the tests of patients that have a p-value, and counts no other."""
    found = [analysis_plan.TABLES[name](made) for name in ("logrank", "gray")]
    tests = pd.concat([table[table["level"] == "patient"] for table in found], ignore_index=True)
    assert tests["p_value"].isna().any() and tests["note"].str.contains("not tested").any()
    adjusted = analysis_plan.TABLES["multiplicity"](made)
    assert len(adjusted) == tests["p_value"].notna().sum() and adjusted["p_value"].notna().all()
    sizes = adjusted.groupby(["endpoint", "quantity", "cause"], dropna=False)["n_tests"].agg(["size", "max"])
    assert (sizes["size"] == sizes["max"]).all()


@pytest.mark.long
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
