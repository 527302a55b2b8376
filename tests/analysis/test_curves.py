"""Curves: what is shown beyond the data, at certainty, and where causes compete."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.cumulative_incidence import cumulative_incidence, incidence
from analysis.estimates.kaplan_meier import km_curve, km_summary
from analysis.estimates.logrank import logrank
from analysis.estimates.product_limit import steps

MONTH = 30.4375


def _months(values: list[float]) -> list[float]:
    return [value * MONTH for value in values]


def test_beyond_follow_up_is_null() -> None:
    """A landmark after the last patient's follow-up has no estimate, also where nobody is left to fail."""
    alive = pd.DataFrame({"days": _months([4, 8, 20]), "event": [1, 0, 0]})
    rows = km_summary(alive).set_index("quantity")
    assert np.isfinite(rows.loc["survival_12m", "estimate"])
    assert np.isnan(rows.loc["survival_24m", "estimate"])
    assert rows.loc["survival_24m", "note"] == "beyond the last follow-up"
    assert np.isnan(rows.loc["median_months", "estimate"]) and rows.loc["median_months", "note"] == "median not reached"
    dead = km_summary(alive.assign(event=1)).set_index("quantity")
    assert np.isnan(dead.loc["survival_24m", "estimate"])
    assert dead.loc["survival_24m", "note"] == "beyond the last follow-up"


@pytest.mark.parametrize(("n_long", "n", "few"), [(4, 20, True), (5, 20, False), (9, 100, True), (10, 100, False)])
def test_a_landmark_at_which_few_are_at_risk_is_labelled(n_long: int, n: int, few: bool) -> None:
    """With fewer than 5, or less than a tenth of the group, at risk, the estimate is kept and its note says so."""
    days = _months([3.0 + i / n for i in range(n - n_long)] + [30.0] * n_long)
    frame = pd.DataFrame({"days": days, "event": [1] * 3 + [0] * (n - 3)})
    row = km_summary(frame).set_index("quantity").loc["survival_12m"]
    assert row["n_at_risk"] == n_long and np.isfinite(row["estimate"])
    assert ("few at risk" in row["note"]) == few


def test_no_interval_at_certainty() -> None:
    """At 1, before the first event, and at 0 survival has neither limits nor a standard error; between them it has."""
    table = steps(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 1.0])).set_index("time")
    figures = ["lower", "upper", "std_error"]
    assert table.loc[[0.0, 1.0, 3.0], figures].isna().all(axis=None) and table.loc[2.0, figures].notna().all()
    assert table["estimate"].tolist() == [1.0, 1.0, 0.5, 0.0]
    certain = incidence(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 1]), 1).set_index("time")
    assert certain.loc[[0.0, 1.0, 3.0], figures].isna().all(axis=None) and certain.loc[2.0, figures].notna().all()
    assert certain["estimate"].tolist() == [0.0, 0.0, 0.5, 1.0]


def test_curves_equal_a_second_library() -> None:
    """Survival, numbers at risk and events equal SurPyval's at every time; limits are those of the log-log formula."""
    from surpyval import KaplanMeier

    random = np.random.default_rng(5)
    time, event = np.ceil(random.exponential(30.0, 300)), (random.random(300) < 0.5).astype(float)
    count = random.integers(1, 4, 300)
    ours = steps(time, event, count).iloc[1:]  # the row at day 0 is ours alone
    theirs = KaplanMeier.fit(time, c=1 - event.astype(int), n=count)
    np.testing.assert_array_equal(ours["time"], theirs.x)
    np.testing.assert_allclose(ours["estimate"], theirs.R, rtol=1e-12)
    np.testing.assert_array_equal(ours[["n_at_risk", "n_events"]], np.column_stack([theirs.r, theirs.d]))
    found = ours[ours["lower"].notna()]
    log_s, spread = np.log(found["estimate"]), found["std_error"] / found["estimate"]
    for name, sign in (("lower", 1.0), ("upper", -1.0)):
        expected = np.exp(log_s * np.exp(sign * 1.959963984540054 * spread / -log_s))
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)


def test_curves_equal_lifelines() -> None:
    """Survival and limits at every time equal those of lifelines' fitter, which analysts use; also of one subject."""
    from lifelines import KaplanMeierFitter

    random = np.random.default_rng(9)
    for n in (1, 2, 12, 400):
        time, event = random.integers(1, 2 * n + 2, n).astype(float), random.integers(0, 2, n)
        count = random.integers(1, 5, n)
        ours = steps(time, event.astype(float), count)
        with np.errstate(all="ignore"):  # lifelines sets numpy's error handling for the whole process
            fitted = KaplanMeierFitter().fit(time, event, weights=count)
        np.testing.assert_array_equal(ours["time"], fitted.survival_function_.index)
        np.testing.assert_allclose(ours["estimate"], fitted.survival_function_.to_numpy()[:, 0], rtol=1e-12)
        limits = fitted.confidence_interval_survival_function_.to_numpy()
        shown = ours["lower"].notna().to_numpy()
        assert (shown == (ours["estimate"].between(0.0, 1.0, inclusive="neither"))).all()
        np.testing.assert_allclose(ours[["lower", "upper"]].to_numpy()[shown], limits[shown], rtol=1e-11)


