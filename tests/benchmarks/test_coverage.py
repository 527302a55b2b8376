"""The figures of benchmarks/coverage.csv are of the estimators that a release calls, and the truths are true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks import coverage, coverage_of_lesions, coverage_of_plans, simulated_truth
from benchmarks.intervals import Interval

KEPT = pd.read_csv(coverage.FIGURES).set_index("estimator")
FIRST = ["first_estimate", "first_lower", "first_upper", "first_truth"]
NEWER = [(kind, name) for kind in ("lesions", "plans") for name in coverage.KINDS[kind][1]]
LARGE = 20_000  # patients
APART = 2.0  # half widths of a 95 % interval: 3.9 standard errors


def test_the_file_has_every_estimator_in_order() -> None:
    """The file holds one row for each estimator of each kind, and none that is no longer there."""
    counted = KEPT[KEPT["coverage"].notna()]
    assert counted.index.tolist() == [name for _, estimators in coverage.KINDS.values() for name in estimators]


@pytest.mark.parametrize("kind", ["lesions", "plans"])
def test_the_file_is_of_todays_estimators(kind: str) -> None:
    """The first interval that each estimator gave, and the truth, are what the code gives now."""
    left = dict(coverage.KINDS[kind][1])
    for i in range(20):
        drawn = coverage.registry(kind, i)
        for name in list(left):
            found = left[name](drawn)
            if found is not None and np.isfinite(found[0]):
                np.testing.assert_allclose(found, KEPT.loc[name, FIRST].astype(float), atol=1e-5, err_msg=name)
                del left[name]
        if not left:
            break
    assert not left


def test_an_interval_is_counted_as_it_holds_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row counts the registries that could be estimated and those whose interval holds the truth."""
    answers: list[Interval | None] = [(0.1, -1.0, 1.0, 0.0), None, (2.1, 1.5, 3.0, 0.0), (0.0, 0.0, 0.0, 0.0)]
    given = iter(answers)
    monkeypatch.setitem(coverage.KINDS, "patients", (simulated_truth.draw, {"any": lambda _: next(given)}))
    row = coverage.coverage("patients", 4).iloc[0]
    assert (row["estimator"], row["registries"], row["nominal"]) == ("any", 3, 0.95)
    assert row["coverage"] == pytest.approx(2.0 / 3.0)
    assert row["bias"] == pytest.approx(2.2 / 3.0)


BIASED = {
    "comparison of treatments, not weighted": "confounded, which is what it is shown for",
    "share beyond the largest margin with LTP, exact upper limit": "0 by choice of the bound",
    "the same, lesions of one patient not alike": "0 by choice of the bound",
}


@pytest.mark.long
@pytest.mark.parametrize(("kind", "name"), [one for one in NEWER if one[1] not in BIASED])
def test_a_large_registry_shows_the_truth(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a registry of 20,000 patients the estimate is within 3.9 standard errors of the stated truth."""
    monkeypatch.setattr(simulated_truth, "N_PATIENTS", LARGE)
    found = coverage.KINDS[kind][1][name](coverage.registry(kind, 0))
    assert found is not None
    estimate, lower, upper, true = found
    assert abs(estimate - true) < APART * (upper - lower) / 2.0


def test_the_bound_lies_where_the_truth_is_taken() -> None:
    """The true share beyond the largest margin with LTP is that of the lesions beyond it, in a large draw."""
    draws = [coverage.registry("lesions", 0), coverage_of_lesions.draw(np.random.default_rng(1))]
    for drawn in draws:
        found = coverage_of_lesions.ESTIMATORS["the same, lesions of one patient not alike"](drawn)
        assert found is not None
        bound = drawn.margin[drawn.ltp_apart == 1.0].max()
        random = np.random.default_rng(2)
        margin = random.normal(coverage_of_lesions.MEAN_MARGIN, coverage_of_lesions.SPREAD_MARGIN, 2_000_000)
        beyond = margin[margin > bound]
        intercept, slope = coverage_of_lesions.LTP_LOG_ODDS
        chance = 1.0 / (1.0 + np.exp(-(intercept + slope * beyond)))
        assert found[3] == pytest.approx(chance.mean(), rel=0.02)


def test_treatments_are_confounded_before_they_are_weighted() -> None:
    """Who is likelier to have the event is likelier to have the treatment, so that weights have something to do."""
    drawn = coverage_of_plans.draw(np.random.default_rng(0))
    own = drawn.treated == 1
    assert drawn.confounder[own].mean() > drawn.confounder[~own].mean()
