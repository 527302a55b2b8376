"""The product-limit estimate itself: steps, the value at a time, quantiles.

S(t) is the product over event times u <= t of 1 - d(u) / n(u), with Greenwood's variance and log-log limits,
exp(-exp(log(-log S) -+ z se / (S log S))), which is S to the power exp(-+ z se / (S log S)) (Kalbfleisch and Prentice,
2nd ed., section 1.4): sums over counts, held against R's ``survfit`` and against lifelines. Where S is exactly 0 or 1
there is no interval and no standard error: R prints 1 to 1 before the first event, as if nobody could ever have it, and
lifelines 0 to 0 at the end as well.

Quantiles follow R's ``quantile.survfit``, also where the curve stands exactly at the share that is left: then every
time of that stretch is as good, and the middle is given. R's own table of a curve (``print(survfit)``) does the same up
to an event, but gives the start of a stretch that no event ends (10 events in 20 subjects at 1 to 10, the others
followed to 20: quantile 15, table 10). So the note of such a median names both ends. "Exactly" is within 1.5e-8, since
a product of fractions may miss one half by its last digit; a library that compares without a tolerance finds no median
there.

Times are whole days (analysis_frames.py hands over nothing else): ties are made on them. R merges times that differ by
less than 1.5e-8 of their mean, other libraries do not, so that months, quotients of days, could tie in one and not in
the other.

With delayed entry a subject counts only while it is watched. Early on few are, and where the only one has the event the
curve falls to 0 for good, although others enter later: read such a curve from where enough are at risk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.at_risk import BEYOND
from analysis.tidy import Z_975, places_of

CERTAIN = "no interval: the estimate is exactly 0 or 1"
# R's tolerance for a curve that is flat exactly at p: the square root of the machine's epsilon.
FLAT_TOLERANCE = float(np.sqrt(np.finfo(float).eps))


def steps(time: np.ndarray, event: np.ndarray, count: np.ndarray | None = None) -> pd.DataFrame:
    """Return one row per distinct time, and one at 0: time, n_at_risk, n_events, n_censored, estimate, std_error,
    lower, upper.

    ``time`` >= 0 in any unit, ``event`` 0/1, ``count`` subjects per row (default 1), no missing values.
    Where S is exactly 0 or 1 there are neither limits nor standard error: null.
    """
    return pd.DataFrame(estimates(time, event, count))


def estimates(
    time: np.ndarray, event: np.ndarray, count: np.ndarray | None = None, entry: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Return the columns of ``steps``. ``entry``: the time from which each row is watched, before its ``time``; there
    is then a row at each entry too, and 0 or less is from the beginning. At risk at t are those with entry < t <= time,
    as in R's ``Surv(entry, time, event)``.
    """
    names = ["time", "n_at_risk", "n_events", "n_censored", "estimate", "std_error", "lower", "upper"]
    if len(time) == 0:
        return {name: np.empty(0) for name in names}
    each = np.ones(len(time)) if count is None else count
    times, events, censored = _counted(time, event, each, entry)
    at_risk = np.cumsum((events + censored)[::-1])[::-1]
    if entry is not None:
        is_late = entry > 0.0
        place = np.searchsorted(times, entry[is_late])
        entering = np.bincount(place, weights=each[is_late], minlength=len(times))
        at_risk = at_risk - np.cumsum(entering[::-1])[::-1]
    survival = np.cumprod(1.0 - events / np.where(at_risk > 0.0, at_risk, 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):  # where S is 0 or 1
        relative = np.sqrt(np.cumsum(np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0)))
        log_survival = np.log(survival)
        spread = Z_975 * relative / log_survival
        limits = (survival ** np.exp(side * spread) for side in (-1.0, 1.0))
        has_interval = (survival > 0.0) & (survival < 1.0)
        std_error, lower, upper = (np.where(has_interval, value, np.nan) for value in (survival * relative, *limits))
    values = [times, at_risk, events, censored, survival, std_error, lower, upper]
    return dict(zip(names, values, strict=True))


