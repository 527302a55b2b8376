"""No interval without width: where an estimate is certain by its formula, there is none, and the table says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.estimates.cumulative_incidence import cumulative_incidence
from analysis.estimates.kaplan_meier import km_curve, km_summary
from analysis.estimates.rates import rates
from analysis.estimates.restricted_mean import restricted_mean
from analysis.plan import analysis_plan
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry
from tests.variants import quick


def _assert_widths(table: pd.DataFrame, name: str) -> None:
    if {"lower", "upper"} <= set(table):
        without = table[table["lower"].notna() & (table["lower"] == table["upper"])]
        assert without.empty, f"{name} has an interval without width: {without.iloc[0].to_dict()}"
    if "std_error" in table:
        assert not (table["std_error"] == 0.0).any(), f"{name} has a standard error of 0"


ROWS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 30, 61, 90, 400]),
        st.sampled_from([0, 0, 1, 2]),
        st.sampled_from(["mutant", "wild_type"]),
    ),
    min_size=1,
    max_size=15,
)


SAME_EVERY_TIME = settings(max_examples=40, deadline=None, derandomize=True)


@pytest.mark.long
@SAME_EVERY_TIME
@given(rows=ROWS)
@example(rows=[(90, 1, "mutant")] * 14 + [(400, 0, "mutant")])
def test_no_estimator_gives_an_interval_without_width(rows: list[tuple[int, int, str]]) -> None:
    """Whatever the follow-up, of each estimator of shares and times."""
    assert_intervals_have_width(rows)


@pytest.mark.long
@settings(SAME_EVERY_TIME, max_examples=150)
@given(rows=ROWS)
def test_no_estimator_gives_an_interval_without_width_in_more_cohorts(rows: list[tuple[int, int, str]]) -> None:
    """The same is true of more cohorts."""
    assert_intervals_have_width(rows)


def assert_intervals_have_width(rows: list[tuple[int, int, str]]) -> None:
    """Fail if an estimator of shares or times gives a cohort of these rows an interval without width."""
    frame = pd.DataFrame(rows, columns=["days", "event", "kras"])
    frame["ltp"] = (frame["event"] == 1).astype(int)
    for grouping in ("overall", "kras"):
        _assert_widths(km_curve(frame, grouping=grouping), "km_curve")
        _assert_widths(km_summary(frame, grouping=grouping), "km_summary")
        _assert_widths(cumulative_incidence(frame, grouping=grouping), "cumulative_incidence")
        _assert_widths(restricted_mean(frame, grouping=grouping, windows_months=(2, 6)), "restricted_mean")
        _assert_widths(rates(frame, grouping=grouping), "rates")


@pytest.mark.long
@pytest.mark.parametrize(("n", "seed"), quick(1, [(20, 2), (3, 1), (60, 3)]))
def test_no_analysis_table_has_an_interval_without_width(n: int, seed: int) -> None:
    """Every table of a small registry, whose groups have no event, all of them, or one subject."""
    made = AnalysisFrames(*registry(n, seed))
    for name, make in analysis_plan.TABLES.items():
        _assert_widths(make(made), name)


def test_an_estimate_of_a_curve_at_0_or_1_has_none() -> None:
    """Exactly the estimates at 0 and 1 have none, in both estimators; all others have limits and a standard error."""
    random = np.random.default_rng(4)
    frame = pd.DataFrame({"days": random.integers(1, 30, 40), "event": random.integers(0, 3, 40)})
    for table in (km_curve(frame), cumulative_incidence(frame), cumulative_incidence(frame.assign(event=1))):
        is_certain = (table["estimate"] == 0.0) | (table["estimate"] > 1.0 - 1e-12)
        assert is_certain.any()
        for name in ("lower", "upper", "std_error"):
            assert (table[name].isna() == is_certain).all(), name
