"""Poor cohorts, drawn at random: every estimator gives rows, finite or null with a reason; never an exception, never a
number that is not one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.estimates.cumulative_incidence import cumulative_incidence
from analysis.estimates.gray import gray
from analysis.estimates.interval_censored import interval_censored
from analysis.estimates.kaplan_meier import km_curve, km_summary
from analysis.estimates.logrank import logrank
from analysis.estimates.rates import rates
from analysis.estimates.restricted_mean import restricted_mean
from analysis.regression.cox import cox
from analysis.regression.fine_gray import fine_gray
from analysis.regression.firth import few_events
from analysis.regression.gee import gee
from analysis.regression.logistic import logistic
from analysis.regression.period_effects import time_split
from analysis.regression.subgroups import subgroups
from analysis.subjects.landmark import from_landmark

BOTH = ["group", "x"]
ESTIMATORS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "rates": lambda d: rates(d, outcome="ltp", grouping="group"),
    "km_curve": lambda d: km_curve(d, grouping="group"),
    "km_summary": lambda d: km_summary(d, grouping="group"),
    "cumulative_incidence": lambda d: cumulative_incidence(d, grouping="group"),
    "logrank": lambda d: logrank(d, grouping="group"),
    "logrank, strata": lambda d: logrank(d, grouping="group", strata="centre"),
    "restricted_mean": lambda d: restricted_mean(d, grouping="group", windows_months=(1, 12)),
    "gray": lambda d: gray(d, grouping="group"),
    "cox": lambda d: cox(d, BOTH, show_unreliable=True),
    "cox, withheld": lambda d: cox(d, BOTH),
    "cox, all at once": lambda d: cox(d, BOTH, entry="entry", strata="centre", cluster="patient", show_unreliable=True),
    "cox, exact": lambda d: cox(d, ["x"], ties="exact", cluster="patient", show_unreliable=True),
    "time_split": lambda d: time_split(d, "group", ["x"], cut_months=1.0, cluster="patient", show_unreliable=True),
    "subgroups": lambda d: subgroups(d, "group", ["centre"], show_unreliable=True),
    "subgroups, clustered": lambda d: subgroups(d, "x", ["group"], cluster="patient", show_unreliable=True),
    "fine_gray": lambda d: fine_gray(d, BOTH, show_unreliable=True),
    "logistic": lambda d: logistic(d, BOTH, event="ltp", show_unreliable=True),
    "profile": lambda d: few_events(d, BOTH, event="ltp", by="profile", show_unreliable=True),
    "firth": lambda d: few_events(d, BOTH, event="ltp", by="firth", show_unreliable=True),
    "gee": lambda d: gee(d, BOTH, event="ltp", cluster="patient", show_unreliable=True),
    "interval_censored": lambda d: interval_censored(d, grouping="group", landmarks_months=(1, 12)),
    "landmark": lambda d: cox(from_landmark(d, landmark=5.0)[0], BOTH, show_unreliable=True),
}
CURVES = ("km_curve", "cumulative_incidence")  # their limits at 0 and 1 do not exist, and say so by being null


def _frame(rows: list[tuple[int, int, str, float, int, str, int]]) -> pd.DataFrame:
    names = ["days", "event", "group", "x", "patient", "centre", "entry"]
    frame = pd.DataFrame(rows, columns=names).astype({"days": float, "event": float, "x": float, "entry": float})
    frame["group"] = frame["group"].astype(object)
    seen = frame["event"] == 1
    left = np.where(seen, frame["entry"].clip(upper=frame["days"]), frame["days"])
    ltp = frame["event"].eq(1).astype(float)
    return frame.assign(ltp=ltp, left_days=left, right_days=np.where(seen, frame["days"], np.nan))


ROW = st.tuples(
    st.sampled_from([0, 0, 1, 5, 30, 31, 90, 400]),
    st.sampled_from([0, 1, 2]),
    st.sampled_from(["wild_type", "mutant", "unknown"]),
    st.sampled_from([0.0, 1.0, 2.5, 1e6, float("nan")]),
    st.integers(0, 6),
    st.sampled_from(["a", "b"]),
    st.sampled_from([0, 0, 2, 30]),
)
NO_EVENTS = [(30 + i, 0, "mutant" if i % 2 else "wild_type", float(i), i, "a", 0) for i in range(20)]
ALL_AT_ZERO = [(0, 0, "mutant" if i % 2 else "wild_type", float(i), i, "a", 0) for i in range(20)]
ONE_GROUP = [(30 + i, i % 3, "mutant", float(i), i, "a", 0) for i in range(20)]
CONSTANT = [(30 + i, i % 3, "mutant" if i % 2 else "wild_type", 1.0, i, "a", 0) for i in range(20)]
SEPARATED = [(30 + i, int(i >= 10), "mutant" if i >= 10 else "wild_type", float(i), i, "a", 0) for i in range(20)]
ONE_LESION_EACH = [(30 + i, i % 3, "mutant" if i % 2 else "wild_type", float(i % 7), i, "b", 0) for i in range(40)]
ONE_PATIENT = [(30 + i, i % 3, "mutant" if i % 2 else "wild_type", float(i % 7), 1, "b", 0) for i in range(40)]
THREE = ONE_LESION_EACH[:3]


COHORTS = given(rows=st.lists(ROW, max_size=25))
SAME_EVERY_TIME = settings(
    max_examples=1, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@pytest.mark.parametrize("name", ESTIMATORS)
@SAME_EVERY_TIME
@COHORTS
@example(rows=[])
@example(rows=NO_EVENTS)
@example(rows=ALL_AT_ZERO)
@example(rows=ONE_GROUP)
@example(rows=CONSTANT)
@example(rows=SEPARATED)
@example(rows=ONE_LESION_EACH)
@example(rows=ONE_PATIENT)
@example(rows=THREE)
def test_every_estimator_answers(name: str, rows: list[tuple[int, int, str, float, int, str, int]]) -> None:
    """No exception and no warning; figures are finite, limits hold their estimate, and a null says why."""
    answers(name, rows)


@pytest.mark.long
@pytest.mark.parametrize("name", ESTIMATORS)
@settings(SAME_EVERY_TIME, max_examples=40)
@COHORTS
def test_every_estimator_answers_on_more_cohorts(
    name: str, rows: list[tuple[int, int, str, float, int, str, int]]
) -> None:
    """The same is true of more cohorts."""
    answers(name, rows)


def answers(name: str, rows: list[tuple[int, int, str, float, int, str, int]]) -> None:
    """Assert that the estimator called `name` gives a sound table of a cohort of these rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = ESTIMATORS[name](_frame(rows))
    numbers = table.select_dtypes("number").astype(float)
    assert not np.isinf(numbers.to_numpy()).any()
    if name in CURVES:
        return
    assert not (table["estimate"].isna() & (table["note"] == "")).any(), table[table["estimate"].isna()]
    if "lower" in table:
        sound = table.dropna(subset=["estimate", "lower", "upper"])
        slack = 1e-9 * sound["estimate"].abs()
        assert (sound["lower"] <= sound["estimate"] + slack).all(), sound
        assert (sound["estimate"] <= sound["upper"] + slack).all(), sound
    if "p_value" in table:
        assert table["p_value"].dropna().between(0.0, 1.0).all()
