"""A test between curves of lesions of which a patient may have several.

The score test of a Cox model with the groups as covariate, at ratios of 1, with the score residuals summed by patient:
U' (sum of U_g U_g')^-1 U, as R's ``coxph(..., cluster = )`` prints it as robust (Lin and Wei, JASA 1989;84:1074). With
every lesion alone it is not the log-rank test but its robust form, close to it. R's ``survdiff`` takes a cluster() term
for strata or groups without a word, and is another test. Misleads where curves cross; deaths are censored, so it
compares hazards of the event among those alive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.expected_events import caution, why_not_tested
from analysis.estimates.risk_table import risk_table
from analysis.regression.risk_sets import Cases, risk_sets, score_residuals, summed_by_cluster
from analysis.subjects.counted import distinct_rows
from analysis.tidy import UNKNOWN, as_float, group_codes, n_codes, stratum_codes
from schemas.thresholds import FEW_CLUSTERS

METHOD = "score test, variance clustered by patient"


def clustered_test(
    frame: pd.DataFrame, *, grouping: str, cluster: str, show_unreliable: bool = False
) -> dict[str, Any]:
    """Return ``clustered_chi2`` between the groups of ``grouping``: n, n_events, quantity, estimate, df, p_value,
    method and note; null with the reason if there is nothing to compare, or too few events (expected_events.py).

    ``frame``: days, event (1 is the event, anything else censoring), ``grouping`` and ``cluster``. ``unknown`` is left
    out and counted.
    """
    codes, groups = stratum_codes(frame[grouping])
    is_used = np.array([group != UNKNOWN for group in groups], dtype=bool)[codes] if groups else np.zeros(0, dtype=bool)
    days, clusters = as_float(frame["days"])[is_used], group_codes(frame[cluster])[is_used]
    events = (as_float(frame["event"])[is_used] == 1).astype(int)
    compared, codes = np.unique(codes[is_used], return_inverse=True)
    left_out = int((~is_used).sum())
    left_out_note = f"{left_out} with unknown {grouping} left out" if left_out else ""
    row: dict[str, Any] = {
        "quantity": "clustered_chi2",
        "method": METHOD,
        "n": len(days),
        "n_events": int(events.sum()),
    }
    reason = guards.NO_SUBJECTS if not len(compared) else guards.NOTHING_TO_COMPARE if len(compared) < 2 else ""
    reason = reason or ("" if events.any() else guards.NO_EVENTS)
    if reason:
        return row | {"note": guards.join_notes(reason, left_out_note)}
    expected = risk_table(days, events, 1, np.ones(len(days)), codes, len(compared)).expected()
    smallest = float(expected.min())
    reason = "" if show_unreliable else why_not_tested(row["n_events"], smallest)
    if not reason:
        found = statistic(days, events, codes, clusters)
        row |= found
        reason = "" if found else "no event while more than one group was at risk"
    few = guards.few_clusters_note(n_codes(clusters), FEW_CLUSTERS)
    return row | {"note": guards.join_notes(reason or caution(smallest), few, left_out_note)}


def statistic(days: np.ndarray, events: np.ndarray, codes: np.ndarray, clusters: np.ndarray) -> dict[str, Any]:
    """Return estimate, df and p_value between the groups ``codes`` (0, 1, ...); nothing if the variance is singular."""
    from scipy.special import chdtrc

    columns = {"days": days, "event": events.astype(float), "group": codes.astype(float)}
    place, first = distinct_rows(pd.DataFrame(columns), list(columns))
    matrix = (codes[first][:, None] == np.arange(1, codes.max() + 1)).astype(float)
    cases = Cases(days[first], events[first], matrix, np.bincount(place).astype(float))
    residuals = score_residuals(cases, risk_sets(cases, np.zeros(matrix.shape[1])))
    sums = summed_by_cluster(residuals, np.ones(len(days)), clusters, place)
    score, spread = sums.sum(axis=0), sums.T @ sums
    if np.linalg.matrix_rank(spread) < len(score):
        return {}
    value = float(score @ np.linalg.solve(spread, score))
    return {"estimate": value, "df": len(score), "p_value": float(chdtrc(len(score), value))}
