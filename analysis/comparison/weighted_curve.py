"""Kaplan-Meier curves of weighted subjects, with the robust variance: R's ``survfit(weights = , robust = TRUE)``.

S(t) is the product over event times of one minus the weight of those with the event over the weight of those at risk.
The variance is the infinitesimal jackknife of cumulative_incidence.py, each subject's derivative times its weight,
summed by cluster; limits on the log-log scale. Greenwood's formula, which would take a subject with weight 3 for three,
does not hold. Numbers at risk are of subjects, not of weights.
"""

from __future__ import annotations

import numpy as np

from analysis.estimates import cumulative_incidence
from analysis.tidy import Z_975


def weighted_survival(
    time: np.ndarray, event: np.ndarray, weight: np.ndarray, cluster: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Return time, n_at_risk and n_events (subjects), estimate, std_error, lower, upper, at 0 and at each time.

    ``event`` 0/1; ``cluster`` codes 0, 1, ...; null limits where S is exactly 0 or 1.
    """
    codes = np.arange(len(time)) if cluster is None else cluster
    found = cumulative_incidence.estimates(time, event, 1, cluster=codes, weight=weight)
    if len(time) == 0:
        return found
    s, std_error = 1.0 - found["estimate"], found["std_error"]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = Z_975 * std_error / (s * np.log(s))
        lower, upper = (np.where(np.isfinite(std_error), s ** np.exp(side * spread), np.nan) for side in (-1.0, 1.0))
    at = np.searchsorted(found["time"], time)
    n_events = np.bincount(at, weights=(event == 1).astype(float), minlength=len(s))
    leaving = np.bincount(at, minlength=len(s))
    n_at_risk = np.cumsum(leaving[::-1])[::-1].astype(float)
    return found | {
        "n_at_risk": n_at_risk,
        "n_events": n_events,
        "estimate": s,
        "lower": lower,
        "upper": upper,
    }
