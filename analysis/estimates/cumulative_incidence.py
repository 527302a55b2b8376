"""Cumulative incidence where death competes: Aalen-Johansen, with R's variance.

1 - Kaplan-Meier with deaths censored overstates it (Satagopan et al., Br J Cancer 2004;91:1229).

F_k(t) is the sum over event times u <= t of S(u-) d_k(u) / n(u), S the survival from all causes. Ties need
no jitter. The variance is the infinitesimal jackknife, the sum over subjects of the squared derivative of
F_k with respect to the subject's weight, as R's ``survfit`` gives it; limits F exp(-+ z se / F), at most 1. Where F is
exactly 0 or 1 there is no interval and no standard error (R prints a standard error of 0).
No library here gives that variance, so it is written out below. With subject i's exit time T, cause c, h_k
= d_k / n, f = S(u-) h_k, A = sum d / (n (n - d)), B = sum f / n, C = sum f A(u-), the derivative is C(t) -
B(t) before T, and a + b F(t) from T on, with b = A(T) - [c > 0] / (n - d) and a = C(T) - B(T) + [c = k]
S(T-) / n - b F(T).

Who is watched from an entry e on counts at u if e < u <= T, as in R's ``Surv(entry, time, state)``; with D = C - B its
derivative is 0 until e, then D(t) + p + q F(t) with q = -A(e) and p = A(e) F(e) - D(e), and b and a gain -A(e) and
p + q F(T). Early on few are watched, and where all of them have an event, F stands still for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis import removals
from analysis.estimates.clustered_variance import clustered_variance
from analysis.estimates.delayed_entry import entries_of, watched
from analysis.tidy import OVERALL, Z_975, as_float, places_of, split, stacked, weights
from schemas.thresholds import DAYS_PER_MONTH

METHOD = "Aalen-Johansen, infinitesimal jackknife variance, log interval"
ROUNDING = 1e-12  # an estimate closer to 1 is 1: sums of increments miss it by the last digits
CAUSES = {1: "event of interest", 2: "death as competing risk"}
COLUMNS = [
    "endpoint",
    "level",
    "grouping",
    "stratum",
    "cause",
    "n",
    "time_days",
    "time_months",
    "n_at_risk",
    "n_events",
]
COLUMNS += ["estimate", "std_error", "lower", "upper", "method", "note"]


def causes_in(events: np.ndarray, causes: Mapping[int, str] = CAUSES) -> Mapping[int, str]:
    """Return the causes to estimate: those asked for, and removal beside death where a subject has it."""
    return {**causes, removals.REMOVED: "other competing event"} if 2 in causes and removals.are_in(events) else causes


def incidence(time: np.ndarray, cause: np.ndarray, of_cause: int, count: np.ndarray | None = None) -> pd.DataFrame:
    """Return one row per distinct time, and one at 0: time, n_at_risk, n_events (of this cause), estimate,
    std_error, lower, upper.

    ``time`` >= 0 in any unit; ``cause`` 0 censored, else the cause's number; ``count`` subjects per row
    (default 1). Limits and standard error are null where the estimate is exactly 0 or 1.
    """
    return pd.DataFrame(estimates(time, cause, of_cause, count))


def estimates(
    time: np.ndarray,
    cause: np.ndarray,
    of_cause: int,
    count: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    entry: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return the columns of ``incidence``. ``cluster``: codes 0, 1, ... of subjects that belong together, one a row;
    their variance is that of clustered_variance.py. ``weight`` (with ``cluster``) weights each subject; at_risk and
    events are then sums of weights. ``entry`` (without ``cluster``): the time from which each row is watched, before
    its ``time``; there is then a row at each entry too, and 0 or less is from the beginning.
    """
    names = ["time", "n_at_risk", "n_events", "estimate", "std_error", "lower", "upper"]
    if len(time) == 0:
        return {name: np.empty(0) for name in names}
    begins = np.empty(0) if entry is None else np.maximum(entry, 0.0)
    places, times = places_of(np.concatenate([time, begins, [0.0]]))
    at, since = places[: len(time)], None if entry is None else places[len(time) : -1]
    each = weight if weight is not None else np.ones(len(time)) if count is None else count
    leaving, any_event, own_event = (
        np.bincount(at, weights=each * is_counted, minlength=len(times))
        for is_counted in (np.ones(len(time)), cause > 0, cause == of_cause)
    )
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if since is not None:  # not those who enter then or later
        late = np.bincount(since, weights=each * (since > 0), minlength=len(times))
        at_risk = at_risk - np.cumsum(late[::-1])[::-1]
    watched_by = at_risk if since is None else np.where(any_event > 0.0, at_risk, 1.0)
    survival = np.cumprod(1.0 - any_event / watched_by)
    before = np.concatenate([[1.0], survival[:-1]])
    increment = before * own_event / watched_by
    estimate = np.cumsum(increment)
    still_in, gone, slope, inside = _derivatives(
        at, cause, of_cause, watched_by, any_event, before, increment, estimate, since
    )
    if cluster is None:
        variance = _variance(at, each, still_in, gone, slope, estimate, since, inside)
    else:
        variance = clustered_variance(at, cluster, still_in, gone, slope, estimate, weight)
    std_error = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        is_certain = (estimate == 0.0) | (1.0 - estimate < ROUNDING)
        std_error = np.where(is_certain, np.nan, std_error)
        spread = Z_975 * std_error / estimate
        lower, upper = estimate * np.exp(-spread), np.minimum(estimate * np.exp(spread), 1.0)
    return dict(zip(names, [times, at_risk, own_event, estimate, std_error, lower, upper], strict=True))


