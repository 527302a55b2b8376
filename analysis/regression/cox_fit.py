"""Fit one Cox model: coefficients by SurPyval, model or clustered variance, likelihood ratio, Wald, proportionality.

A model of more than MANY_ROWS rows that differ is maximised slice by slice (cox_slices.py), with the same figures.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analysis.regression.cox_slices import Maximum, maximum_in_slices
from analysis.regression.proportionality import zph
from analysis.regression.risk_sets import Cases, clustered, risk_sets, score_residuals, summed_by_cluster

# R's names for tie methods, and the library's. R's "exact" is the discrete (conditional logistic) likelihood.
TIES = {"efron": "efron", "breslow": "breslow", "exact": "kalbfleisch-prentice"}
MANY_ROWS = 250_000
"""Beyond this the library's copies of the rows, about 430 bytes each with six columns, are most of a model's memory."""


@dataclass(frozen=True)
class Fitted:
    """Coefficients with their covariance (clustered where clusters were given), twice the gain in log-likelihood,
    Wald's statistic, and the statistics of proportionality: one per column, then the global one (NaN where there is
    none)."""

    coef: np.ndarray
    covariance: np.ndarray
    likelihood_ratio: float
    wald: float
    proportionality: np.ndarray

    @property
    def std_error(self) -> np.ndarray:
        """Return the standard errors of the coefficients."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


@dataclass(frozen=True)
class Members:
    """Who belongs together: ``case`` (the position of a row of the model's cases), ``cluster`` (codes 0, 1, ...) and
    ``count`` (subjects) of each member. A row of the cases may stand for members of several clusters."""

    case: np.ndarray
    cluster: np.ndarray
    count: np.ndarray


def members_of(case: np.ndarray, cluster: np.ndarray, count: np.ndarray) -> Members:
    """Return the members who are among the cases; ``case`` is -1 for the others."""
    own = case >= 0
    return Members(case[own], cluster[own], count[own])


def fit(cases: Cases, *, ties: str = "efron", members: Members | None = None, with_ph: bool = True) -> Fitted | None:
    """Maximise the partial likelihood; None without a finite maximum. With ``members`` the variance is clustered."""
    found = _maximum(cases, ties)
    if found is None:
        return None
    coef, covariance = found.coef, found.covariance
    if not np.isfinite(covariance).all() or (np.diag(covariance) <= 0.0).any():
        return None
    ph = zph(cases, coef, ties) if with_ph and ties != "exact" else np.full(len(coef) + 1, np.nan)
    if members is not None:
        residuals = score_residuals(cases, risk_sets(cases, coef, ties=ties))
        covariance = clustered(summed_by_cluster(residuals, members.count, members.cluster, members.case), covariance)
        if np.linalg.matrix_rank(covariance) < len(coef):
            return None
    wald = float(coef @ np.linalg.solve(covariance, coef))
    return Fitted(coef, covariance, found.likelihood_ratio, wald, ph)


def coefficients(cases: Cases, ties: str = "efron") -> np.ndarray | None:
    """Return the coefficients alone, for samples that are drawn again and again; None without a finite maximum."""
    if found := _in_slices(cases, ties):
        return found.coef
    model = _model(cases, ties)
    return None if model is None else np.asarray(model.beta, dtype=float)


def _maximum(cases: Cases, ties: str) -> Maximum | None:
    """Return the maximum of the partial likelihood; None if it is not finite."""
    if found := _in_slices(cases, ties):
        return found
    model = _model(cases, ties)
    if model is None:
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        coef, neg_log_likelihood = np.asarray(model.beta, dtype=float), model.neg_ll_of
        covariance = np.atleast_2d(np.asarray(model.covariance(), dtype=float))
        gain = 2.0 * (neg_log_likelihood(np.zeros_like(coef)) - neg_log_likelihood(coef))
    return Maximum(coef, covariance, float(gain))


def _in_slices(cases: Cases, ties: str) -> Maximum | None:
    """Return the maximum of a model with many rows; None for others, and where the steps come to none."""
    is_for_slices = len(cases.time) > MANY_ROWS and cases.entry is None and cases.weight is None and ties != "exact"
    return maximum_in_slices(cases, ties=ties) if is_for_slices else None


def _model(cases: Cases, ties: str) -> Any:
    """Return the library's model at the maximum of the partial likelihood; None if it is not finite."""
    from surpyval import CoxPH

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what it warns of is read from ``maximum`` and from the coefficients
        try:
            model = CoxPH.fit(
                cases.time,
                cases.matrix,
                c=1 - cases.event,
                n=cases.count.astype(int),
                tl=cases.entry,
                tie_method=TIES[ties],
                strata=cases.strata,
            )
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            return None
    is_found = model.maximum == "verified" and np.isfinite(model.beta).all() and model.neg_ll_of is not None
    return model if is_found else None


def null_log_likelihood(cases: Cases, ties: str = "efron") -> float:
    """Return the partial log-likelihood at coefficients of 0: over event times with d events among n at risk, minus the
    sum of log(n - l), l = 0..d-1 (efron), d log n (breslow), log of n over d (exact).
    """
    from scipy.special import gammaln

    strata = np.zeros(len(cases.time), dtype=int) if cases.strata is None else cases.strata
    found = 0.0
    for stratum in np.unique(strata):
        own = strata == stratum
        time, event, count = cases.time[own], cases.event[own], cases.count[own]
        times = np.unique(time[event > 0])
        at_risk = _counted_from(time, count, times, side="left")
        if cases.entry is not None:
            at_risk -= _counted_from(cases.entry[own], count, times, side="left")
        deaths = np.bincount(np.searchsorted(times, time[event > 0]), weights=count[event > 0], minlength=len(times))
        if ties == "breslow":
            found -= float(deaths @ np.log(at_risk))
            continue
        ordered = gammaln(at_risk + 1.0) - gammaln(at_risk - deaths + 1.0)
        found -= float((ordered - (gammaln(deaths + 1.0) if ties == "exact" else 0.0)).sum())
    return found


def _counted_from(
    values: np.ndarray, count: np.ndarray, times: np.ndarray, side: Literal["left", "right"]
) -> np.ndarray:
    """Return how many subjects have a value at or after each time."""
    order = np.argsort(values, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(count[order])])
    return np.asarray(before[-1] - before[np.searchsorted(values[order], times, side=side)], dtype=float)
