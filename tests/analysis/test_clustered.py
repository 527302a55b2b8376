"""Intervals and tests of lesions of which a patient may have several: R's figures, and what must hold of any data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates import clustered_curves, cumulative_incidence
from analysis.estimates.product_limit import survival_at
from analysis.regression.clustered_test import clustered_test
from analysis.regression.fine_gray import fine_gray
from analysis.regression.restricted_spline import basis, spline_ratios
from tests.against_r.carried import lesions

KNOTS = (0.0, 5.0, 10.0)


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    """227 patients of 18 institutions; status 1 is death in this copy."""
    from lifelines.datasets import load_lung

    return load_lung().dropna(subset="inst").rename(columns={"status": "event", "time": "days"})


def test_a_clustered_curve_is_survfit_s(lung: pd.DataFrame) -> None:
    """R 4.2.2 on lung by institution: 0.412184 at a year, with a standard error of 0.030016, and of 0.036 without."""
    time, event = lung["days"].to_numpy(float), lung["event"].to_numpy(float)
    year = survival_at(clustered_curves.survival(time, event, pd.factorize(lung["inst"])[0]), 365)
    alone = survival_at(clustered_curves.survival(time, event, np.arange(len(time))), 365)
    assert year["estimate"] == alone["estimate"] == pytest.approx(0.4121839213678, rel=1e-9)
    assert year["std_error"] == pytest.approx(0.0300163188181, rel=1e-9)
    assert (year["lower"], year["upper"]) == pytest.approx((0.3530481796207, 0.4702664737951), rel=1e-9)
    assert alone["std_error"] == pytest.approx(0.0359, abs=1e-4)


def test_lesions_alone_give_the_variance_without_clusters() -> None:
    """Every lesion a cluster of its own: the infinitesimal jackknife as it is, ties and all."""
    d = lesions()
    time, event = d["time"].to_numpy(float), d["event"].to_numpy(float)
    plain = cumulative_incidence.estimates(time, event, 1)
    alone = clustered_curves.incidence(time, event, np.arange(len(d)))
    for name, values in plain.items():
        np.testing.assert_allclose(alone[name], values, rtol=1e-10, err_msg=name)


def test_copies_of_a_lesion_are_no_evidence() -> None:
    """Each lesion three times over, the copies in one cluster: estimates, intervals and tests are those of one."""
    d = lesions()
    thrice = pd.concat([d, d, d], ignore_index=True)
    one, three = (f.assign(own=np.tile(np.arange(len(d)), len(f) // len(d))) for f in (d, thrice))
    time, event = (three[name].to_numpy(float) for name in ("time", "event"))
    many = clustered_curves.incidence(time, event, three["own"].to_numpy())
    single = clustered_curves.incidence(d["time"].to_numpy(float), d["event"].to_numpy(float), np.arange(len(d)))
    np.testing.assert_allclose(many["std_error"], single["std_error"], rtol=1e-10)
    np.testing.assert_allclose(many["estimate"], single["estimate"], rtol=1e-12)
    frames = [f.rename(columns={"days": "months", "time": "days"}) for f in (one, three)]
    ratios = [fine_gray(f, ["kras", "diameter"], cluster="own").dropna(subset="coef") for f in frames]
    np.testing.assert_allclose(ratios[1]["coef"], ratios[0]["coef"], rtol=1e-6)
    np.testing.assert_allclose(ratios[1]["std_error"], ratios[0]["std_error"], rtol=1e-6)


def test_the_clustered_test_is_coxph_s_robust_score(lung: pd.DataFrame) -> None:
    """Sex by institution: 6.82 on 1 degree of freedom, where survdiff with cluster() answers 50.05."""
    row = clustered_test(lung, grouping="sex", cluster="inst", show_unreliable=True)
    assert row["estimate"] == pytest.approx(6.82036378637, rel=1e-9) and row["df"] == 1
    assert "only 18 clusters" in row["note"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sex": 1}, "only one group"),
        ({"event": 0}, "no events"),
        ({"event": [1, 1, 1, 1] + [0] * 223}, "fewer than 5 events"),
    ],
)
def test_no_test_where_there_is_nothing_to_test(lung: pd.DataFrame, change: dict, reason: str) -> None:
    """One group, no event or too few: null, with the reason."""
    row = clustered_test(lung.assign(**change), grouping="sex", cluster="inst")
    assert "estimate" not in row and reason in row["note"]


def test_lesions_of_one_patient_have_no_interval() -> None:
    """Nor has an estimate of exactly 0 or 1: no interval without width."""
    one = pd.DataFrame({"days": [100.0, 200.0, 400.0], "event": [1, 0, 0], "patient": 7})
    for quantity in ("survival", "incidence"):
        (row,) = clustered_curves.at_landmarks(one, quantity, (4,), grouping="overall", cluster="patient")
        assert row["estimate"] in (pytest.approx(1 / 3), pytest.approx(2 / 3)) and np.isnan(row["lower"])
        assert "all lesions are of one patient" in row["note"]
    alike = pd.DataFrame({"days": [100.0, 200.0] * 3, "event": [1, 0] * 3, "patient": [1, 1, 2, 2, 3, 3]})
    for quantity in ("survival", "incidence"):
        (row,) = clustered_curves.at_landmarks(alike, quantity, (4,), grouping="overall", cluster="patient")
        assert row["estimate"] == pytest.approx(0.5) and np.isnan([row["lower"], row["upper"], row["std_error"]]).all()
        assert "so much alike" in row["note"]
    before = clustered_curves.survival(np.array([5.0, 9.0]), np.array([0.0, 1.0]), np.array([0, 1]))
    assert np.isnan(before["lower"][:2]).all() and np.isnan(before["upper"][:2]).all()


def test_nobody_is_no_error() -> None:
    """No rows give no curve, no test, and reasons."""
    nobody = pd.DataFrame({"days": [], "event": [], "group": pd.Series([], dtype=object), "patient": []})
    assert clustered_curves.parts(nobody, "incidence", grouping="group", cluster="patient") == []
    (row, *_) = clustered_curves.at_landmarks(nobody, "survival", (12,), grouping="overall", cluster="patient")
    assert row["estimate"] is None and row["note"] == "no subjects"
    assert clustered_test(nobody, grouping="group", cluster="patient")["note"] == "no subjects"


def test_the_spline_is_formulaic_s_and_straight_beyond_its_knots() -> None:
    """The columns span what formulaic's cr() spans with the same knots, and beyond the outer knots nothing bends."""
    from formulaic import model_matrix

    values = np.linspace(-3.0, 14.0, 60)
    theirs = model_matrix(
        "cr(x, knots=[5.0], lower_bound=0.0, upper_bound=10.0, extrapolation='extend')", pd.DataFrame({"x": values})
    ).to_numpy()
    ours = np.column_stack([np.ones(60), basis(values, KNOTS)])
    fitted = theirs @ np.linalg.lstsq(theirs, ours, rcond=None)[0]
    np.testing.assert_allclose(fitted, ours, atol=1e-9)
    bend = np.diff(basis(np.array([10.0, 12.0, 14.0, 16.0]), KNOTS), n=2, axis=0)
    np.testing.assert_allclose(bend, 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"margin": np.nan}, "no complete cases"),
        ({"margin": 7.0}, "the reference lies outside"),
        ({"event": 0}, "no events"),
        ({"event": [1] * 6 + [0] * 187}, "not shown"),
    ],
)
def test_a_spline_that_cannot_be_fitted_says_why(change: dict, reason: str) -> None:
    """No margins, one margin, no event, too few events: one row, null, with the reason."""
    d = lesions().assign(margin=np.linspace(-2, 14, 193)).assign(**change)
    named = {"knots": KNOTS, "reference": 5.0, "step": 1.0, "cluster": "patient", "time": "time"}
    (row,) = spline_ratios(d, "margin", **named).to_dict("records")
    assert np.isnan(row["estimate"]) and reason in row["note"]
