"""Maturity: how long the patients of a site and quarter have been followed.

The reverse Kaplan-Meier median (Schemper and Smith, Control Clin Trials 1996;17:343) takes the end of follow-up for
the event and the event for censoring: the follow-up that patients would have had without an event. Of LTPFS_STUDY it
tells of imaging, where only LTP cuts it short; of OS it tells of survival. It misleads where few patients are left:
the median of a quarter with five patients moves with each of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.kaplan_meier import METHOD_REVERSE, ONE_DAY
from analysis.estimates.product_limit import estimates, quantile
from analysis.subjects.counted import COUNT
from analysis.tidy import as_float, tidy
from schemas.thresholds import DAYS_PER_MONTH

ENDPOINTS = ("LTPFS_STUDY", "OS")
QUANTITY = "reverse_km_median_months"
COLUMNS = ["endpoint", "level", "site", "quarter", "n", "n_events", "quantity", "estimate", "lower", "upper"]
COLUMNS += ["method", "note"]


def maturity(times: pd.DataFrame) -> pd.DataFrame:
    """Return median follow-up in months of all patients, of each site, and of each site and quarter (COLUMNS).

    ``times``: endpoint, site, quarter (YYYY-Qn of the patient's first ablation), days, event (0 is the end of
    follow-up) and count, the patients each row stands for. ``site`` and ``quarter`` are empty where the row is of all
    of them. ``n_events`` counts ends of follow-up. A median that is not reached is null, and note says so.
    """
    rows: list[dict[str, Any]] = []
    for endpoint in ENDPOINTS:
        own = times[times["endpoint"] == endpoint]
        days, ends, counts = as_float(own["days"]), as_float(own["event"]) == 0, as_float(own[COUNT])
        for site, quarter, members in _groups(own):
            base = {"endpoint": endpoint, "level": "patient", "site": site, "quarter": quarter}
            rows.append(base | _median(days[members], ends[members].astype(float), counts[members]))
    return tidy(rows, COLUMNS)


def _groups(own: pd.DataFrame) -> list[tuple[str, str, np.ndarray]]:
    """Return (site, quarter, positions): of all, then of each site followed by its quarters."""
    by_site: Any = own.groupby("site", observed=True).indices
    by_quarter: Any = own.groupby(["site", "quarter"], observed=True).indices
    found = [(str(site), "", members) for site, members in by_site.items()]
    found += [(str(site), str(quarter), members) for (site, quarter), members in by_quarter.items()]
    return [("", "", np.arange(len(own))), *sorted(found, key=lambda one: one[:2])]


def _median(days: np.ndarray, ends: np.ndarray, counts: np.ndarray) -> dict[str, Any]:
    row: dict[str, Any] = {"n": int(counts.sum()), "n_events": int(ends @ counts)}
    row |= {"quantity": QUANTITY, "method": METHOD_REVERSE}
    if len(days) == 0:
        return row | {"note": guards.NO_SUBJECTS}
    median, lower, upper = (found / DAYS_PER_MONTH for found in quantile(estimates(days, ends, counts), 0.5))
    note = "" if np.isfinite(median) else "median follow-up not reached"
    if lower == upper:
        lower, upper, note = np.nan, np.nan, ONE_DAY
    return row | {"estimate": median, "lower": lower, "upper": upper, "note": note}
