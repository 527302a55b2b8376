"""Gray's test: does the cumulative incidence of an event differ where another competes?

Gray, Ann Stat 1988;16:1141, as R's ``cmprsk::cuminc`` computes it, which SurPyval read out of its compiled code: equal
to both, also within strata. It compares how many have the event by each time, so a treatment that only hastens death
lowers the incidence of LTP in its eyes: read it beside the log-rank test of the cause-specific hazards. At lesion level
it takes the lesions of one patient for independent. With few events of the cause its chi-square misleads, so that below
the numbers of expected_events.py there is no p-value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.cumulative_incidence import CAUSES
from analysis.estimates.expected_events import caution, why_not_tested
from analysis.estimates.risk_table import RiskTable, risk_table
from analysis.tidy import UNKNOWN, as_float, stratum_codes, tidy, weights

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
    strata: str | None = None,
    causes: tuple[int, ...] = tuple(CAUSES),
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``gray_chi2`` per cause (COLUMNS); ``unknown`` of ``grouping`` is left out and counted.

    ``event``: 0 censored, else the number of the cause. With fewer than two groups, without an event of the cause, or
    with too few (expected_events.py) unless ``show_unreliable``: null with the reason.
    ``strata``: the column within whose values groups are compared; scores and covariances are summed over them.
    """
    codes, groups = stratum_codes(frame[grouping])
    if UNKNOWN in groups:
        groups.pop()  # the last one
    times, events, counts = as_float(frame[time]), as_float(frame[event]), weights(frame, count)
    used = (codes < len(groups)) & np.isfinite(times) & np.isfinite(events)
    if strata is not None:
        used &= frame[strata].notna().to_numpy()
    left_out = int(counts[~used].sum())
    left_out_note = f"{left_out} with unknown {grouping} left out" if left_out else ""
    times, events, counts = times[used], events[used], counts[used]
    compared, codes = np.unique(codes[used], return_inverse=True)
    base: dict[str, Any] = {"endpoint": endpoint, "level": level, "grouping": grouping, "quantity": "gray_chi2"}
    base |= {"n": int(counts.sum()), "method": METHOD + (f", stratified by {strata}" if strata else "")}
    by = np.zeros(len(times), dtype=int) if strata is None else stratum_codes(frame[strata])[0][used]
    within = [by == stratum for stratum in np.unique(by)]
    n_groups = len(compared)
    rows = []
    for cause in causes:
        row = base | {"cause": cause, "n_events": int(counts[events == cause].sum())}
        reason = guards.NO_SUBJECTS if n_groups == 0 else guards.NOTHING_TO_COMPARE if n_groups < 2 else ""
        reason = reason or ("" if row["n_events"] else guards.NO_EVENTS)
        found = {}
        if not reason:
            tables = [risk_table(times[own], events[own], cause, counts[own], codes[own], n_groups) for own in within]
            found = _test(tables)
        if found:
            row["min_expected"] = float(np.sum([table.expected() for table in tables], axis=0).min())
            reason = "" if show_unreliable else why_not_tested(row["n_events"], row["min_expected"])
        reason = reason or ("" if found else "no event while more than one group was at risk")
        found = {} if reason else found
        careful = caution(row["min_expected"]) if found else ""
        rows.append(row | found | {"note": guards.join_notes(reason, careful, left_out_note, note)})
    return tidy(rows, COLUMNS)


def _test(tables: list[RiskTable]) -> dict[str, Any]:
    from scipy.special import chdtrc

    score, variance = (np.sum(parts, axis=0) for parts in zip(*map(score_of, tables), strict=True))
    df = len(score) - 1  # the scores of all groups add up to 0
    statistic = float(score[:-1] @ np.linalg.pinv(variance[:-1, :-1]) @ score[:-1])
    if not np.isfinite(statistic) or statistic <= 0.0:
        return {}
    return {"estimate": statistic, "df": df, "p_value": float(chdtrc(df, statistic))}


def score_of(table: RiskTable) -> tuple[np.ndarray, np.ndarray]:
    """Return the observed minus expected events of each group, and their covariance.

    Those at risk of the subdistribution are R_g(t) = Y_g(t) (1 - F_g(t-)) / S_g(t-), Y_g at risk, F_g the group's
    incidence, S_g its survival from all causes; Y_g / S_g(t-) is the group's size times its censoring survival. The
    score is written in martingales of the cause and of the others in each group r, under equal incidence F0: at each
    time a_kr = size_k (delta_kr - size_r / size), Q_kr = the sum over later times of a_kr dF0 / (1 - F0(t-)), A_kr =
    a_kr + (1 - c_r) Q_kr and B_kr = c_r Q_kr with c_r = (1 - F0) / S_r, and the covariance the sum over times and
    groups of A_kr A_lr v_r + B_kr B_lr w_r, v_r and w_r the variances of the steps, corrected for ties.
    """
    n, own, other = table.at_risk, table.events, table.competing
    is_left = n > 0.0
    some = np.where(is_left, n, 1.0)
    survival = np.cumprod(1.0 - (own + other) / some, axis=0)
    before = _before(survival, 1.0)
    size = np.where(is_left, n / np.where(is_left, before, 1.0), 0.0)
    at_risk = size * (1.0 - _before(np.cumsum(before * own / some, axis=0), 0.0))
    events = own.sum(axis=1, keepdims=True)
    whole = at_risk.sum(axis=1, keepdims=True)
    score = (own - at_risk * events / np.where(whole > 0.0, whole, 1.0))[whole[:, 0] > 0.0].sum(axis=0)

    total = size.sum(axis=1, keepdims=True)
    step = events / total
    free = 1.0 - np.cumsum(step, axis=0)
    free_before = _before(free, 1.0)
    is_possible = free_before != 0.0
    hazard = np.where(is_possible, step / np.where(is_possible, free_before, 1.0), 0.0)
    both = is_left[:, :, None] & is_left[:, None, :]
    a = np.where(both, size[:, :, None] * (np.eye(n.shape[1]) - (size / total)[:, None, :]), 0.0)
    summed = np.cumsum(a * hazard[:, :, None], axis=0)
    later = summed[-1] - summed
    is_alive = survival > 0.0
    chance = np.where(is_alive, free / np.where(is_alive, survival, 1.0), 0.0)
    of_own, of_other = a + (1.0 - chance)[:, None, :] * later, chance[:, None, :] * later
    tied = _tied(events, total * before - 1.0)
    v = np.where(is_left & (events > 0.0), step * tied / np.where(is_left, size, 1.0), 0.0)
    w = np.where(is_alive, other * _tied(other, n - 1.0) * (before / some) ** 2, 0.0)
    by_cause = ((of_own, v), (of_other, w))
    return score, sum(np.einsum("tkr,tlr->kl", x * spread[:, None, :], x) for x, spread in by_cause)


def _before(values: np.ndarray, start: float) -> np.ndarray:
    """Return the values just before each time; ``start`` before the first."""
    return np.concatenate([np.full_like(values[:1], start), values[:-1]])


def _tied(events: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the correction of a variance for tied events: 1 where there is one event at most."""
    is_tied = events > 1.0
    return np.where(is_tied, 1.0 - (events - 1.0) / np.where(is_tied, others, 1.0), 1.0)
