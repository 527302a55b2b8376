"""Are subdistribution hazards proportional? For each covariate, Fine and Gray's model with its product with log time.

The model of fine_gray.py with one more column, z_j log(t), which changes with time: if the ratio of z_j does not
change, its coefficient is 0. Wald's test of that with the authors' sandwich, which equals R's ``cmprsk::crr(cov1, cov2
= z_j, tf = log)``; with clusters the scores are summed by patient before they are squared. The rest of the model stays
in. Weights and notation are those of fine_gray.py; a column that changes with time has sums of its own at every event
time, so memory and time grow with subjects times event times, and beyond MOST_CELLS nothing is tested. Misleads with
few events, where a large p-value is no proof; and it looks for a change along log time, not for any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.regression.cox_fit import Members
from analysis.regression.risk_sets import clustered, summed_by_cluster

MOST_CELLS = 20_000_000
"""Distinct subjects times event times."""
MOST_STEPS, CLOSE, FAR = 50, 1e-10, 50.0


@dataclass(frozen=True)
class _Weighted:
    """Who is at risk at each event time: ``weight`` (times x subjects) with the subjects each row stands for."""

    times: np.ndarray
    weight: np.ndarray
    own: np.ndarray
    """The event time of each subject with the event; -1 for others."""
    count: np.ndarray


def changing_ratios(
    time: np.ndarray,
    causes: np.ndarray,
    cause: int,
    matrix: np.ndarray,
    count: np.ndarray,
    members: Members | None = None,
) -> np.ndarray:
    """Return, for each column of ``matrix``, the chi-square (1 df) of its product with log time; NaN where it cannot be
    fitted or an event is at time 0, and everywhere beyond MOST_CELLS. The arguments are those of fine_gray.sandwich.
    """
    found = np.full(matrix.shape[1], np.nan)
    is_own = causes == cause
    times = np.unique(time[is_own])
    if not len(times) or times[0] <= 0.0 or len(times) * len(time) > MOST_CELLS:
        return found
    at_risk = _at_risk(time, causes, cause, times, count)
    z = matrix - np.average(matrix, axis=0, weights=count)
    for j in range(matrix.shape[1]):
        fitted = _fit(at_risk, z, j)
        if fitted is None:
            continue
        coef, covariance = fitted
        covariance = _sandwich(at_risk, time, causes, z, j, coef, covariance, members)
        if np.isfinite(covariance).all() and covariance[-1, -1] > 0.0:
            found[j] = coef[-1] ** 2 / covariance[-1, -1]
    return found


def _at_risk(time: np.ndarray, causes: np.ndarray, cause: int, times: np.ndarray, count: np.ndarray) -> _Weighted:
    leaves, at = np.unique(time, return_inverse=True)
    n_at_risk = np.cumsum(np.bincount(at, weights=count)[::-1])[::-1]
    n_censored = np.bincount(at, weights=count * (causes == 0))
    free = np.concatenate([[1.0], np.cumprod(1.0 - n_censored / n_at_risk)[:-1]])  # just before each time
    g, own_g = free[np.searchsorted(leaves, times)], free[at]
    is_other = (causes > 0) & (causes != cause)
    carried = np.where(own_g > 0.0, 1.0 / np.where(own_g > 0.0, own_g, 1.0), 0.0) * is_other
    still = time[None, :] >= times[:, None]
    weight = np.where(still, 1.0, g[:, None] * carried[None, :]) * count[None, :]
    own = np.where(causes == cause, np.searchsorted(times, time), -1)
    return _Weighted(times, weight, own, count)


def _columns(z: np.ndarray, j: int, log_time: float) -> np.ndarray:
    """Return the columns at one event time: those of the model, and column ``j`` times the logarithm of time."""
    return np.column_stack([z, z[:, j] * log_time])


def _sums(at_risk: _Weighted, z: np.ndarray, j: int, coef: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, at each event time, the sum of risks, the mean of the columns, and their covariance in the risk set."""
    p = z.shape[1] + 1
    s0, mean, spread = (
        np.empty(len(at_risk.times)),
        np.empty((len(at_risk.times), p)),
        np.empty((len(at_risk.times), p, p)),
    )
    for k, log_time in enumerate(np.log(at_risk.times)):
        x = _columns(z, j, log_time)
        risk = at_risk.weight[k] * np.exp(x @ coef)
        s0[k] = risk.sum()
        mean[k] = risk @ x / s0[k]
        spread[k] = (x * risk[:, None]).T @ x / s0[k] - np.outer(mean[k], mean[k])
    return s0, mean, spread


