"""What a comparison gives on made-up lesions, and when it is refused; that its figures are R's is in
tests/against_r."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.compare import (
    AFTER,
    BEFORE,
    CRUDE,
    E_LIMIT,
    E_VALUE,
    OUTSIDE,
    RATIO,
    SIZE,
    WEIGHTED,
    Compared,
    compare,
)
from analysis.comparison.e_value import e_value_of_limit
from analysis.comparison.propensity import share_outside, weights_of
from analysis.comparison.weighted_cox import weighted_cox
from analysis.comparison.weighted_curve import weighted_survival
from analysis.estimates.product_limit import estimates
from analysis.regression.cox import cox
from schemas.own_plan import ESTIMANDS
from tests.variants import quick

LEVELS = ("mwa", "rfa")


def lesions(n: int = 400, seed: int = 3, **change: object) -> pd.DataFrame:
    """Lesions of which the large are rather treated by MWA and rather recur; the treatment itself does nothing."""
    rng = np.random.default_rng(seed)
    size = rng.normal(20.0, 6.0, n)
    treated = rng.random(n) < 1.0 / (1.0 + np.exp(-(size - 20.0) / 6.0))
    time = rng.exponential(60.0 / np.exp((size - 20.0) / 6.0))
    frame = pd.DataFrame({"modality": np.where(treated, *LEVELS), "size": size, "days": np.minimum(time, 50.0) * 30})
    frame["near"] = np.where(rng.random(n) < 0.3, "yes", "no")
    frame["event"], frame["patient"] = (time <= 50.0).astype(int), np.arange(n) // 2
    return frame.assign(**change)


def compared(frame: pd.DataFrame, **more: object) -> Compared:
    """The comparison, weighted for size and nearness."""
    names = ["size", "near"]
    return compare(frame, "modality", LEVELS, names, names, **more)  # type: ignore[arg-type]


def of(found: Compared, quantity: str) -> pd.DataFrame:
    """Its rows of one quantity."""
    return found.table[found.table["quantity"] == quantity]


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_weights_take_the_confounding_away(estimand: str) -> None:
    """Unweighted the harmless treatment seems harmful; weighted, the groups are alike and the ratio's interval holds
    1."""
    found = compared(lesions(), estimand=estimand)
    assert not found.reason
    crude, ratio = of(found, CRUDE).iloc[0], of(found, RATIO).iloc[0]
    assert crude["lower"] > 1.0 and ratio["lower"] < 1.0 < ratio["upper"]
    assert of(found, BEFORE)["estimate"].abs().max() > 0.5 and of(found, AFTER)["estimate"].abs().max() < 0.1
    assert of(found, E_LIMIT)["estimate"].iloc[0] == 1.0 < of(found, E_VALUE)["estimate"].iloc[0]
    sizes = of(found, SIZE)
    assert list(sizes["stratum"]) == list(LEVELS) and (sizes["estimate"] <= sizes["n"]).all()
    assert len(of(found, OUTSIDE)) == (estimand != "overlap")
    drawn = found.curves[found.curves["quantity"] == WEIGHTED]
    first = drawn.groupby("stratum", sort=False).first()
    assert list(first["n_at_risk"]) == list(sizes["n"]) and (first["estimate"] == 1.0).all()


def test_overlap_weights_balance_exactly() -> None:
    """The columns of the model have no difference left."""
    assert of(compared(lesions(), estimand="overlap"), AFTER)["estimate"].abs().max() < 1e-9


def test_weights_of_one_change_nothing() -> None:
    """The curve is the plain one and the ratio the plain one; a patient's lesions twice over are no evidence."""
    d = lesions()
    time, event, x = d["days"].to_numpy(), d["event"].to_numpy(), (d["modality"] == "mwa").to_numpy(float)[:, None]
    one = np.ones(len(d))
    np.testing.assert_allclose(weighted_survival(time, event, one)["estimate"], estimates(time, event)["estimate"])
    fitted = weighted_cox(time, event, x, one)
    table = cox(d.assign(mwa=x[:, 0]), ["mwa"])
    assert fitted is not None and fitted.coef[0] == pytest.approx(table["coef"].iloc[0], rel=1e-8)
    twice = weighted_cox(
        np.tile(time, 2), np.tile(event, 2), np.tile(x, (2, 1)), np.tile(one, 2), np.tile(np.arange(len(d)), 2)
    )
    halved = weighted_cox(
        np.tile(time, 2), np.tile(event, 2), np.tile(x, (2, 1)), np.tile(one / 2, 2), np.tile(np.arange(len(d)), 2)
    )
    assert twice is not None and halved is not None
    assert twice.covariance[0, 0] == pytest.approx(halved.covariance[0, 0], rel=1e-9)


