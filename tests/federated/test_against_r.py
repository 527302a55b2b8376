"""What three centres give of the carried lesions adds up to R's figures of all of them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.product_limit import survival_at
from analysis.federated.newton import NEXT, Given, Step, added, step_from
from analysis.federated.pooled_curves import WithinSite, compared_tables, curve_tables, score_within, summed
from analysis.regression.day_sums import day_sums, derivatives, merged
from analysis.regression.risk_sets import Cases, risk_sets, score_residuals, summed_by_cluster
from tests.against_r import carried

FOLDER = Path(carried.__file__).parent
LINES = csv.reader((FOLDER / "federated.csv").read_text(encoding="utf-8").splitlines())
FIGURES = {name: float(value) for name, value in LINES}
TERMS = ["kras", "diameter"]
AT = (6, 12, 18, 24)


def theirs(name: str) -> list[float]:
    """R's figures of that name, in order."""
    return [value for key, value in FIGURES.items() if key.rsplit(".", 1)[0] == name]


@pytest.fixture(scope="module")
def centres() -> dict[str, pd.DataFrame]:
    """The lesions of each centre, with days and count."""
    d = carried.lesions().assign(count=1)
    d = d.assign(days=d["time"].astype(float))
    return {str(name): own.reset_index(drop=True) for name, own in d.groupby("centre")}


def _given(d: pd.DataFrame, coef: np.ndarray, ties: str, *, is_clustered: bool) -> Given:
    matrix, event = d[TERMS].to_numpy(dtype=float), (d["event"] == 1).to_numpy().astype(int)
    time, labels = d["days"].to_numpy(), np.full(len(d), "all", dtype=object)
    found = derivatives(day_sums(time, event, matrix, labels, coef, np.zeros(2)), coef, ties=ties)
    meat = None
    if is_clustered:
        cases = Cases(time, event, matrix, np.ones(len(d)))
        residuals = score_residuals(cases, risk_sets(cases, coef))
        sums = summed_by_cluster(residuals, np.ones(len(d)), pd.factorize(d["patient"])[0], np.arange(len(d)))
        meat = sums.T @ sums
    return Given(found.score, found.information, np.zeros(2), found.log_likelihood, meat)


def _fitted(centres: dict[str, pd.DataFrame], name: str) -> tuple[Step, list[float]]:
    """The fit, and the log-likelihoods at 0 and at its end."""
    where, how = name.split(".")
    ties = "breslow" if how == "breslow" else "efron"
    coef, likelihoods = np.zeros(2), []
    while True:
        if where == "within":
            sums = added([_given(d, coef, ties, is_clustered=how == "clustered") for d in centres.values()])
        else:
            parts = []
            for d in centres.values():
                labels, event = np.full(len(d), "all", dtype=object), (d["event"] == 1).to_numpy()
                matrix = d[TERMS].to_numpy(dtype=float)
                parts.append(day_sums(d["days"].to_numpy(), event, matrix, labels, coef, np.array([0.3, 25.0])))
            found = derivatives(merged(parts), coef, ties=ties)
            sums = Given(found.score, found.information, np.zeros(2), found.log_likelihood)
        likelihoods.append(float(sums.log_likelihood or 0.0))
        step = step_from(coef, sums)
        if step.state != NEXT:
            return step, [likelihoods[0], likelihoods[-1]]
        coef = step.coef


@pytest.mark.parametrize("name", ["within.efron", "within.breslow", "within.clustered", "over.efron", "over.breslow"])
def test_cox(centres: dict[str, pd.DataFrame], name: str) -> None:
    """Coefficients, standard errors (clustered by patient too) and log-likelihoods, within centres and over all."""
    step, likelihoods = _fitted(centres, name)
    errors = np.sqrt(np.diag(step.covariance))
    np.testing.assert_allclose((step.coef - theirs(f"{name}.coef")) / errors, 0.0, atol=1e-6)
    np.testing.assert_allclose(errors, theirs(f"{name}.se"), rtol=1e-6)
    np.testing.assert_allclose(likelihoods, theirs(f"{name}.likelihood"), rtol=1e-9)


def test_curves(centres: dict[str, pd.DataFrame]) -> None:
    """Kaplan-Meier and cumulative incidence from counts, with their standard errors."""
    whole = pd.concat(centres.values(), ignore_index=True)
    found = curve_tables(whole, "kras", "TTLTP", "lesion", competes=True)
    for k in (0, 1):
        curve = found["km_curve"][found["km_curve"]["stratum"] == str(k)].rename(columns={"time_days": "time"})
        values = [survival_at(curve, time) for time in AT]
        np.testing.assert_allclose([row["estimate"] for row in values], theirs(f"km.{k}.surv"), rtol=1e-9)
        np.testing.assert_allclose([row["std_error"] for row in values], theirs(f"km.{k}.se"), rtol=1e-9)
        own = found["cumulative_incidence"]
        own = own[(own["stratum"] == str(k)) & (own["cause"] == 1)]
        last = [own[own["time_days"] <= time].iloc[-1] for time in AT]
        np.testing.assert_allclose([row["estimate"] for row in last], theirs(f"cif.{k}.estimate"), rtol=1e-9)
        np.testing.assert_allclose([row["std_error"] for row in last], theirs(f"cif.{k}.se"), rtol=1e-9)


def test_tests(centres: dict[str, pd.DataFrame]) -> None:
    """Log-rank and Gray's tests over all centres and within them; those within are the sums of the centres' scores."""
    whole = pd.concat([d.assign(site=name) for name, d in centres.items()], ignore_index=True)
    found = compared_tables(whole, "kras", "TTLTP", "lesion", competes=True)
    np.testing.assert_allclose(
        found["logrank"]["estimate"], [*theirs("logrank.over"), *theirs("logrank.within")], rtol=1e-9
    )
    np.testing.assert_allclose(found["gray"]["estimate"], [*theirs("gray.over"), *theirs("gray.within")], rtol=1e-6)
    for is_gray, cause, figure in ((False, 1, theirs("logrank.within")[0]), (True, 2, theirs("gray.within")[1])):
        parts = [score_within(d, "kras", cause, is_gray=is_gray) for d in centres.values()]
        sums = summed([one for one in parts if one is not None])
        assert sums.score[0] ** 2 / sums.variance[0, 0] == pytest.approx(figure, rel=1e-6)


def test_a_group_that_a_centre_has_not_adds_nothing() -> None:
    """Scores are added by the names of the groups."""
    one = WithinSite(("a", "b"), 10, 3, np.array([1.0, 2.0]), np.array([0.5, -0.5]), np.eye(2))
    two = WithinSite(("b", "c"), 20, 4, np.array([2.0, 2.0]), np.array([1.0, -1.0]), 2 * np.eye(2))
    found = summed([one, two])
    assert found.groups == ("a", "b", "c") and (found.n, found.n_events) == (30, 7)
    assert found.score.tolist() == [0.5, 0.5, -1.0] and np.diag(found.variance).tolist() == [1.0, 3.0, 2.0]
    assert found.expected.tolist() == [1.0, 4.0, 2.0]
