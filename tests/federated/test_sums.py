"""What sites add up equals the fit of the pooled rows: Cox within sites and over all, by Newton's steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.federated.newton import FINAL, NEXT, NO_MAXIMUM, Given, Step, added, independent, step_from
from analysis.regression.cox import cox
from analysis.regression.day_sums import DaySums, day_sums, derivatives, merged

TERMS = ["a", "b"]


def subjects(n: int = 90, seed: int = 1) -> pd.DataFrame:
    """Made-up subjects of three sites, many tied: days, event, two covariates, and a count of each row."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 2, n), np.round(rng.normal(1950, 12, n))
    days = np.ceil(rng.exponential(12 / np.exp(0.8 * a + 0.03 * (b - 1950)), n))
    site = np.array(["north", "south", "west"])[rng.integers(0, 3, n)]
    rows = {"days": days, "event": rng.random(n) < 0.7, "a": a, "b": b, "site": site, "count": rng.integers(1, 4, n)}
    return pd.DataFrame(rows).astype({"days": float, "event": int, "a": float})


def sums_of(d: pd.DataFrame, coef: np.ndarray, stratum: str | None, center: np.ndarray) -> DaySums:
    """One site's sums by stratum and day."""
    labels = d[stratum].to_numpy() if stratum else np.full(len(d), "all", dtype=object)
    values = d[TERMS].to_numpy(dtype=float)
    return day_sums(d["days"].to_numpy(), d["event"].to_numpy(), values, labels, coef, center, d["count"].to_numpy())


def of_sites(sites: Sequence[pd.DataFrame], coef: np.ndarray, *, is_within: bool, ties: str = "efron") -> Given:
    """What the sites' aggregates add up to."""
    p = len(coef)
    if is_within:
        parts = []
        for d in sites:
            center = d[TERMS].mean().to_numpy()
            found = derivatives(sums_of(d, coef, None, center), coef, ties=ties)
            parts.append(Given(found.score, found.information, np.zeros(p), found.log_likelihood))
        return added(parts)
    center = np.array([0.5, 1950.0])
    found = derivatives(merged([sums_of(d, coef, None, center) for d in sites]), coef, ties=ties)
    return Given(found.score, found.information, np.zeros(p), found.log_likelihood)


def fitted(sites: Sequence[pd.DataFrame], *, is_within: bool, ties: str = "efron") -> tuple[Step, int]:
    """Newton's steps until they end, and how many rounds they took."""
    coef, before = np.zeros(len(TERMS)), None
    for number in range(1, 13):
        sums = of_sites(sites, coef, is_within=is_within, ties=ties)
        step = step_from(coef, sums, before)
        if step.state != NEXT:
            return step, number
        before, coef = (coef, sums), step.coef
    raise AssertionError("no end")


