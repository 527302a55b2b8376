"""Kaplan-Meier: curves with numbers at risk, landmark rates, medians, follow-up by reverse Kaplan-Meier.

Where death prevents the event and is counted as censoring, 1 - S overstates how many patients
ever have the event: see cumulative_incidence.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.at_risk import few_note
from analysis.estimates.delayed_entry import entries_of, watched
from analysis.estimates.product_limit import estimates, plateau, quantile, survival_at
from analysis.tidy import OVERALL, as_float, split, stacked, tidy, weights
from schemas.thresholds import DAYS_PER_MONTH, LANDMARKS_MONTHS

METHOD = "Kaplan-Meier, log-log interval"
PLATEAU = "the middle of the time in which the curve stands at one half,"
ONE_DAY = "no interval: both limits fall on one day"
METHOD_REVERSE = "reverse Kaplan-Meier, log-log interval"

CURVE_COLUMNS = [
    "endpoint",
    "level",
    "grouping",
    "stratum",
    "n",
    "time_days",
    "time_months",
    "n_at_risk",
    "n_events",
]
CURVE_COLUMNS += ["n_censored", "estimate", "lower", "upper", "std_error", "method", "note"]
SUMMARY_COLUMNS = [
    "endpoint",
    "level",
    "grouping",
    "stratum",
    "n",
    "n_events",
    "n_at_risk",
    "quantity",
    "estimate",
]
SUMMARY_COLUMNS += ["lower", "upper", "std_error", "method", "note"]


def km_curve(
    frame: pd.DataFrame,
    *,
    grouping: str = OVERALL,
    endpoint: str = "",
    level: str = "",
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    entry: str | None = None,
    method: str = METHOD,
    note: str = "",
) -> pd.DataFrame:
    """Return the curve of each stratum of ``grouping``, one row per distinct day and one at day 0 (CURVE_COLUMNS).

    ``time`` in days; ``event`` 1 is the event, anything else censoring; ``count`` the subjects each row
    stands for; ``entry`` the column of days from which a subject is watched (delayed entry).
    """
    named = {"grouping": grouping, "endpoint": endpoint, "level": level, "time": time, "event": event}
    return stacked(km_parts(frame, **named, count=count, entry=entry, method=method, note=note), CURVE_COLUMNS)


def km_parts(
    frame: pd.DataFrame,
    *,
    grouping: str,
    endpoint: str,
    level: str,
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    entry: str | None = None,
    method: str = METHOD,
    note: str = "",
) -> list[dict[str, Any]]:
    """Return the same as a part for ``tidy.stacked`` for each stratum, so that many curves are stacked once."""
    found: list[dict[str, Any]] = []
    frame, method, note = watched(frame, time, entry, count, method, note)
    times, events, _, counts = _observed(frame, time, event, count)
    since = entries_of(frame, entry)
    for stratum, rows in split(frame, grouping):
        if len(rows) == 0:
            continue
        columns: dict[str, Any] = {**estimates(times[rows], events[rows], counts[rows], since(rows))}
        columns |= {"endpoint": endpoint, "level": level, "grouping": grouping, "stratum": stratum}
        columns |= {"n": int(counts[rows].sum()), "method": method, "note": note}
        columns |= {"time_days": columns["time"], "time_months": columns["time"] / DAYS_PER_MONTH}
        found.append(columns)
    return found


def km_summary(
    frame: pd.DataFrame,
    *,
    grouping: str = OVERALL,
    endpoint: str = "",
    level: str = "",
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    entry: str | None = None,
    landmarks_months: Sequence[int] = LANDMARKS_MONTHS,
    method: str = METHOD,
    note: str = "",
) -> pd.DataFrame:
    """Return, per stratum, survival at the landmarks, the median, and median follow-up by reverse Kaplan-Meier
    (months).

    SUMMARY_COLUMNS; quantities ``survival_6m`` ..., ``median_months``, ``reverse_km_median_months``. In the
    reverse curve only event 0 counts as end of follow-up; deaths that compete (event 2) censor it. A landmark at which
    few are at risk (at_risk.py) is labelled, one past the stratum's last time is null.
    """
    rows_out: list[dict[str, Any]] = []
    frame, method, note = watched(frame, time, entry, count, method, note)
    since = entries_of(frame, entry)
    times, events, ends, counts = _observed(frame, time, event, count)
    for stratum, rows in split(frame, grouping):
        own = counts[rows]
        table = estimates(times[rows], events[rows], own, since(rows))
        base: dict[str, Any] = {
            "endpoint": endpoint,
            "level": level,
            "grouping": grouping,
            "stratum": stratum,
            "method": method,
        }
        base |= {"n": int(own.sum()), "n_events": int(events[rows] @ own), "n_at_risk": None}
        for months in landmarks_months:
            found = survival_at(table, months * DAYS_PER_MONTH)
            few = "" if found["estimate"] is None else few_note(found["n_at_risk"], base["n"])
            found["note"] = guards.join_notes(found["note"], few, note)
            rows_out.append(base | {"quantity": f"survival_{months}m"} | found)
        rows_out.append(base | {"quantity": "median_months"} | _median(table, "median not reached", note))
        reverse = base | {"quantity": "reverse_km_median_months", "method": METHOD_REVERSE}
        reverse["n_events"] = int(ends[rows] @ own)
        backwards = estimates(times[rows], ends[rows], own, since(rows))
        rows_out.append(reverse | _median(backwards, "median follow-up not reached", ""))
    return tidy(rows_out, SUMMARY_COLUMNS)


def _observed(
    frame: pd.DataFrame, time: str, event: str, count: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return times, is event, is end of follow-up, subjects per row."""
    events = as_float(frame[event])
    return (
        as_float(frame[time]),
        (events == 1).astype(float),
        (events == 0).astype(float),
        weights(frame, count),
    )


def _median(table: dict[str, np.ndarray], not_reached: str, note: str) -> dict[str, Any]:
    if len(table["time"]) == 0:
        return {"note": guards.NO_SUBJECTS}
    estimate, lower, upper = (days / DAYS_PER_MONTH for days in quantile(table, 0.5))
    missing = "" if np.isfinite(estimate) else not_reached
    if lower == upper:  # all three curves fall past one half on one day
        lower, upper, missing = np.nan, np.nan, ONE_DAY
    notes = guards.join_notes(missing, _plateau_note(table) if np.isfinite(estimate) else "", note)
    return {"estimate": estimate, "lower": lower, "upper": upper, "note": notes}


def _plateau_note(table: dict[str, np.ndarray]) -> str:
    """Say from when to when a curve is flat at one half; the median is then the middle of that stretch."""
    found = plateau(table, 0.5)
    if found is None:
        return ""
    first, last = (f"{days / DAYS_PER_MONTH:.1f}" for days in (found.first, found.last))
    end = "" if found.ends_in_event else ", where follow-up ends: R's table of a curve gives the first"
    return f"{PLATEAU} from {first} to {last} months{end}"
