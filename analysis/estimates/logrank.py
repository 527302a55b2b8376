"""The log-rank test: do curves differ?

chi2 = U' V^-1 U, U the observed minus expected events per group, V hypergeometric, on (groups that had events to
expect) - 1 degrees of freedom, both summed over strata, each event time weighted by S(t-)^rho, S of the stratum
(Mantel, Cancer Chemother Rep 1966;50:163; Harrington and Fleming, Biometrika 1982;69:553, at ``rho`` = 1 Peto and
Peto's modification): sums over counts of those at risk; equals R's ``survdiff`` and, with delayed entry, which that
lacks, the score test of ``coxph`` with exact ties. Misleads where curves cross, and at lesion level, where it takes the
lesions of one patient for independent; and with few events, so that below the numbers of expected_events.py there is no
p-value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.expected_events import caution, why_not_tested
from analysis.estimates.risk_table import RiskTable, risk_table
from analysis.tidy import UNKNOWN, as_float, stratum_codes, tidy, weights

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
    entry: str | None = None,
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
    ``entry``: the column of times from which a subject is watched.
    """
    codes, groups = stratum_codes(frame[grouping])
    if UNKNOWN in groups:
        groups.pop()  # the last one
    is_used = codes < len(groups)
    if strata is not None:
        is_used &= frame[strata].notna().to_numpy()
    since = None
    if entry is not None:
        since = as_float(frame[entry])
        is_used &= np.isfinite(since) & (since < as_float(frame[time]))
        since = since[is_used]
    times, counts = as_float(frame[time])[is_used], weights(frame, count)
    events = (as_float(frame[event])[is_used] == 1).astype(int)
    left_out = int(counts[~is_used].sum())
    codes, counts = codes[is_used], counts[is_used]
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
    row["method"] += ", delayed entry" if entry else ""
    whom = f"unknown {grouping}" + (" or no time under watch" if entry else "")
    left_out_note = f"{left_out} with {whom} left out" if left_out else ""
    compared, codes = np.unique(codes, return_inverse=True)
    if len(compared) < 2:
        reason = guards.NO_SUBJECTS if len(compared) == 0 else "only one group: nothing to compare"
        return tidy([row | {"note": guards.join_notes(reason, left_out_note, note)}], COLUMNS)
    if events.sum() == 0:
        return tidy([row | {"note": guards.join_notes(guards.NO_EVENTS, left_out_note, note)}], COLUMNS)
    by = np.zeros(len(times), dtype=int) if strata is None else stratum_codes(frame[strata])[0][is_used]
    within = [by == stratum for stratum in np.unique(by)]
    tables = [
        risk_table(
            times[own], events[own], 1, counts[own], codes[own], len(compared), None if since is None else since[own]
        )
        for own in within
    ]
    expected = np.sum([table.expected() for table in tables], axis=0)
    smallest, df = float(expected.min()), max(int((expected > 0.0).sum()) - 1, 0)
    reason = "" if df else "no event while more than one group was at risk"
    reason = reason or ("" if show_unreliable else why_not_tested(row["n_events"], smallest))
    row |= {"min_expected": smallest, "df": df}
    if not reason:  # a test that is not shown is not made
        row |= _test(tables, np.flatnonzero(expected > 0.0), rho)
    return tidy([row | {"note": guards.join_notes(reason or caution(smallest), left_out_note, note)}], COLUMNS)


def _test(tables: list[RiskTable], groups: np.ndarray, rho: float) -> dict[str, float]:
    """Test between the groups that had events to expect: a group in which nobody was left by the first event would
    otherwise count as a degree of freedom."""
    from scipy.special import chdtrc

    score, variance = (np.sum(parts, axis=0) for parts in zip(*(score_of(table, rho) for table in tables), strict=True))
    used = groups[:-1]  # the scores of all groups add up to 0
    statistic = float(score[used] @ np.linalg.pinv(variance[np.ix_(used, used)]) @ score[used])
    return {"estimate": statistic, "p_value": float(chdtrc(len(used), statistic))}


def score_of(table: RiskTable, rho: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted observed minus expected events of each group, and their covariance."""
    events, at_risk, share = table.events.sum(axis=1), table.at_risk.sum(axis=1), table.share()
    weight = np.append(1.0, np.cumprod(1.0 - events / at_risk)[:-1]) ** rho
    score = weight @ (table.events - share * events[:, None])
    spread = weight**2 * events * (at_risk - events) / np.maximum(at_risk - 1.0, 1.0)
    return score, np.diag(spread @ share) - share.T @ (share * spread[:, None])
