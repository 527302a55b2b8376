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
from analysis.estimates.product_limit import quantile, steps
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
        rows.append(_median(own, endpoint, "", ""))
        for site, of_site in own.groupby("site", sort=True, observed=True):
            rows.append(_median(of_site, endpoint, str(site), ""))
            for quarter, part in of_site.groupby("quarter", sort=True, observed=True):
                rows.append(_median(part, endpoint, str(site), str(quarter)))
    return tidy(rows, COLUMNS)


def _median(part: pd.DataFrame, endpoint: str, site: str, quarter: str) -> dict[str, Any]:
    days, counts = as_float(part["days"]), as_float(part[COUNT])
    ends = (as_float(part["event"]) == 0).astype(float)
    row: dict[str, Any] = {"endpoint": endpoint, "level": "patient", "site": site, "quarter": quarter}
    row |= {"n": int(counts.sum()), "n_events": int(ends @ counts), "quantity": QUANTITY, "method": METHOD_REVERSE}
    if len(part) == 0:
        return row | {"note": guards.NO_SUBJECTS}
    median, lower, upper = (found / DAYS_PER_MONTH for found in quantile(steps(days, ends, counts), 0.5))
    note = "" if np.isfinite(median) else "median follow-up not reached"
    if lower == upper:
        lower, upper, note = np.nan, np.nan, ONE_DAY
    return row | {"estimate": median, "lower": lower, "upper": upper, "note": note}
