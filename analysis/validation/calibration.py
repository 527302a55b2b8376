"""Whether predicted risks are right: how many of those who were given a risk have the event by a time.

Observed is the cumulative incidence at the time, Aalen and Johansen's where death competes: one minus Kaplan-Meier
would count those who died as if they could still have the event, and every model would seem to predict too little
(van Geloven et al., BMJ 2022;377:e069249). In groups by the quantiles of the predicted risk (R's type 7) the observed
share stands beside the mean of what was predicted; the groups rest on the same data, so their number is small where
events are few. The slope is the coefficient of the score in a model of nothing else: 1 if its ratios hold here, below 1
if they are too far from 1, as those of a model that was fitted to few. Misleads where who is censored depends on the
score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimates import clustered_curves, cumulative_incidence
from analysis.regression.cox_fit import fit, members_of
from analysis.regression.risk_sets import Cases
from analysis.tidy import Z_975, as_float
from schemas.thresholds import CALIBRATION_EVENTS, CALIBRATION_GROUPS


@dataclass(frozen=True)
class Observed:
    """The share who had the event by a time with its 95 % interval; NaN where nobody is watched so long."""

    n: int
    n_events: int
    estimate: float
    lower: float
    upper: float


def observed(
    time: np.ndarray, event: np.ndarray, at: float, cluster: np.ndarray | None = None, *, competes: bool = False
) -> Observed:
    """Return the cumulative incidence of event 1 at the time ``at``: where nothing ``competes`` one minus Kaplan-Meier
    with log-log limits, else Aalen and Johansen's with log limits. ``cluster``: codes 0, 1, ...
    """
    n, n_events = len(time), int(((event == 1) & (time <= at)).sum())
    if n == 0 or time.max() < at:
        return Observed(n, n_events, *(float("nan"),) * 3)
    codes = np.arange(n) if cluster is None else pd.factorize(cluster)[0]
    if competes:
        curve = cumulative_incidence.estimates(time, event, 1, cluster=codes)
        names = ("estimate", "lower", "upper")
    else:
        curve = clustered_curves.survival(time, (event == 1).astype(float), codes)
        curve = {name: 1.0 - curve[name] for name in ("estimate", "lower", "upper")} | {"time": curve["time"]}
        names = ("estimate", "upper", "lower")
    place = int(np.searchsorted(curve["time"], at, side="right")) - 1
    return Observed(n, n_events, *(float(curve[name][place]) for name in names))


def n_groups(n_events: int) -> int:
    """Return in how many groups calibration is shown with so many events by the time.

    >>> n_groups(12), n_groups(33), n_groups(500)
    (1, 3, 5)
    """
    return max(1, min(CALIBRATION_GROUPS, n_events // CALIBRATION_EVENTS))


def cuts_of(risk: np.ndarray, groups: int) -> np.ndarray:
    """Return the risks at which a group begins, but the first; equal quantiles are one."""
    inner = np.quantile(risk, np.arange(1, groups) / groups) if len(risk) else np.empty(0)
    return np.unique(inner[inner > risk.min(initial=np.inf)])


def by_risk(risk: np.ndarray, cuts: np.ndarray) -> Iterator[np.ndarray]:
    """Yield who is in each group, from the lowest risks up; a group begins at its cut."""
    place = np.searchsorted(cuts, risk, side="right")
    for number in range(len(cuts) + 1):
        yield place == number


def slope(
    time: np.ndarray, event: np.ndarray, score: np.ndarray, cluster: np.ndarray | None = None
) -> dict[str, Any] | None:
    """Return the coefficient of the score in a Cox model of nothing else, with its (clustered) interval; None if there
    is no finite one.
    """
    if not (event == 1).any() or np.ptp(score) == 0.0:
        return None
    cases = Cases(time, (event == 1).astype(int), score[:, None], np.ones(len(time)))
    members = None if cluster is None else members_of(np.arange(len(time)), cluster, cases.count)
    found = fit(cases, members=members, with_ph=False)
    return None if found is None else _wald(float(found.coef[0]), float(found.std_error[0]))


def slope_of_incidence(
    time: np.ndarray, event: np.ndarray, score: np.ndarray, cluster: np.ndarray | None = None
) -> dict[str, Any] | None:
    """Return the same in a Fine-Gray model, for a score that ranks by cumulative incidence."""
    from analysis.regression.fine_gray import fine_gray

    frame = pd.DataFrame({"days": time, "event": event, "score": score, "cluster": np.arange(len(time))})
    if cluster is not None:
        frame["cluster"] = cluster
    found = fine_gray(frame, ["score"], cluster=None if cluster is None else "cluster", show_unreliable=True).iloc[0]
    coef, std_error = as_float(pd.Series([found["coef"], found["std_error"]]))
    return _wald(float(coef), float(std_error)) if np.isfinite([coef, std_error]).all() else None


def _wald(coef: float, std_error: float) -> dict[str, Any]:
    lower, upper = coef - Z_975 * std_error, coef + Z_975 * std_error
    return {"estimate": coef, "std_error": std_error, "lower": lower, "upper": upper}