def _events(at_risk: _Weighted) -> np.ndarray:
    is_own = at_risk.own >= 0
    return np.bincount(at_risk.own[is_own], weights=at_risk.count[is_own], minlength=len(at_risk.times))


def _fit(at_risk: _Weighted, z: np.ndarray, j: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Return coefficients, that of the product last, and the inverse information; None without a finite maximum."""
    coef, n_own = np.zeros(z.shape[1] + 1), _events(at_risk)
    observed = np.zeros(len(coef))
    for i in np.flatnonzero(at_risk.own >= 0):
        observed += at_risk.count[i] * _columns(z[i : i + 1], j, float(np.log(at_risk.times[at_risk.own[i]])))[0]
    for _ in range(MOST_STEPS):
        with np.errstate(all="ignore"):
            _, mean, spread = _sums(at_risk, z, j, coef)
        information = np.tensordot(n_own, spread, axes=1)
        try:
            inverse = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            return None
        step = inverse @ (observed - n_own @ mean)
        coef = coef + step
        if not np.isfinite(coef).all() or np.abs(coef).max() > FAR:
            return None
        if np.abs(step).max() < CLOSE:
            return coef, inverse
    return None


def _sandwich(
    at_risk: _Weighted,
    time: np.ndarray,
    causes: np.ndarray,
    z: np.ndarray,
    j: int,
    coef: np.ndarray,
    inverse: np.ndarray,
    members: Members | None,
) -> np.ndarray:
    """Return the covariance with what is due to the censoring distribution being estimated."""
    n, p = z.shape[0], len(coef)
    s0, mean, _ = _sums(at_risk, z, j, coef)
    hazard = _events(at_risk) / s0
    eta, psi_parts = np.zeros((n, p)), np.zeros((len(at_risk.times), n, p))
    for k, log_time in enumerate(np.log(at_risk.times)):
        x = _columns(z, j, log_time) - mean[k]
        risk = at_risk.weight[k] / at_risk.count * np.exp(_columns(z, j, log_time) @ coef)
        psi_parts[k] = risk[:, None] * x * hazard[k]
        eta -= psi_parts[k]
        own = at_risk.own == k
        eta[own] += x[own]
    score = eta + _of_censoring(at_risk, time, causes, psi_parts)
    if members is not None:
        return clustered(summed_by_cluster(score.T, members.count, members.cluster, members.case), inverse)
    return np.asarray(inverse @ (score.T @ (at_risk.count[:, None] * score)) @ inverse)


def _of_censoring(at_risk: _Weighted, time: np.ndarray, causes: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return psi of each subject: the integral of q(u) / Y(u) over its censoring martingale. q(u) sums the parts of
    those with a competing event before u at the event times from u on.
    """
    leaves, at = np.unique(time, return_inverse=True)
    n_at_risk = np.cumsum(np.bincount(at, weights=at_risk.count)[::-1])[::-1]
    n_censored = np.bincount(at, weights=at_risk.count * (causes == 0))
    other = np.flatnonzero((causes > 0) & (at_risk.own < 0))
    other = other[np.argsort(time[other], kind="stable")]
    q = np.zeros((len(leaves), parts.shape[2]))
    from_here = np.cumsum(parts[::-1][:, other] * at_risk.count[other][None, :, None], axis=0)[::-1]
    summed = np.concatenate([np.zeros((len(at_risk.times), 1, parts.shape[2])), np.cumsum(from_here, axis=1)], axis=1)
    first = np.searchsorted(at_risk.times, leaves, side="left")
    gone = np.searchsorted(time[other], leaves, side="left")
    has_later = first < len(at_risk.times)
    q[has_later] = summed[first[has_later], gone[has_later]]
    q /= n_at_risk[:, None]
    compensator = np.cumsum(q * (n_censored / n_at_risk)[:, None], axis=0)
    return (causes == 0)[:, None] * q[at] - compensator[at]