def test_lesions_of_one_patient_are_clustered() -> None:
    """The method says so, and with few patients the note warns."""
    found = compared(lesions(), cluster="patient")
    assert of(found, RATIO)["method"].iloc[0].endswith("clustered by patient")
    few = compared(lesions(patient=np.arange(400) % 12), cluster="patient")
    assert "only 12 clusters" in of(few, RATIO)["note"].iloc[0]


EVERYBODY_RFA = {"modality": "rfa"}
LATE = lesions()["days"].rank().to_numpy()
REFUSED = {
    "one group": (EVERYBODY_RFA, "nobody with mwa among the complete cases"),
    "few events": ({"event": (LATE <= 9).astype(int)}, "9 events, fewer than 10"),
    "no event in a group": ({"event": (lesions()["modality"] == "mwa").astype(int)}, "no event with rfa"),
    "no confounder is known": ({"size": np.nan}, "nobody with mwa"),
    "a class with one treatment": (
        {"near": np.where(lesions()["modality"] == "mwa", "yes", lesions()["near"])},
        "in a class of near",
    ),
    "scores apart": ({"size": lesions()["size"] + 30.0 * (lesions()["modality"] == "mwa")}, "no overlap"),
}


@pytest.mark.parametrize("what", quick(3, REFUSED))
def test_what_the_data_cannot_carry_is_refused(what: str) -> None:
    """One row without a ratio that says why, no curves, no exception; a lack of overlap names its cure."""
    change, reason = REFUSED[what]
    found = compared(lesions(**change))
    (ratio,) = of(found, RATIO).to_dict("records")
    assert np.isnan(ratio["estimate"]) and reason in ratio["note"] and found.reason in ratio["note"]
    assert not len(found.curves) and not len(of(found, AFTER))
    assert "overlap" not in reason or "restrict the subgroup" in ratio["note"]


def test_nobody_is_no_error() -> None:
    """No rows: refused, with a reason."""
    found = compared(lesions().iloc[:0])
    assert found.reason and len(of(found, RATIO)) == 1


def test_who_has_no_counterpart_is_counted() -> None:
    """Of those the estimand is about; overlap weights need no such rule."""
    score, treated = np.array([0.1, 0.2, 0.3, 0.4, 0.9]), np.array([0, 0, 1, 0, 1])
    assert share_outside(score, treated, "ate") == pytest.approx(3 / 5)
    assert share_outside(score, treated, "att") == pytest.approx(1 / 2)
    assert share_outside(score, treated, "overlap") == 0.0
    assert weights_of(score, treated, "overlap") == pytest.approx([0.1, 0.2, 0.7, 0.4, 0.1])


def test_an_interval_with_1_needs_no_confounder() -> None:
    """Its E-value is 1, whichever side the ratio is on."""
    assert e_value_of_limit(1.3, 0.9, 1.8) == e_value_of_limit(0.8, 0.5, 1.1) == 1.0
    assert e_value_of_limit(0.5, 0.3, 0.8) == pytest.approx(e_value_of_limit(2.0, 1.25, 3.0))