def by_site(d: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each site."""
    return [own.reset_index(drop=True) for _, own in d.groupby("site")]


@pytest.mark.parametrize("is_within", [True, False])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_sum_of_sites_is_the_pooled_fit(is_within: bool, ties: str) -> None:
    """Coefficients and standard errors to 1e-6 of a standard error, in at most eight rounds."""
    d = subjects()
    pooled = cox(d, TERMS, count="count", strata="site" if is_within else None, ties=ties)
    theirs = pooled[pooled["quantity"] == "hazard_ratio"]
    step, rounds = fitted(by_site(d), is_within=is_within, ties=ties)
    errors = np.sqrt(np.diag(step.covariance))
    assert step.state == FINAL and rounds <= 8
    np.testing.assert_allclose((step.coef - theirs["coef"]) / errors, 0.0, atol=1e-6)
    np.testing.assert_allclose(errors, theirs["std_error"], rtol=1e-6)


@given(seed=st.integers(0, 10**6), coef=st.tuples(st.floats(-1, 1), st.floats(-0.05, 0.05)))
@settings(max_examples=10, deadline=None)
def test_neither_order_nor_division_of_sites_matters(seed: int, coef: tuple[float, float]) -> None:
    """Sums by day are the same however the rows lie at sites, in whatever order; so are derivatives; one site that has
    them all gives its own.
    """
    d, at, center = subjects(40, seed), np.array(coef), np.array([0.5, 1950.0])
    shuffled = d.sample(frac=1.0, random_state=seed % 1000).reset_index(drop=True)
    parts = [sums_of(own, at, None, center) for own in (shuffled[:13], shuffled[13:17], shuffled[17:])]
    whole = sums_of(d, at, None, center)
    for found in (merged(parts), merged(parts[::-1]), merged([whole])):
        np.testing.assert_array_equal(found.day, whole.day)
        np.testing.assert_allclose(found.leaving, whole.leaving, rtol=1e-9, atol=1e-9)
        one, other = derivatives(found, at), derivatives(whole, at)
        np.testing.assert_allclose(one.score, other.score, rtol=1e-8, atol=1e-7)
        np.testing.assert_allclose(one.information, other.information, rtol=1e-7, atol=1e-6)
    strata = derivatives(sums_of(d, at, "site", center), at)
    of_each = of_sites(by_site(d), at, is_within=True)
    np.testing.assert_allclose(strata.score, of_each.score, rtol=1e-8, atol=1e-7)


def test_the_score_is_the_slope_of_the_likelihood() -> None:
    """Score and information are the first and second difference of the log-likelihood, over strata too."""
    d, center, h = subjects(60, 5), np.array([0.5, 1950.0]), 1e-4

    def at(coef: np.ndarray) -> float:
        return derivatives(sums_of(d, coef, "site", center), coef).log_likelihood

    coef = np.array([0.3, 0.01])
    found = derivatives(sums_of(d, coef, "site", center), coef)
    up, down = (at(coef + sign * np.array([h, 0.0])) for sign in (1.0, -1.0))
    assert (up - down) / (2 * h) == pytest.approx(found.score[0], rel=1e-5)
    assert -(up - 2 * at(coef) + down) / h**2 == pytest.approx(found.information[0, 0], rel=1e-3)


def test_a_site_without_events_or_rows_adds_nothing() -> None:
    """An empty site gives sums of nothing; its risk sets count where they are pooled."""
    d, zero = subjects(50, 2), np.zeros(2)
    nobody = derivatives(sums_of(d[:0], zero, None, zero), zero)
    assert not nobody.score.any() and not nobody.information.any() and nobody.log_likelihood == 0.0
    quiet = d.assign(event=np.where(d["site"] == "west", 0, d["event"]))
    pooled = cox(quiet, TERMS, count="count")
    step, _ = fitted(by_site(quiet), is_within=False)
    np.testing.assert_allclose(step.coef, pooled["coef"][:2], atol=1e-7)


def test_a_rounded_score_ends_the_steps_and_says_how_far_off_it_is() -> None:
    """With rounding the steps end where the score is no larger than it, and the bound holds the exact coefficient; with
    a step that made it worse the half of it is asked.
    """
    d = subjects(200, 4)
    exact, _ = fitted(by_site(d), is_within=True)
    coef = np.zeros(2)
    for _ in range(12):
        sums = of_sites(by_site(d), coef, is_within=True)
        slack = np.array([0.5, 5.0])
        rounded = Given(np.round(sums.score / (2 * slack)) * 2 * slack, sums.information, slack)
        step = step_from(coef, rounded)
        if step.state == FINAL:
            break
        coef = step.coef
    assert step.state == FINAL and rounded.is_rounded
    assert (np.abs(step.coef - exact.coef) <= step.moved * 1.05).all() and (step.moved > 0).all()
    worse = Given(np.array([1.0]), np.array([[2.0]]), np.zeros(1), -20.0)
    better = Given(np.array([1.0]), np.array([[2.0]]), np.zeros(1), -10.0)
    assert step_from(np.array([4.0]), worse, (np.array([1.0]), better)).coef.tolist() == [2.5]


def test_columns_without_information_are_found() -> None:
    """A column that does not vary, and one that earlier ones determine, are not among the independent ones; without an
    inverse there is no maximum.
    """
    z = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    of_all = z.T @ z - 4 * np.outer(z.mean(axis=0), z.mean(axis=0))
    assert independent(of_all) == [0, 2]
    twice = np.column_stack([z[:, 0], 2 * z[:, 0]])
    same = twice.T @ twice
    assert independent(same) == [0]
    nothing = step_from(np.zeros(2), Given(np.ones(2), same, np.zeros(2)))
    assert nothing.state == NO_MAXIMUM
