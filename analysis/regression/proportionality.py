"""Are hazards proportional? The score test of a changing effect, and the residuals to look at.

For column j the test adds z_j g(t) to the model at a coefficient of 0 and takes the score with the information at every
event time: R's ``cox.zph`` (survival 3), with g(t) one minus the left-continuous Kaplan-Meier estimate of all subjects
together. Scaled residuals are coef + (events) V s, V the model's covariance and s a Schoenfeld residual: their smooth
over g(t) is the effect over time. Misleads with few events, where it has no power: a large p-value is no proof; at
lesion level it takes the lesions of one patient for independent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.regression.risk_sets import Cases, RiskSets, risk_sets, schoenfeld


def transformed_times(cases: Cases) -> np.ndarray:
    """Return g(t) of each subject with the event: 1 - S(t-) of all subjects together, allowing for entry."""
    events = cases.event == 1
    times = np.unique(cases.time[events])
    died = np.bincount(np.searchsorted(times, cases.time[events]), weights=cases.count[events], minlength=len(times))
    ends = np.sort(cases.time)
    left = np.concatenate([[0.0], np.cumsum(cases.count[np.argsort(cases.time, kind="stable")])])
    at_risk = cases.count.sum() - left[np.searchsorted(ends, times, side="left")]
    if cases.entry is not None:
        order = np.argsort(cases.entry, kind="stable")
        entered = np.concatenate([[0.0], np.cumsum(cases.count[order])])
        at_risk = at_risk - (cases.count.sum() - entered[np.searchsorted(cases.entry[order], times, side="left")])
    before = np.concatenate([[1.0], np.cumprod(1.0 - died / at_risk)[:-1]])
    return 1.0 - before[np.searchsorted(times, cases.time[events])]


def zph(cases: Cases, coef: np.ndarray, ties: str = "efron") -> np.ndarray:
    """Return the chi-square of each column (df 1), then the global one; NaN if all events share a time."""
    sets = risk_sets(cases, coef, ties=ties, with_variance=True)
    each = cases.count[sets.rows]
    g = transformed_times(cases)
    g = g - np.average(g, weights=each)
    p = len(coef)
    if np.ptp(g) < 1e-12:
        return np.full(p + 1, np.nan)
    g_at = np.zeros(len(sets.mean))
    g_at[sets.own] = g
    score = (each * g) @ schoenfeld(cases, sets)
    inner, cross, outer = (np.tensordot(g_at**power, sets.variance, axes=1) for power in (0, 1, 2))
    found = []
    for keep in [[j] for j in range(p)] + [list(range(p))]:
        try:
            remaining = outer[np.ix_(keep, keep)] - cross[keep] @ np.linalg.solve(inner, cross[:, keep])
            statistic = float(score[keep] @ np.linalg.solve(remaining, score[keep]))
        except np.linalg.LinAlgError:
            statistic = np.nan
        found.append(statistic if np.isfinite(statistic) and statistic >= 0.0 else np.nan)
    return np.array(found)


def residual_rows(cases: Cases, coef: np.ndarray, covariance: np.ndarray, sets: RiskSets) -> pd.DataFrame:
    """Return, for pictures, one row per event and column: ``column`` (position), ``time``, ``transformed_time`` (g, 0
    to 1), ``residual`` (Schoenfeld) and ``scaled`` (the log hazard ratio that this event alone would suggest), by time.
    """
    raw = schoenfeld(cases, sets)
    n_events = cases.count[sets.rows].sum()
    scaled = coef + n_events * raw @ covariance
    times, g = cases.time[sets.rows], transformed_times(cases)
    order = np.argsort(times, kind="stable")
    parts = [
        pd.DataFrame(
            {
                "column": j,
                "time": times[order],
                "transformed_time": g[order],
                "residual": raw[order, j],
                "scaled": scaled[order, j],
            }
        )
        for j in range(len(coef))
    ]
    return pd.concat(parts, ignore_index=True)
