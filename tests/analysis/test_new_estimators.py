"""What the estimators promise beyond agreement with R: equalities that must hold, and notes that must be given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.interval_censored import interval_censored
from analysis.estimates.restricted_mean import restricted_mean
from analysis.regression.cox import cox
from analysis.regression.fine_gray import fine_gray
from analysis.regression.firth import few_events
from analysis.regression.gee import gee
from analysis.regression.logistic import logistic
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.landmark import from_landmark
from tests.against_r import carried
from tests.analysis.simulated import registry


@pytest.fixture(scope="module")
def lesions() -> pd.DataFrame:
    """193 made-up lesions of 110 patients."""
    return carried.lesions()


def _few(n_events: int) -> pd.DataFrame:
    n = 200
    frame = pd.DataFrame({"x": np.arange(n) % 7.0, "z": np.arange(n) % 3.0, "days": 1.0 + np.arange(n) % 50})
    return frame.assign(event=(np.arange(n) % (n // n_events) == 0).astype(int), patient=np.arange(n) // 2)


@pytest.mark.parametrize("model", ["cox", "logistic", "fine_gray", "firth", "gee"])
def test_few_events_are_shown_only_where_asked(model: str) -> None:
    """Below 5 events per variable: null and said so; asked for by name: shown, and called unreliable."""
    fits = {
        "cox": lambda d, **more: cox(d, ["x", "z"], **more),
        "logistic": lambda d, **more: logistic(d, ["x", "z"], event="event", **more),
        "fine_gray": lambda d, **more: fine_gray(d, ["x", "z"], **more),
        "firth": lambda d, **more: few_events(d, ["x", "z"], event="event", **more),
        "gee": lambda d, **more: gee(d, ["x", "z"], event="event", cluster="patient", **more),
    }
    withheld = fits[model](_few(8))
    assert withheld["estimate"].isna().all() and withheld["note"].str.contains("not shown").all()
    shown = fits[model](_few(8), show_unreliable=True).query("term == 'x'").iloc[0]
    assert np.isfinite(shown["estimate"]) and "unreliable" in shown["note"]


def test_counted_subjects_equal_rows(lesions: pd.DataFrame) -> None:
    """A row that stands for two subjects counts as two rows: Fine-Gray's variance, Firth, clusters."""
    twice, counted = pd.concat([lesions, lesions]), lesions.assign(count=2)
    covariates = ["kras", "diameter"]
    pairs = [
        (fine_gray(twice, covariates, time="time"), fine_gray(counted, covariates, time="time", count="count")),
        (few_events(twice, covariates, event="ltp"), few_events(counted, covariates, event="ltp", count="count")),
    ]
    named = {"time": "time", "event": "ltp", "cluster": "patient"}
    pairs.append((cox(twice, covariates, **named), cox(counted, covariates, **named, count="count")))
    for first, second in pairs:
        pd.testing.assert_frame_equal(first, second, rtol=1e-7)


def test_order_of_lesions_does_not_matter(lesions: pd.DataFrame) -> None:
    """The rows of a cluster need not be adjacent."""
    shuffled = lesions.sample(frac=1.0, random_state=3)
    named = {"time": "time", "event": "ltp", "entry": "entry", "strata": "centre", "cluster": "patient"}
    first, second = (cox(frame, ["kras", "diameter"], **named) for frame in (lesions, shuffled))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)
    first, second = (gee(frame, ["kras"], event="ltp", cluster="patient") for frame in (lesions, shuffled))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)


def test_firth_is_finite_under_separation() -> None:
    """Where no event is seen in a group, the odds ratio is finite and its profile interval may be one-sided."""
    frame = pd.DataFrame({"group": ["a"] * 20 + ["b"] * 20, "ltp": [0] * 20 + [1] * 6 + [0] * 14})
    row = few_events(frame, ["group"], event="ltp").iloc[0]
    assert 1.0 < row["lower"] < row["estimate"] < row["upper"]
    row = few_events(frame, ["group"], event="ltp", by="profile").iloc[0]
    assert np.isnan(row["estimate"]) and "separation" in row["note"]


