"""Maximise the partial likelihood of many rows slice by slice, so that little memory is needed beside the rows.

At given coefficients a Cox model needs sums by stratum and day alone (day_sums.py), and sums of slices add up, where
the library copies every row for each pair of columns. Newton's steps from 0, halved where the likelihood falls; what
does not converge is the library's to judge. Without entry, and with Efron's or Breslow's rule for ties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.regression.day_sums import DaySums, Derivatives, derivatives, sums_at
from analysis.regression.risk_sets import Cases
from analysis.tidy import places_of

SLICE = 1 << 14
"""Rows that are looked at together."""
NEGLIGIBLE = 1e-9
"""The last step, in standard errors; the error that it leaves is about its square."""
MOST_STEPS, MOST_HALVINGS = 25, 10


@dataclass(frozen=True)
class Maximum:
    """Coefficients at the maximum, the inverse of the information there, and twice the gain in log-likelihood."""

    coef: np.ndarray
    covariance: np.ndarray
    likelihood_ratio: float


def maximum_in_slices(cases: Cases, *, ties: str = "efron") -> Maximum | None:
    """Return the maximum; None if the steps do not come to one, which the library may know more of."""
    assert cases.entry is None and cases.weight is None
    _, days = places_of(cases.time)
    strata = np.zeros(len(cases.time), dtype=np.int64) if cases.strata is None else cases.strata.astype(np.int64)
    place, found = places_of(strata * len(days) + np.searchsorted(days, cases.time))
    stratum, day = found // len(days), days[found % len(days)]
    centre = np.asarray(cases.count @ cases.matrix / cases.count.sum())

    def at(coef: np.ndarray) -> Derivatives:
        return derivatives(_sums(cases, place, stratum, day, coef, centre), coef, ties=ties)

    with np.errstate(all="ignore"):
        coef = np.zeros(cases.matrix.shape[1])
        here = start = at(coef)
        for _ in range(MOST_STEPS):
            covariance = _inverse(here.information)
            if covariance is None:
                return None
            step = covariance @ here.score
            if (np.abs(step) <= NEGLIGIBLE * np.sqrt(np.diag(covariance))).all():
                return Maximum(coef + step, covariance, 2.0 * (here.log_likelihood - start.log_likelihood))
            for _ in range(MOST_HALVINGS):
                there = at(coef + step)
                if there.log_likelihood >= here.log_likelihood - NEGLIGIBLE:
                    break
                step = step / 2.0
            else:
                return None
            coef, here = coef + step, there
    return None


def _sums(
    cases: Cases, place: np.ndarray, stratum: np.ndarray, day: np.ndarray, coef: np.ndarray, centre: np.ndarray
) -> DaySums:
    total: list[np.ndarray] = []
    for first in range(0, len(place), SLICE):
        own = slice(first, first + SLICE)
        z = cases.matrix[own] - centre
        found = sums_at(place[own], len(day), cases.event[own], z, coef, cases.count[own])
        total = [one + more for one, more in zip(total, found, strict=True)] if total else list(found)
    return DaySums(stratum, day, *total)


def _inverse(information: np.ndarray) -> np.ndarray | None:
    """Return the inverse of a positive definite matrix; None if it is none."""
    scale = np.sqrt(np.diag(information))
    if not np.isfinite(scale).all() or (scale <= 0.0).any():
        return None
    try:
        root = np.linalg.inv(np.linalg.cholesky(information / np.outer(scale, scale))) / scale
    except np.linalg.LinAlgError:
        return None
    return np.asarray(root.T @ root)
