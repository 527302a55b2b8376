"""Follow-up: of each centre, how much of what the outcomes need was seen.

Four measures (sql/service/followup.sql): first exam in time, followed for a year, exams within their windows, last
contact known. Those that could not have the property yet are not in ``n`` but in ``n_missing``. Exams of one lesion are
not independent, so that their share has no interval.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import guards
from analysis.estimates.exact_interval import METHOD_EXACT, exact_interval
from analysis.tidy import tidy

COLUMNS = ["quantity", "level", "site", "n", "n_events", "n_missing", "estimate", "lower", "upper", "method", "note"]
QUANTITIES = ("first_exam_in_time", "followed_a_year", "exams_in_window", "last_contact_known")
CLUSTERED = ("exams_in_window",)
METHOD_SHARE = "share"


def followup(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the measures of all centres together (site empty) and of each (COLUMNS)."""
    rows: list[dict[str, Any]] = []
    for quantity in QUANTITIES:
        own = counts[counts["quantity"] == quantity]
        for site in ("", *sorted(own["site"].unique())):
            part = own[own["site"] == site] if site else own
            n, n_events, n_missing = (int(part[name].sum()) for name in ("n", "n_events", "n_missing"))
            lower, upper = (None, None) if quantity in CLUSTERED else exact_interval(n_events, n)
            rows.append(
                {
                    "quantity": quantity,
                    "level": str(own["level"].iloc[0]) if len(own) else "",
                    "site": site,
                    "n": n,
                    "n_events": n_events,
                    "n_missing": n_missing,
                    "estimate": n_events / n if n else None,
                    "lower": lower,
                    "upper": upper,
                    "method": METHOD_SHARE if quantity in CLUSTERED else METHOD_EXACT,
                    "note": "" if n else guards.NO_SUBJECTS,
                }
            )
    return tidy(rows, COLUMNS)
