"""Gray's test: does the cumulative incidence of an event differ where another competes?

Gray, Ann Stat 1988;16:1141, by SurPyval; equals R's ``cmprsk::cuminc``. It compares how many have the event by each
time, so a treatment that only hastens death lowers the incidence of LTP in its eyes: read it beside the log-rank
test of the cause-specific hazards. At lesion level it takes the lesions of one patient for independent. With few events
of the cause its chi-square misleads, so that below the numbers of expected_events.py there is no p-value.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.cumulative_incidence import CAUSES
from analysis.estimates.expected_events import caution, expected_events, why_not_tested
from analysis.tidy import UNKNOWN, as_float, stratum_labels, tidy, weights

METHOD = "Gray's test"
COLUMNS = ["endpoint", "level", "grouping", "cause", "n", "n_events", "min_expected", "quantity", "estimate", "df"]
COLUMNS += ["p_value", "method", "note"]


def gray(
    frame: pd.DataFrame,
    *,
    grouping: str,
    endpoint: str = "",
    level: str = "",
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    causes: tuple[int, ...] = tuple(CAUSES),
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``gray_chi2`` per cause (COLUMNS); ``unknown`` of ``grouping`` is left out and counted.

    ``event``: 0 censored, else the number of the cause. With fewer than two groups, without an event of the cause, or
    with too few (expected_events.py) unless ``show_unreliable``: null with the reason.
    """
    labels = stratum_labels(frame[grouping])
    times, events, counts = as_float(frame[time]), as_float(frame[event]), weights(frame, count)
    used = (labels != UNKNOWN) & np.isfinite(times) & np.isfinite(events)
    left_out = int(counts[~used].sum())
    left_out_note = f"{left_out} with unknown {grouping} left out" if left_out else ""
    labels, times, events, counts = labels[used].astype(str), times[used], events[used], counts[used]
    base: dict[str, Any] = {"endpoint": endpoint, "level": level, "grouping": grouping, "quantity": "gray_chi2"}
    base |= {"n": int(counts.sum()), "method": METHOD}
    n_groups = len(np.unique(labels))
    rows = []
    for cause in causes:
        row = base | {"cause": cause, "n_events": int(counts[events == cause].sum())}
        reason = guards.NO_SUBJECTS if n_groups == 0 else guards.NOTHING_TO_COMPARE if n_groups < 2 else ""
        reason = reason or ("" if row["n_events"] else guards.NO_EVENTS)
        found = {} if reason else _test(times, events, counts, labels, cause)
        if found:
            row["min_expected"] = min(expected_events(times, events == cause, counts, labels).values())
            reason = "" if show_unreliable else why_not_tested(row["n_events"], row["min_expected"])
        reason = reason or ("" if found else "no event while more than one group was at risk")
        found = {} if reason else found
        careful = caution(row["min_expected"]) if found else ""
        rows.append(row | found | {"note": guards.join_notes(reason, careful, left_out_note, note)})
    return tidy(rows, COLUMNS)


def _test(times: np.ndarray, events: np.ndarray, counts: np.ndarray, labels: np.ndarray, cause: int) -> dict[str, Any]:
    from surpyval.univariate.competing_risks.nonparametric import gray_test

    causes = np.array([int(value) if value > 0 else None for value in events], dtype=object)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # small groups are what they are; the result is checked below
        try:
            found = gray_test(times, causes, labels, cause, n=counts.astype(int))
        except (ValueError, ZeroDivisionError, np.linalg.LinAlgError):
            return {}
    if not np.isfinite([found.statistic, found.p_value]).all() or found.df < 1 or found.statistic <= 0.0:
        return {}
    return {"estimate": float(found.statistic), "df": int(found.df), "p_value": float(found.p_value)}