def _counted(
    time: np.ndarray, event: np.ndarray, count: np.ndarray, entry: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distinct times from 0 on, and how many had the event and how many were censored at each."""
    more = np.zeros(1) if entry is None else np.append(entry[entry > 0.0], 0.0)
    place, times = places_of(np.append(time, more))
    none = np.zeros(len(more))
    events = np.bincount(place, weights=np.append(count * (event == 1), none))
    return times, events, np.bincount(place, weights=np.append(count, none)) - events


def survival_at(table: pd.DataFrame | Mapping[str, np.ndarray], time: float, *, extend: bool = False) -> dict[str, Any]:
    """Return estimate, limits, standard error and number at risk at ``time``; null past the last time of the curve.

    ``table`` comes from ``steps`` or ``estimates``. At risk counts the subjects whose time is ``time`` or later. No
    estimate is given past the last time even where the curve is 0. ``extend`` carries the last value forward instead,
    as R's ``summary.survfit(extend = TRUE)``: it says more than the data do.
    """
    times = np.asarray(table["time"])
    if len(times) == 0:
        return {"estimate": None, "n_at_risk": 0, "note": guards.NO_SUBJECTS}
    later = np.flatnonzero(times >= time)
    place = int(np.searchsorted(times, time, side="right")) - 1
    row = {name: float(np.asarray(table[name])[place]) for name in ("estimate", "lower", "upper", "std_error")}
    if len(later) == 0 and not extend:
        return {"estimate": None, "n_at_risk": 0, "note": BEYOND}
    note = "" if np.isfinite(row["lower"]) else CERTAIN
    return row | {"n_at_risk": int(np.asarray(table["n_at_risk"])[later[0]]) if len(later) else 0, "note": note}


def quantile(table: pd.DataFrame | Mapping[str, np.ndarray], probability: float) -> tuple[float, float, float]:
    """Return the time by which the share ``probability`` had the event, with limits; NaN if the curve does not get
    there.

    Where the curve is flat exactly at 1 - probability: the midpoint of the flat stretch, at its end that of
    last drop and last time. The limits are where the lower and the upper limit of the curve cross, so they
    may be missing where the median is not.
    """
    times = np.concatenate([[0.0], table["time"]])
    columns = (np.concatenate([[0.0], 1.0 - np.asarray(table[name])]) for name in ("estimate", "lower", "upper"))
    estimate, lower, upper = (_crossing(times, curve, probability) for curve in columns)
    return estimate, lower, upper


class Plateau(NamedTuple):
    """Where a curve is flat at a share: ``first`` and ``last`` time, and whether an event ends it."""

    first: float
    last: float
    ends_in_event: bool


def plateau(table: pd.DataFrame | Mapping[str, np.ndarray], probability: float) -> Plateau | None:
    """Return the stretch in which the curve is exactly at 1 - ``probability``; None if there is none."""
    times, estimate = np.asarray(table["time"], dtype=float), np.asarray(table["estimate"], dtype=float)
    at = np.flatnonzero(np.abs(1.0 - estimate - probability) < FLAT_TOLERANCE)
    if len(at) == 0:
        return None
    ends_in_event = bool(at[-1] + 1 < len(times))
    last = float(times[at[-1] + 1] if ends_in_event else times[-1])
    first = float(times[at[0]])
    return Plateau(first, last, ends_in_event) if last > first else None


def _crossing(times: np.ndarray, cumulative: np.ndarray, probability: float) -> float:
    last_time = times[-1]
    _, first = np.unique(cumulative, return_index=True)
    keep = np.sort(first[np.isfinite(cumulative[first])])
    ends_in_gap = not np.isfinite(cumulative[-1])
    times, cumulative = times[keep], cumulative[keep]
    at_least = np.flatnonzero(cumulative + FLAT_TOLERANCE >= probability)
    above = np.flatnonzero(cumulative - FLAT_TOLERANCE >= probability)
    if len(at_least) == 0:
        return float("nan")
    if not ends_in_gap and abs(cumulative[-1] - probability) < FLAT_TOLERANCE:
        return float((times[at_least[0]] + last_time) / 2.0)
    if len(above) == 0:
        return float("nan")
    return float((times[at_least[0]] + times[above[0]]) / 2.0)