def test_curve_counts_balance() -> None:
    """Every subject leaves once, by event or by censoring, and the number at risk falls by those who left."""
    random = np.random.default_rng(6)
    frame = pd.DataFrame({"days": random.integers(1, 40, 200), "event": random.integers(0, 3, 200)})
    frame["kras"] = random.choice(["mutant", "wild_type"], 200)
    curve = km_curve(frame, grouping="kras")
    for _, part in curve.groupby("stratum"):
        left = part["n_events"] + part["n_censored"]
        assert left.sum() == part["n"].iloc[0]
        assert (part["n_at_risk"].iloc[0] - left.cumsum().shift(fill_value=0) == part["n_at_risk"]).all()


def test_death_is_not_ltp() -> None:
    """Event 2 censors the Kaplan-Meier curve of LTP, and is no end of follow-up in the reverse curve."""
    frame = pd.DataFrame({"days": _months([5, 10, 15, 20]), "event": [2, 1, 2, 0]})
    rows = km_summary(frame).set_index("quantity")
    assert rows.loc["survival_12m", "n_events"] == 1
    assert rows.loc["reverse_km_median_months", "n_events"] == 1
    assert rows.loc["reverse_km_median_months", "estimate"] == pytest.approx(20.0)


def _weighted_incidence(time: np.ndarray, cause: np.ndarray, weight: np.ndarray, at: float) -> float:
    """Aalen-Johansen by definition, cause 1, with case weights."""
    survival, found = 1.0, 0.0
    for u in np.unique(time[(time <= at) & (cause > 0)]):
        at_risk = weight[time >= u].sum()
        found += survival * weight[(time == u) & (cause == 1)].sum() / at_risk
        survival *= 1.0 - weight[(time == u) & (cause > 0)].sum() / at_risk
    return found


def test_variance_is_the_infinitesimal_jackknife() -> None:
    """The closed form equals the sum of squared numerical derivatives with respect to each subject's
    weight, ties included.
    """
    random = np.random.default_rng(7)
    time, cause = random.integers(1, 9, 60).astype(float), random.integers(0, 3, 60)
    table = incidence(time, cause, 1).set_index("time")
    for at in (2.0, 5.0, 8.0):
        step, derivatives = 1e-5, []
        for i in range(60):
            up, down = np.ones(60), np.ones(60)
            up[i], down[i] = 1.0 + step, 1.0 - step
            high, low = _weighted_incidence(time, cause, up, at), _weighted_incidence(time, cause, down, at)
            derivatives.append((high - low) / (2.0 * step))
        assert table.loc[at, "estimate"] == pytest.approx(_weighted_incidence(time, cause, np.ones(60), at))
        assert table.loc[at, "std_error"] == pytest.approx(np.sqrt(np.square(derivatives).sum()), rel=1e-6)


def test_incidences_and_survival_add_up() -> None:
    """The incidences of all causes and the chance of having had none make 1; without competing events
    incidence is 1 - S.
    """
    random = np.random.default_rng(8)
    frame = pd.DataFrame({"days": random.integers(1, 30, 150), "event": random.integers(0, 3, 150)})
    table = cumulative_incidence(frame)
    total = table.pivot(index="time_days", columns="cause", values="estimate").sum(axis=1)
    free = km_curve(frame.assign(event=(frame["event"] > 0).astype(int))).set_index("time_days")["estimate"]
    np.testing.assert_allclose(total + free, 1.0, rtol=1e-12)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ({"days": [1.0, 2.0], "event": [1, 1], "kras": ["mutant", "mutant"]}, "only one group"),
        ({"days": [1.0, 2.0], "event": [0, 0], "kras": ["mutant", "wild_type"]}, "no events"),
        (
            {"days": [1.0, 2.0], "event": [1, 0], "kras": ["unknown", None]},
            "no subjects; 2 with unknown kras left out",
        ),
        (
            {"days": [1.0, 9.0], "event": [0, 1], "kras": ["mutant", "wild_type"]},
            "no event while more than one group",
        ),
        (
            {
                "days": [1.0, 2.0, 3.0, 4.0, 9.0],
                "event": [1, 1, 1, 1, 0],
                "kras": ["mutant", "wild_type"] * 2 + ["mutant"],
            },
            "fewer than 5 events: not tested",
        ),
    ],
)
def test_logrank_that_cannot_be_made(frame: dict[str, list[object]], reason: str) -> None:
    """Without two groups, or an event while both are at risk, there is no statistic and the note says why."""
    row = logrank(pd.DataFrame(frame), grouping="kras").iloc[0]
    assert np.isnan(row["estimate"]) and np.isnan(row["p_value"]) and row["note"].startswith(reason)
