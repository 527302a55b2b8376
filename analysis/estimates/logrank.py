"""The log-rank test: do curves differ?

chi2 = U' V^-1 U, U the observed minus expected events per group, V hypergeometric, on (groups that had
events to expect) - 1 degrees of freedom; equals R's ``survdiff``. By lifelines; within strata, or weighted by S(t-)^rho
(``rho`` > 0; Peto and Peto's modification at rho = 1), by SurPyval. Misleads where curves cross, and at lesion level,
where it takes the lesions of one patient for independent; and with few events, so that below the numbers of
expected_events.py there is no p-value.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.expected_events import caution, expected_events, why_not_tested
from analysis.tidy import UNKNOWN, as_float, stratum_labels, tidy, weights

METHOD = "log-rank test"
COLUMNS = [
    "endpoint",
    "level",
    "grouping",
    "stratum",
    "n",
    "n_events",
    "min_expected",
    "quantity",
    "estimate",
    "df",
    "p_value",
]
COLUMNS += ["method", "note"]


def logrank(
    frame: pd.DataFrame,
    *,
    grouping: str,
    endpoint: str = "",
    level: str = "",
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    strata: str | None = None,
    rho: float = 0.0,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``logrank_chi2`` (COLUMNS) over the strata of ``grouping``; ``unknown`` is left out and
    counted in the note.

    ``time`` in any unit, ``event`` 1 is the event, anything else censoring. ``n`` and ``n_events`` are over
    the groups compared, ``min_expected`` is the smallest expected number of events of a group. With fewer than two
    groups, no event, or too few (expected_events.py) unless ``show_unreliable``: null with the reason.
    """
    labels = stratum_labels(frame[grouping])
    is_used = labels != UNKNOWN
    if strata is not None:
        is_used &= frame[strata].notna().to_numpy()
    times = as_float(frame[time])[is_used]
    events = (as_float(frame[event])[is_used] == 1).astype(int)
    counts = weights(frame, count)
    left_out = int(counts[~is_used].sum())
    counts = counts[is_used]
    row: dict[str, Any] = {
        "endpoint": endpoint,
        "level": level,
        "grouping": grouping,
        "quantity": "logrank_chi2",
    }
    row |= {"n": int(counts.sum()), "n_events": int(events @ counts), "method": METHOD}
    if rho:
        row["method"] = f"{METHOD}, G-rho weights with rho = {rho:g}"
    if strata is not None:
        row["method"] += f", stratified by {strata}"
    left_out_note = f"{left_out} with unknown {grouping} left out" if left_out else ""
    groups = len(set(labels[is_used]))
    if groups < 2:
        reason = guards.NO_SUBJECTS if groups == 0 else "only one group: nothing to compare"
        return tidy([row | {"note": guards.join_notes(reason, left_out_note, note)}], COLUMNS)
    if events.sum() == 0:
        return tidy([row | {"note": guards.join_notes(guards.NO_EVENTS, left_out_note, note)}], COLUMNS)
    by = stratum_labels(frame[strata])[is_used] if strata is not None else None
    expected = expected_events(times, events, counts, labels[is_used], by)
    compared = [group for group, n_expected in expected.items() if n_expected > 0.0]
    smallest, df = min(expected.values()), max(len(compared) - 1, 0)
    found: dict[str, float] = {}
    if by is not None or rho:
        df, found = _stratified_or_weighted(times, events, counts, labels[is_used], by, rho)
    reason = "" if df else "no event while more than one group was at risk"
    reason = reason or ("" if show_unreliable else why_not_tested(row["n_events"], smallest))
    row |= {"min_expected": smallest, "df": df}
    if not reason:  # a test that is not shown is not made
        row |= found or _plain(times, events, counts, labels[is_used], compared)
    return tidy([row | {"note": guards.join_notes(reason or caution(smallest), left_out_note, note)}], COLUMNS)


def _plain(
    times: np.ndarray, events: np.ndarray, counts: np.ndarray, labels: np.ndarray, compared: list[str]
) -> dict[str, float]:
    """Test between the groups that had events to expect: a group in which nobody was left by the first event would
    otherwise count as a degree of freedom."""
    from lifelines.statistics import multivariate_logrank_test

    used = np.isin(labels.astype(str), compared)
    _, group = np.unique(labels[used].astype(str), return_inverse=True)
    found = multivariate_logrank_test(times[used], group, events[used], weights=counts[used].astype(int))
    return {"estimate": float(found.test_statistic), "p_value": float(found.p_value)}


def _stratified_or_weighted(
    times: np.ndarray,
    events: np.ndarray,
    counts: np.ndarray,
    labels: np.ndarray,
    strata: np.ndarray | None,
    rho: float,
) -> tuple[int, dict[str, float]]:
    from surpyval import logrank as test

    weighting = "fleming-harrington" if rho else "log-rank"
    groups = labels.astype(str)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it doubts groups of one subject; here groups are what they are
        found = test(times, groups, c=1 - events, n=counts.astype(int), weighting=weighting, rho=rho, strata=strata)
    return int(found.dof), {"estimate": float(found.statistic), "p_value": float(found.p_value)}
