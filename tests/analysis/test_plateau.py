"""Medians of curves that are flat at one half, and what counts as a tie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.product_limit import plateau, quantile, steps
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.tidy import whole_days
from schemas.thresholds import DAYS_PER_MONTH
from tests.analysis.simulated import registry


def _median(days: np.ndarray, event: np.ndarray) -> pd.Series:
    table = km_summary(pd.DataFrame({"days": days, "event": event}))
    row: pd.Series = table.set_index("quantity").loc["median_months"]
    return row


def test_a_stretch_that_an_event_ends() -> None:
    """The middle, as in R's quantile and table: 12 for a curve that is flat at one half from 10 to 14."""
    days, event = np.array([*range(1, 11), 14, *[20] * 9], float), np.repeat([1.0, 0.0], [11, 9])
    row = _median(days * DAYS_PER_MONTH, event)
    assert row["estimate"] == pytest.approx(12.0) and "from 10.0 to 14.0 months" in row["note"]
    assert "R's table" not in row["note"]


def test_a_stretch_that_ends_the_curve() -> None:
    """The middle up to the last time, as R's quantile (15); the note names the start, which R's table gives (10)."""
    days, event = np.array([*range(1, 11), *[20] * 10], float), np.repeat([1.0, 0.0], [10, 10])
    row = _median(days * DAYS_PER_MONTH, event)
    assert row["estimate"] == pytest.approx(15.0)
    assert "from 10.0 to 20.0 months" in row["note"] and "R's table of a curve gives the first" in row["note"]


def test_one_half_by_rounding() -> None:
    """A product of fractions that misses one half in its last digit counts as one half: the median is not lost."""
    table = steps(np.array([*range(1, 11), *[20] * 10], float), np.repeat([1.0, 0.0], [10, 10]))
    table["estimate"] = table["estimate"].replace(0.5, 0.5000000000000002)
    assert table["estimate"].min() > 0.5
    assert quantile(table, 0.5)[0] == 15.0 and plateau(table, 0.5) == (10.0, 20.0, False)


def test_a_curve_that_passes_one_half_has_no_stretch() -> None:
    """The median is where the curve falls past one half, and it has no note."""
    table = steps(np.arange(1.0, 12.0), np.ones(11))
    assert plateau(table, 0.5) is None and quantile(table, 0.5)[0] == 6.0
    assert _median(np.arange(1.0, 12.0), np.ones(11))["note"] == ""


def test_every_cohort_is_timed_in_whole_days() -> None:
    """Subjects, single lesions, intervals and scans: no analysis is handed a fraction of a day."""
    frames = AnalysisFrames(*registry(60))
    cohorts = [frames.subjects("LTPFS", "patient"), frames.each("TTLTP", "lesion"), frames.subjects_scanned()]
    for cohort in [*cohorts, frames.subjects_by_site("OS", "patient")]:
        assert (cohort["days"] == np.rint(cohort["days"])).all()
    intervals = frames.ltp_intervals()
    assert all((intervals[name].dropna() % 1 == 0).all() for name in ("left_days", "right_days"))


def test_days_by_way_of_months_tie() -> None:
    """Days that were months in between differ by their last digit: they are one event time again, as R takes them."""
    patients, lesions, times = registry(200)
    detour = times["days"] / 30.4375 / 12.0 * 12.0 * 30.4375
    assert (detour != times["days"]).any()
    direct, by_months = (
        AnalysisFrames(patients, lesions, times.assign(days=days)).subjects("OS", "patient")
        for days in (times["days"], detour)
    )
    pd.testing.assert_frame_equal(direct, by_months, check_exact=True)
    assert whole_days(pd.Series([10.5, 3.0])).tolist() == [10.5, 3.0]
