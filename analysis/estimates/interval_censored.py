"""LTP lies somewhere between two exams: how much the curve depends on when exams were made.

Turnbull (J R Stat Soc B 1976;38:290; by SurPyval) maximises the likelihood of the intervals. Inside an interval in
which the data do not say where mass lies, every curve between the values at its ends fits as well: the estimate is
the value at its end, and the note gives both. It has no interval here. The usual curve dates LTP by detection, which
is late; where groups are scanned at different intervals it compares schedules as well as tumours.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.at_risk import BEYOND, few_note
from analysis.estimates.product_limit import steps, survival_at
from analysis.tidy import OVERALL, as_float, split, tidy, weights
from schemas.thresholds import DAYS_PER_MONTH, MAIN_LANDMARKS_MONTHS

METHOD = "Turnbull, interval-censored"
IMPUTED = {
    "event at the last negative exam": 0.0,
    "event midway between the exams": 0.5,
    "event at the exam that found it": 1.0,
}
COLUMNS = ["endpoint", "level", "grouping", "stratum", "n", "n_events", "quantity", "estimate", "lower", "upper"]
COLUMNS += ["method", "note"]


def interval_censored(
    frame: pd.DataFrame,
    *,
    grouping: str = OVERALL,
    endpoint: str = "",
    level: str = "",
    left: str = "left_days",
    right: str = "right_days",
    count: str | None = None,
    landmarks_months: Sequence[int] = MAIN_LANDMARKS_MONTHS,
    note: str = "",
) -> pd.DataFrame:
    """Return ``survival_12m`` ... per stratum, by Turnbull and by Kaplan-Meier with each imputation (COLUMNS).
    ``count``: the subjects each row stands for.

    The event lies in (``left``, ``right``], in days; ``right`` is missing or infinite where it was not seen by
    ``left``. Rows with ``right`` before ``left`` or without ``left`` are left out and counted.
    """
    lefts, rights, counts = as_float(frame[left]), as_float(frame[right]), weights(frame, count)
    rights = np.where(np.isnan(rights), np.inf, rights)
    sound = np.isfinite(lefts) & (lefts >= 0.0) & (rights >= lefts)
    out = f"{counts[~sound].sum():.0f} without a usable interval left out" if not sound.all() else ""
    rows_out: list[dict[str, Any]] = []
    for stratum, rows in split(frame, grouping):
        own = rows[sound[rows]]
        low, high, each = lefts[own], rights[own], counts[own]
        seen = np.isfinite(high)
        n = int(each.sum())
        base: dict[str, Any] = {"endpoint": endpoint, "level": level, "grouping": grouping, "stratum": stratum}
        base |= {"n": n, "n_events": int(each[seen].sum())}
        curve = _turnbull(low, high, each) if seen.any() else None
        for months in landmarks_months:
            day, named = months * DAYS_PER_MONTH, {"quantity": f"survival_{months}m"}
            followed = int(each[low >= day].sum())
            found = _turnbull_at(curve, low, day)
            if curve is None and not found.get("note"):
                found = {"note": guards.NO_EVENTS if n else guards.NO_SUBJECTS}
            few = few_note(followed, n) if found.get("estimate") is not None else ""
            rows_out.append(
                base | named | found | {"method": METHOD, "note": guards.join_notes(found["note"], few, out, note)}
            )
            for name, share in IMPUTED.items():
                with np.errstate(invalid="ignore"):
                    times = np.where(seen, low + share * (high - low), low)
                at = survival_at(steps(times, seen.astype(float), each), day)
                kept = {key: at.get(key) for key in ("estimate", "lower", "upper")}
                method = f"Kaplan-Meier, {name}"
                few = few_note(at["n_at_risk"], n) if at["estimate"] is not None else ""
                rows_out.append(
                    base | named | kept | {"method": method, "note": guards.join_notes(at["note"], few, out, note)}
                )
    return tidy(rows_out, COLUMNS)


def _turnbull(low: np.ndarray, high: np.ndarray, count: np.ndarray) -> Any | None:
    from surpyval import Turnbull

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # whether it settled is read from ``converged``
        try:
            # an event "at" an exam of the same day is known exactly
            model = Turnbull.fit(
                xl=low, xr=high, n=count.astype(int), turnbull_estimator="Kaplan-Meier", max_iter=20_000
            )
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            return None
    return model if getattr(model, "converged", False) and np.isfinite(model.R).all() else None


def _turnbull_at(model: Any | None, low: np.ndarray, day: float) -> dict[str, Any]:
    if model is None:
        return {"note": ""}
    ends, after = np.asarray(model.x, dtype=float), np.asarray(model.R, dtype=float)
    at = int(np.searchsorted(ends, day, side="right")) - 1
    if at + 1 >= len(ends) and day > max(low.max(), ends[-1]):
        return {"note": BEYOND}
    before = 1.0 if at < 0 else float(after[at])
    later = float(after[at + 1]) if at + 1 < len(ends) else before
    is_at_end = at >= 0 and ends[at] == day
    spread = (
        "" if is_at_end or before - later < 1e-9 else f"between {later:.3f} and {before:.3f}: no exam tells which; "
    )
    return {"estimate": before if is_at_end else later, "note": f"{spread}no interval"}