def _derivatives(
    at: np.ndarray,
    cause: np.ndarray,
    of_cause: int,
    at_risk: np.ndarray,
    any_event: np.ndarray,
    before: np.ndarray,
    increment: np.ndarray,
    estimate: np.ndarray,
    since: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    """Return a subject's derivative before its time (by time), and level and slope of what it is from then on (by
    subject): the module's C - B, a and b. With entries (``since``, their places), p and q as well.
    """
    remaining = at_risk - any_event
    has_rest = remaining > 0.0
    hazard_sum = np.cumsum(np.where(has_rest, any_event / (at_risk * np.where(has_rest, remaining, 1.0)), 0.0))
    hazard_before = np.concatenate([[0.0], hazard_sum[:-1]])
    still_in = np.cumsum(increment * hazard_before) - np.cumsum(increment / at_risk)
    own_exit = np.where(has_rest, 1.0 / np.where(has_rest, remaining, 1.0), 0.0)
    slope = hazard_sum[at] - np.where(cause > 0, own_exit[at], 0.0)
    level = still_in[at] + np.where(cause == of_cause, before[at] / at_risk[at], 0.0) - slope * estimate[at]
    if since is None:
        return still_in, level, slope, None
    passed = np.where(since > 0, hazard_sum[since], 0.0)
    begins = passed * estimate[since] - np.where(since > 0, still_in[since], 0.0)
    return still_in, level + begins, slope - passed, (begins, -passed)


def _variance(
    at: np.ndarray,
    each: np.ndarray,
    still_in: np.ndarray,
    level: np.ndarray,
    slope: np.ndarray,
    estimate: np.ndarray,
    since: np.ndarray | None,
    inside: tuple[np.ndarray, np.ndarray] | None,
) -> np.ndarray:
    """Return the sum of squared derivatives at each time, in one pass."""

    def gone(values: np.ndarray, place: np.ndarray = at) -> np.ndarray:
        return np.cumsum(np.bincount(place, weights=each * values, minlength=len(estimate)))

    n_later = each.sum() - gone(np.ones(len(at)))
    squares = gone(level**2) + 2.0 * estimate * gone(level * slope) + estimate**2 * gone(slope**2)
    if since is None or inside is None:
        return np.maximum(n_later * still_in**2 + squares, 0.0)
    p, q = inside
    n_in, p_in, q_in, pp, qq, pq = (
        gone(one, since) - gone(one) for one in (np.ones(len(at)), p, q, p * p, q * q, p * q)
    )
    crossed = still_in * p_in + still_in * estimate * q_in + estimate * pq
    return np.maximum(n_in * still_in**2 + pp + estimate**2 * qq + 2.0 * crossed + squares, 0.0)


def cumulative_incidence(
    frame: pd.DataFrame,
    *,
    grouping: str = OVERALL,
    endpoint: str = "",
    level: str = "",
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    causes: Mapping[int, str] = CAUSES,
    entry: str | None = None,
    note: str = "",
) -> pd.DataFrame:
    """Return the cumulative incidence of each cause in each stratum of ``grouping``, one row per distinct day and one
    at day 0 (COLUMNS). ``entry``: the column of days from which a subject is watched (delayed entry).
    """
    named = {"grouping": grouping, "endpoint": endpoint, "level": level, "time": time, "event": event}
    return stacked(incidence_parts(frame, **named, count=count, causes=causes, entry=entry, note=note), COLUMNS)


def incidence_parts(
    frame: pd.DataFrame,
    *,
    grouping: str,
    endpoint: str,
    level: str,
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    causes: Mapping[int, str] = CAUSES,
    entry: str | None = None,
    note: str = "",
) -> list[dict[str, Any]]:
    """Return the same as a part for ``tidy.stacked`` for each stratum and cause, so that all are stacked once."""
    found: list[dict[str, Any]] = []
    frame, method, note = watched(frame, time, entry, count, METHOD, note)
    times, events, counts = as_float(frame[time]), as_float(frame[event]), weights(frame, count)
    causes, since = causes_in(events, causes), entries_of(frame, entry)
    for stratum, rows in split(frame, grouping):
        for cause in causes:
            if len(rows) == 0:
                continue
            columns: dict[str, Any] = {**estimates(times[rows], events[rows], cause, counts[rows], entry=since(rows))}
            columns |= {"endpoint": endpoint, "level": level, "grouping": grouping, "stratum": stratum}
            columns |= {"cause": cause, "n": int(counts[rows].sum()), "method": method, "note": note}
            columns |= {"time_days": columns["time"], "time_months": columns["time"] / DAYS_PER_MONTH}
            found.append(columns)
    return found
