"""Kaplan-Meier, log-log interval, quantiles and reverse Kaplan-Meier follow-up agree with R's survfit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.product_limit import quantile, steps, survival_at
from tests.against_r.reference import assert_close, group, load, of_kind

WITH_CURVES = ("lung", "colon_death", "retinopathy", "bladder")
FIELDS = {
    "estimate": "surv",
    "lower": "lower",
    "upper": "upper",
    "std_error": "std_err",
    "n_at_risk": "n_risk",
}


def _steps(data: pd.DataFrame, time: str, event: str) -> pd.DataFrame:
    return steps(data[time].to_numpy(float), data[event].to_numpy(float))


@pytest.mark.parametrize("name", WITH_CURVES)
def test_curves_agree(name: str) -> None:
    """Survival, limits, standard error and numbers at risk equal summary.survfit(extend = TRUE) at R's times; where
    survival is exactly 0 or 1, R may print limits without width and a standard error of 0, and here there are none.
    """
    data, analyses = load(name)
    for analysis in of_kind(analyses, "kaplan_meier"):
        if analysis["conf_type"] != "log-log":
            continue
        for theirs in analysis["groups"]:
            table = _steps(group(data, theirs["group"]), analysis["time"], analysis["event"])
            for i, time in enumerate(theirs["time"]):
                ours = survival_at(table, time, extend=True)
                for field, r_field in FIELDS.items():
                    what = f"{name} {theirs['group']} t={time} {field}"
                    if ours["estimate"] in (0.0, 1.0) and field in ("lower", "upper", "std_error"):
                        assert np.isnan(ours[field]), what
                    else:
                        assert_close(ours[field], theirs[r_field][i], what)


@pytest.mark.parametrize("name", WITH_CURVES)
def test_quantiles_agree(name: str) -> None:
    """Quantiles and their limits equal quantile.survfit, missing where R's are."""
    data, analyses = load(name)
    for analysis in of_kind(analyses, "kaplan_meier"):
        if analysis["conf_type"] != "log-log":
            continue
        for theirs in analysis["groups"]:
            table = _steps(group(data, theirs["group"]), analysis["time"], analysis["event"])
            for i, probability in enumerate(theirs["quantile_probs_of_event"]):
                found = quantile(table, probability)
                for ours, field in zip(found, ("quantile", "quantile_lower", "quantile_upper"), strict=True):
                    assert_close(ours, theirs[field][i], f"{name} {theirs['group']} {field} {probability}")


@pytest.mark.parametrize("name", WITH_CURVES)
def test_reverse_follow_up_agrees(name: str) -> None:
    """Median follow-up by reverse Kaplan-Meier equals R's, with its log-log limits."""
    data, analyses = load(name)
    for analysis in of_kind(analyses, "reverse_km_median_followup"):
        if analysis["conf_type"] != "log-log":
            continue
        days = data.assign(days=data[analysis["time"]] * 30.4375)  # back to months below
        table = km_summary(days, event=analysis["event"]).set_index("quantity")
        row = table.loc["reverse_km_median_months"]
        for ours, field in (("estimate", "median"), ("lower", "lower"), ("upper", "upper")):
            assert_close(row[ours], analysis[field], f"{name} reverse Kaplan-Meier {field}")


@pytest.mark.parametrize(
    ("times", "events", "expected"),
    [
        ([1, 2, 3, 4], [1, 1, 1, 1], 2.5),  # flat at 0.5 from 2 to 3
        ([1, 2, 2, 4], [1, 1, 1, 1], 2.0),  # jumps over 0.5
        ([1, 2, 3, 9], [1, 1, 0, 0], 5.5),  # flat at 0.5 to the end: midpoint of 2 and 9
        ([1, 2, 3, 4], [1, 0, 0, 0], np.nan),  # never reaches 0.5
    ],
)
def test_median_where_the_curve_is_flat(times: list[int], events: list[int], expected: float) -> None:
    """The median of a curve that is flat exactly at 0.5 is the midpoint of the flat, at its end too, as in
    quantile.survfit.
    """
    found = quantile(steps(np.array(times, float), np.array(events, float)), 0.5)[0]
    np.testing.assert_equal(found, expected)
