"""Waiting: days from decision or referral to a patient's first ablation.

Of each centre and start of the wait: all patients ablated (``n``), those for whom the start is not stated
(``n_missing``) and those whose wait would be negative (``n_negative``), who are left out, and the others (``n_known``),
of whom are the median, the quartiles (R's quantile, type 7) and the share that waited at most WAITING_TARGET_DAYS.
Who died waiting is not in a registry of ablations, so waits look shorter than they are. Where few starts are stated,
those that are may not be typical.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.exact_interval import METHOD_EXACT, exact_interval
from analysis.tidy import as_float, tidy
from schemas.thresholds import WAITING_TARGET_DAYS

COLUMNS = ["site", "waits_from", "n", "n_missing", "n_negative", "n_known", "median_days", "lower_quartile_days"]
COLUMNS += ["upper_quartile_days", "n_events", "quantity", "estimate", "lower", "upper", "method", "note"]
STARTS = ("decision_or_referral", "decision", "referral")
QUANTITY = f"share within {WAITING_TARGET_DAYS} days"


def waiting(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the waits of all centres together (site empty) and of each (COLUMNS); ``counts``: site, waits_from, days
    (missing: not stated), n, as sql/service/waits.sql makes them. ``n_events`` is the number within the target.
    """
    rows = []
    for start in STARTS:
        own = counts[counts["waits_from"] == start]
        for site in ("", *sorted(own["site"].unique())):
            rows.append({"site": site, "waits_from": start} | _row(own[own["site"] == site] if site else own))
    return tidy(rows, COLUMNS)


def _row(counts: pd.DataFrame) -> dict[str, Any]:
    days, each = as_float(counts["days"]), counts["n"].to_numpy(dtype=int)
    is_stated = np.isfinite(days)
    is_known = is_stated & (np.where(is_stated, days, -1.0) >= 0)
    n, n_missing, n_known = (int(each[who].sum()) for who in (np.full(len(each), True), ~is_stated, is_known))
    within = int(each[is_known & (days <= WAITING_TARGET_DAYS)].sum())
    first, middle, third = _quartiles(np.repeat(days[is_known], each[is_known]))
    lower, upper = exact_interval(within, n_known)
    return {
        "n": n,
        "n_missing": n_missing,
        "n_negative": n - n_missing - n_known,
        "n_known": n_known,
        "median_days": middle,
        "lower_quartile_days": first,
        "upper_quartile_days": third,
        "n_events": within,
        "quantity": QUANTITY,
        "estimate": within / n_known if n_known else None,
        "lower": lower,
        "upper": upper,
        "method": METHOD_EXACT,
        "note": "" if n_known else guards.NO_SUBJECTS,
    }


def _quartiles(days: np.ndarray) -> tuple[float | None, ...]:
    return tuple(np.quantile(days, (0.25, 0.5, 0.75)).tolist()) if len(days) else (None, None, None)
