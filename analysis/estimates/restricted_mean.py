"""Restricted mean survival time: the months free of the event, on average, within a window.

RMST(tau) is the integral of S from 0 to tau. Its variance is the sum over event times u <= tau of A(u)^2 d / (n (n -
d)), A(u) the area from u to tau (Greenwood; Klein and Moeschberger, 2nd ed., section 4.5), as R's ``print(survfit,
rmean =)`` gives it; normal intervals. A difference needs no proportional hazards, which is what it is for. It
misleads where tau is chosen after seeing the curves, and says nothing beyond tau. Past a group's last time there is
none, even where its curve has come to 0, and where few are at risk at tau (at_risk.py) it is labelled. Of a
competing-risks endpoint with deaths censored it counts months in a world without death.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.at_risk import few_note
from analysis.estimates.product_limit import steps
from analysis.tidy import OVERALL, UNKNOWN, Z_975, as_float, split, tidy, weights
from schemas.thresholds import DAYS_PER_MONTH, MAIN_LANDMARKS_MONTHS

METHOD = "restricted mean, Greenwood variance"
ENDS_BEFORE = "the last follow-up ends before the window does"
NO_EVENT = "no interval: no event in the window"
COLUMNS = ["endpoint", "level", "grouping", "stratum", "reference", "n", "n_events", "n_at_risk"]
COLUMNS += ["quantity", "tau_months"]
COLUMNS += ["estimate", "lower", "upper", "std_error", "p_value", "method", "note"]


def area(table: pd.DataFrame, tau: float) -> tuple[float, float, str]:
    """Return (mean time within ``tau``, standard error, reason if there is none) for a curve of product_limit.steps.

    The curve must reach ``tau``, also where it falls to 0 before it.
    """
    if len(table) == 0:
        return np.nan, np.nan, guards.NO_SUBJECTS
    times, survival = table["time"].to_numpy(), table["estimate"].to_numpy()
    if times[-1] < tau:
        return np.nan, np.nan, ENDS_BEFORE
    inside = times < tau
    bounds = np.append(times[inside], tau)
    pieces = survival[inside] * np.diff(bounds)
    remaining = np.cumsum(pieces[::-1])[::-1]  # from each time to tau
    events, at_risk = (table[name].to_numpy()[inside] for name in ("n_events", "n_at_risk"))
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.where((events > 0) & (at_risk > events), events / (at_risk * (at_risk - events)), 0.0)
    lead = times[0] if len(pieces) else tau  # before the first time the curve is 1
    return float(lead + pieces.sum()), float(np.sqrt((remaining**2 * greenwood).sum())), ""


def restricted_mean(
    frame: pd.DataFrame,
    *,
    grouping: str = OVERALL,
    endpoint: str = "",
    level: str = "",
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    windows_months: Sequence[float] = MAIN_LANDMARKS_MONTHS,
    note: str = "",
) -> pd.DataFrame:
    """Return, per window, ``restricted_mean_months`` of each stratum, then ``difference_months`` of each known stratum
    from the first (COLUMNS).

    ``time`` in days; ``event`` 1 is the event, anything else censoring. Null where follow-up does not reach the end of
    the window, with the reason; ``n_at_risk`` are those at risk at its end. A mean without an event in the window has
    no interval, and no difference from it has an interval or a p-value: one of the two would count as known exactly.
    """
    frame = frame[np.isfinite(as_float(frame[time])) & np.isfinite(as_float(frame[event]))]
    times, events, counts = as_float(frame[time]), (as_float(frame[event]) == 1).astype(float), weights(frame, count)
    strata = split(frame, grouping)
    curves = {stratum: steps(times[rows], events[rows], counts[rows]) for stratum, rows in strata}
    rows_out: list[dict[str, Any]] = []
    for tau in windows_months:
        found: list[tuple[str, float, float, str, str]] = []
        shared = {"endpoint": endpoint, "level": level, "grouping": grouping, "tau_months": tau, "method": METHOD}
        sizes = {s: (int(counts[rows].sum()), int(events[rows] @ counts[rows])) for s, rows in strata}
        for stratum, _ in strata:
            mean, std_error, reason = (*_months(curves[stratum], tau),)
            n, n_events = sizes[stratum]
            row = shared | {"stratum": stratum, "quantity": "restricted_mean_months", "n": n, "n_events": n_events}
            at_risk = _at_risk(curves[stratum], tau)
            row |= {"n_at_risk": at_risk}
            few = "" if reason else few_note(at_risk, n)
            rows_out.append(
                row | _normal(mean, std_error) | {"note": guards.join_notes(reason, _exact(std_error), few, note)}
            )
            if stratum != UNKNOWN:
                found.append((stratum, mean, std_error, reason, few))
        for stratum, mean, std_error, reason, few in found[1:] if grouping != OVERALL else []:
            reference, first_mean, first_error, first_reason, first_few = found[0]
            row = shared | {"stratum": stratum, "reference": reference, "quantity": "difference_months"}
            row |= {name: sizes[stratum][i] + sizes[reference][i] for i, name in enumerate(("n", "n_events"))}
            exact = _exact(std_error), _exact(first_error)
            spread = np.nan if any(exact) else float(np.hypot(std_error, first_error))
            row |= _normal(mean - first_mean, spread, with_p=True)
            why = [f"{s}: {text}" for s, text in ((stratum, reason), (reference, first_reason)) if text][:1]
            why += [f"{s}: {text}" for s, text in zip((stratum, reference), exact, strict=True) if text]
            few = few or first_few if np.isfinite(mean - first_mean) else ""
            rows_out.append(row | {"note": guards.join_notes(*why, few, note)})
        if grouping != OVERALL and len(found) < 2:
            row = shared | {"quantity": "difference_months", "n": len(frame) and sum(n for n, _ in sizes.values())}
            rows_out.append(row | {"n_events": 0, "note": guards.join_notes(guards.NOTHING_TO_COMPARE, note)})
    return tidy(rows_out, COLUMNS)


def _at_risk(table: pd.DataFrame, tau_months: float) -> int:
    """Return how many subjects have a time at the end of the window or later."""
    later = table.loc[table["time"] >= tau_months * DAYS_PER_MONTH, "n_at_risk"]
    return int(later.iloc[0]) if len(later) else 0


def _months(table: pd.DataFrame, tau_months: float) -> tuple[float, float, str]:
    mean, std_error, reason = area(table, tau_months * DAYS_PER_MONTH)
    return mean / DAYS_PER_MONTH, std_error / DAYS_PER_MONTH, reason


def _exact(std_error: float) -> str:
    return NO_EVENT if std_error == 0.0 else ""


def _normal(estimate: float, std_error: float, *, with_p: bool = False) -> dict[str, Any]:
    if not np.isfinite(estimate) or not std_error > 0.0:
        return {"estimate": estimate}
    from scipy.special import ndtr

    found = {"estimate": estimate, "std_error": std_error}
    found |= {"lower": estimate - Z_975 * std_error, "upper": estimate + Z_975 * std_error}
    return found | ({"p_value": 2.0 * ndtr(-abs(estimate / std_error))} if with_p else {})