def test_a_window_beyond_follow_up_has_no_mean() -> None:
    """The restricted mean is not extrapolated; before the first event it is the window itself."""
    frame = pd.DataFrame({"days": [100.0, 200.0, 300.0], "event": [0, 1, 0]})
    table = restricted_mean(frame, windows_months=(2, 24))
    assert table["estimate"].iloc[0] == pytest.approx(2.0) and "no event in the window" in table["note"].iloc[0]
    assert np.isnan(table["estimate"].iloc[1]) and "ends before the window" in table["note"].iloc[1]


def test_a_window_past_the_last_time_has_no_mean_even_at_zero() -> None:
    """One patient with the event at 240 days was not there at a year: the reason is follow-up, not a want of events."""
    row = restricted_mean(pd.DataFrame({"days": [240.0], "event": [1]}), windows_months=(12,)).iloc[0]
    assert np.isnan(row["estimate"]) and row["note"] == "the last follow-up ends before the window does"


def test_a_difference_from_a_mean_without_events_has_no_interval() -> None:
    """Where one group has no event in the window its mean has no interval, and a difference from it neither interval
    nor p-value, with the reason and the group.
    """
    days, event = [400.0] * 20 + [100.0] * 6 + [400.0] * 14, [0] * 20 + [1] * 6 + [0] * 14
    frame = pd.DataFrame({"days": days, "event": event, "kras": ["wild_type"] * 20 + ["mutant"] * 20})
    table = restricted_mean(frame, grouping="kras", windows_months=(12,)).set_index("quantity")
    row = table.loc["difference_months"]
    assert row["estimate"] < 0.0 and row[["lower", "upper", "std_error", "p_value"]].isna().all()
    assert row["note"] == "wild_type: no interval: no event in the window"
    mutant = table.loc["restricted_mean_months"].set_index("stratum").loc["mutant"]
    assert mutant[["lower", "upper"]].notna().all()


def test_a_window_at_whose_end_few_are_at_risk_is_labelled() -> None:
    """The mean and the differences based on it are kept, with the number at risk at the end of the window."""
    days = [50.0 + i for i in range(18)] + [400.0, 400.0]
    frame = pd.DataFrame({"days": days * 2, "event": [1, 0] * 20, "kras": ["mutant"] * 20 + ["wild_type"] * 20})
    table = restricted_mean(frame, grouping="kras", windows_months=(2, 12))
    late = table[table["tau_months"] == 12]
    assert late["note"].str.contains("few at risk").all() and late["n_at_risk"].dropna().tolist() == [2, 2]
    assert not table[table["tau_months"] == 2]["note"].str.contains("few at risk").any()


def test_landmark_counts_who_is_left_out() -> None:
    """Those with an event or the end of follow-up by the landmark are left out; the others start there."""
    frame = pd.DataFrame({"days": [10.0, 90.0, 91.0, 400.0], "event": 1, "count": [1, 2, 3, 4]})
    late, note = from_landmark(frame, count="count")
    assert late["days"].tolist() == [1.0, 310.0] and "3 with an event" in note


def test_turnbull_without_intervals_is_kaplan_meier() -> None:
    """Where every event is known to the day, interval censoring changes nothing."""
    days = np.arange(30.0, 900.0, 30.0)
    frame = pd.DataFrame({"left_days": days, "right_days": np.where(np.arange(len(days)) % 3 == 0, days, np.nan)})
    table = interval_censored(frame, landmarks_months=(12,))
    np.testing.assert_allclose(table["estimate"], table["estimate"].iloc[-1], rtol=1e-8)


def test_intervals_come_from_the_exams() -> None:
    """LTP lies after the last negative exam and by the day it was found; lesions without dates give none."""
    patients, lesions, times = registry(30)
    assert AnalysisFrames(patients, lesions, times).ltp_intervals().empty
    start = pd.Timestamp("2020-01-01")
    found = start + pd.to_timedelta((lesions["ltpfs_days"] - 20).clip(lower=0).fillna(0), unit="D")
    dated = lesions.assign(first_ablation_date=start, last_negative_date=found.where(lesions["ltp"].eq(True)))
    table = AnalysisFrames(patients, dated, times).ltp_intervals()
    seen = table["right_days"].notna()
    assert table["count"][seen].sum() == lesions["ltp"].eq(True).sum()
    assert (table["right_days"] - table["left_days"])[seen].between(0, 20).all()
