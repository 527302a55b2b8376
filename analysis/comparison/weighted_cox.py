"""A Cox model of weighted subjects, with the robust variance: R's ``coxph(weights = , robust = TRUE)``.

Efron's method for ties with weights, as R has it: at an event time with m events of mean weight v, each of the steps l
= 0..m-1 counts v times, and those with the event leave the sum by l/m of their weighted risks. The variance is the
sandwich of score residuals times weights, summed by cluster. It takes the weights for known; since they are estimated,
it is a little too wide for the effect in everybody (Austin, Stat Med 2016;35:5642). The libraries that fit Cox models
here take whole numbers as weights or have no such variance, so Newton's steps are taken over the sums of risk_sets.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.regression.risk_sets import Cases, clustered, risk_sets, schoenfeld, score_residuals, summed_by_cluster

MOST_STEPS, CLOSE, FAR = 50, 1e-10, 20.0
"""Steps, the last step's size, and a coefficient that is taken for infinite."""


@dataclass(frozen=True)
class WeightedCox:
    """Coefficients with their robust covariance."""

    coef: np.ndarray
    covariance: np.ndarray


def weighted_cox(
    time: np.ndarray, event: np.ndarray, matrix: np.ndarray, weight: np.ndarray, cluster: np.ndarray | None = None
) -> WeightedCox | None:
    """Fit the model; None without a finite maximum. ``event`` 0/1, ``weight`` above 0, ``cluster`` codes 0, 1, ... of
    subjects that belong together; without, each is a cluster of its own.
    """
    cases = Cases(time, event.astype(int), matrix, np.ones(len(time)), weight=weight)
    coef = np.zeros(matrix.shape[1])
    for _ in range(MOST_STEPS):
        sets = risk_sets(cases, coef, with_variance=True)
        information = sets.variance.sum(axis=0)
        try:
            step = np.linalg.solve(information, weight[sets.rows] @ schoenfeld(cases, sets))
        except np.linalg.LinAlgError:
            return None
        coef = coef + step
        if not np.isfinite(coef).all() or np.abs(coef).max() > FAR:
            return None
        if np.abs(step).max() < CLOSE:
            break
    else:
        return None
    sets = risk_sets(cases, coef, with_variance=True)
    covariance = np.linalg.inv(sets.variance.sum(axis=0))
    codes = np.arange(len(time)) if cluster is None else cluster
    sums = summed_by_cluster(score_residuals(cases, sets), weight, codes, np.arange(len(time)))
    return WeightedCox(coef, clustered(sums, covariance))
