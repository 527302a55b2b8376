"""A published figure beside this registry's: whether the interval of each holds the figure of the other.

A claim of a share (13 of 71) has Wilson's interval; of a rate or a ratio the interval that the paper prints. That the
claim's interval holds the registry's estimate is weak support where that interval is wide; that it does not is no
refutation where the registry's is. So both are said. Patients who are in both the paper and the registry make any two
figures agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.at_risk import BEYOND, few_note
from analysis.estimates.rates import METHOD_RATE, compare, wilson
from analysis.tidy import tidy
from analysis.validation.calibration import observed
from schemas.thresholds import DAYS_PER_MONTH

COLUMNS = ["endpoint", "level", "claim", "stratum", "quantity", "time_months", "n", "n_events", "published_value"]
COLUMNS += [
    "published_lower",
    "published_upper",
    "published_p",
    "estimate",
    "lower",
    "upper",
    "holds_estimate",
    "holds_published",
]
COLUMNS += ["method", "note"]
SHARE, FREE, INCIDENCE, ODDS_RATIO = "share", "free", "incidence", "odds_ratio"
CRUDE, KAPLAN_MEIER, CUMULATIVE = "crude", "kaplan_meier", "cumulative_incidence"
NO_LIMITS = "the paper states no interval"
CRUDE_NOTE = "crude share, not an actuarial rate: who was followed for less counts as a failure"
OF_LESIONS = "interval takes the lesions of one patient for independent"
LARGEST = 10.0
"""Times that the upper limit of a ratio's interval is the lower one, from which on it is called wide."""
WIDE = "the claim's interval is wide: nearly any estimate lies in it"


def claims_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rows as a table (COLUMNS), with what the intervals hold."""
    return tidy([row | verdicts(row) | {"note": _noted(row)} for row in rows], COLUMNS)


def verdicts(row: Mapping[str, Any]) -> dict[str, bool | None]:
    """Say whether each interval holds the other's figure; null where there is no interval or no figure."""
    return {
        "holds_estimate": _inside(row.get("estimate"), row.get("published_lower"), row.get("published_upper")),
        "holds_published": _inside(row.get("published_value"), row.get("lower"), row.get("upper")),
    }


def _noted(row: Mapping[str, Any]) -> str:
    """Return the row's note with what its published interval is worth."""
    lower, upper = row.get("published_lower"), row.get("published_upper")
    if _is_missing(lower) or _is_missing(upper):
        return guards.join_notes(str(row.get("note") or ""), NO_LIMITS)
    assert lower is not None and upper is not None
    is_wide = str(row["quantity"]).endswith("_ratio") and (lower <= 0.0 or upper / lower >= LARGEST)
    return guards.join_notes(str(row.get("note") or ""), WIDE if is_wide else "")


def _inside(value: Any, lower: Any, upper: Any) -> bool | None:
    if any(map(_is_missing, (value, lower, upper))):
        return None
    return bool(lower <= value <= upper)


def _is_missing(value: Any) -> bool:
    return value is None or not np.isfinite(value)


def of_share(base: Mapping[str, Any], published: tuple[int, int], own: tuple[int, int]) -> dict[str, Any]:
    """Return the row of a share: (events, subjects) of the paper beside the registry's."""
    (k, n), (own_k, own_n) = published, own
    figures = dict(zip(("published_lower", "published_upper"), wilson(k, n), strict=True)) | {"published_value": k / n}
    row = dict(base) | figures | {"quantity": SHARE, "n": own_n, "n_events": own_k, "method": METHOD_RATE}
    if not own_n:
        return row | {"note": guards.join_notes(guards.NO_SUBJECTS, str(base.get("note", "")))}
    lower, upper = wilson(own_k, own_n)
    lesions = OF_LESIONS if base.get("level") == "lesion" else ""
    note = guards.join_notes(str(base.get("note", "")), lesions)
    return row | {"estimate": own_k / own_n, "lower": lower, "upper": upper, "note": note}


def of_odds(base: Mapping[str, Any], published: list[tuple[int, int]], own: list[tuple[int, int]]) -> dict[str, Any]:
    """Return the row of the odds ratio of two groups' shares, the second against the first."""
    theirs, ours = (
        next((row for row in compare([("1", *one[0]), ("2", *one[1])]) if row["quantity"] == ODDS_RATIO), {})
        for one in (published, own)
    )
    row = dict(base) | {"quantity": ODDS_RATIO, "method": "sample odds ratio, Woolf interval"}
    row |= {"n": sum(n for _, n in own), "n_events": sum(k for k, _ in own)}
    row |= {"published_value": theirs.get("estimate"), "published_lower": theirs.get("lower")}
    row |= {"published_upper": theirs.get("upper"), "estimate": ours.get("estimate")}
    why = "" if "against" in str(ours.get("note", "")) else str(ours.get("note", ""))
    return row | {"lower": ours.get("lower"), "upper": ours.get("upper"), "note": why}


def of_rate(
    base: Mapping[str, Any],
    published: Mapping[str, Any],
    time: np.ndarray,
    causes: np.ndarray,
    cluster: np.ndarray | None,
    months: float,
    estimator: str,
) -> dict[str, Any]:
    """Return the row of a rate at a time. Kaplan-Meier and crude rates are of those free of the event, a cumulative
    incidence of those who have had it. ``published``: the published figure and its limits, as shares.
    """
    at = months * DAYS_PER_MONTH
    row = dict(base) | dict(published) | {"time_months": months, "n": len(time)}
    row["n_events"] = int(((causes == 1) & (time <= at)).sum())
    note = str(base.get("note", ""))
    if not len(time):
        return row | {"quantity": FREE, "method": "", "note": guards.join_notes(guards.NO_SUBJECTS, note)}
    if estimator == CRUDE:
        k = int((time >= at).sum())
        lower, upper = wilson(k, len(time))
        figures = {"estimate": k / len(time), "lower": lower, "upper": upper, "quantity": FREE, "method": METHOD_RATE}
        return row | figures | {"note": guards.join_notes(CRUDE_NOTE, note)}
    seen = observed(time, causes, at, cluster, competes=estimator == CUMULATIVE)
    few = few_note(int((time >= at).sum()), len(time)) if np.isfinite(seen.estimate) else BEYOND
    row["note"] = guards.join_notes(few, note)
    clustered = "" if cluster is None else ", clustered by patient"
    if estimator == CUMULATIVE:
        figures = {"estimate": seen.estimate, "lower": seen.lower, "upper": seen.upper, "quantity": INCIDENCE}
        return row | figures | {"method": f"Aalen-Johansen, log interval{clustered}"}
    figures = {"estimate": 1.0 - seen.estimate, "lower": 1.0 - seen.upper, "upper": 1.0 - seen.lower, "quantity": FREE}
    return row | figures | {"method": f"Kaplan-Meier, log-log interval{clustered}"}
