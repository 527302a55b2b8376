"""Small, fast fits for the search: logistic, Cox (Efron ties) and two-group log-rank on 120 rows.

`search_study.py` calls them tens of thousands of times. The registry's own estimates come from the analysis room, and
the tests compare both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MAX_STEPS = 25
MAX_LOG_RATIO = 6.0  # beyond this the data are separated and the draw is useless


def logistic(x: Array, y: Array) -> tuple[Array, Array]:
    """Maximum-likelihood logistic regression with intercept: coefficients and SEs of the columns of x.

    Raises LinAlgError where the likelihood has no finite maximum (separation).
    """
    design = np.column_stack([np.ones(len(y)), x])
    beta = np.zeros(design.shape[1])
    for _ in range(MAX_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        information = (design * (p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (y - p))
        beta = beta + step
        if np.abs(beta[1:]).max() > MAX_LOG_RATIO:
            raise np.linalg.LinAlgError("separated")
        if np.abs(step).max() < 1e-8:
            break
    return beta[1:], np.sqrt(np.diag(np.linalg.inv(information)))[1:]


def cox(x: Array, time: NDArray[np.int64], event: Array) -> tuple[Array, Array]:
    """Cox regression with Efron's handling of ties: log hazard ratios and SEs of the columns of x.

    Raises LinAlgError where the partial likelihood has no finite maximum.
    """
    at_risk, weights, rows = _risk_sets(time, event)
    beta = np.zeros(x.shape[1])
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    total = x[event == 1].sum(axis=0)
    for _ in range(MAX_STEPS):
        theta = np.exp(x @ beta)
        weighted = (at_risk - weights[:, None] * rows) * theta
        s0 = weighted.sum(axis=1)
        mean = weighted @ x / s0[:, None]
        second = (weighted @ products / s0[:, None]).reshape(-1, x.shape[1], x.shape[1])
        information = (second - mean[:, :, None] * mean[:, None, :]).sum(axis=0)
        step = np.linalg.solve(information, total - mean.sum(axis=0))
        beta = beta + step
        if np.abs(beta).max() > MAX_LOG_RATIO:
            raise np.linalg.LinAlgError("monotone")
        if np.abs(step).max() < 1e-8:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def _risk_sets(time: NDArray[np.int64], event: Array) -> tuple[Array, Array, Array]:
    """Return, per event, who is at risk, Efron's share of the tied events to remove, and who those are."""
    at_risk, weights, tied = [], [], []
    for t in np.unique(time[event == 1]):
        dying = (time == t) & (event == 1)
        for k in range(int(dying.sum())):
            at_risk.append(time >= t)
            tied.append(dying)
            weights.append(k / dying.sum())
    return np.array(at_risk, float), np.array(weights), np.array(tied, float)


def logrank_chi2(group: NDArray[np.int64], time: NDArray[np.int64], event: NDArray[np.int64]) -> float:
    """Log-rank chi-square (1 df) of group 1 against group 0, hypergeometric variance."""
    difference = variance = 0.0
    for t in np.unique(time[event == 1]):
        risk = time >= t
        n, n1 = int(risk.sum()), int((risk & (group == 1)).sum())
        dying = (time == t) & (event == 1)
        d, d1 = int(dying.sum()), int((dying & (group == 1)).sum())
        difference += d1 - d * n1 / n
        if n > 1:
            variance += d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1)
    return difference**2 / variance
