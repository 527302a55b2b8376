"""Effects by period, for hazards that are not proportional.

Each subject is split at the cut into one row per period, watched from its start (delayed entry); the term has a column
per period, the other covariates one for all. Equals R's ``coxph`` on ``survSplit`` data with ``term:strata(period)``.
The cut should be fixed beforehand: one chosen from the residuals makes p-values too small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.cox_fit import fit, members_of
from analysis.regression.design_matrix import design
from analysis.regression.model_rows import FIGURES, LABELS, cluster_codes, finite, model_row, wald
from analysis.regression.risk_sets import Cases
from analysis.tidy import as_float, tidy
from schemas.thresholds import DAYS_PER_MONTH, PERIOD_CUT_MONTHS

COLUMNS = [*LABELS, "period", *FIGURES, "method", "note"]


def time_split(
    frame: pd.DataFrame,
    term: str,
    covariates: Sequence[str] = (),
    *,
    cut_months: float = PERIOD_CUT_MONTHS,
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    cluster: str | Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``hazard_ratio`` per level of ``term`` and period, then ``period_chi2``, the Wald test that the
    ratios of the periods are equal (COLUMNS).

    ``time`` in days; ``covariates`` are adjusted for. ``n_events`` of a ratio counts its period. Each period needs 5
    events per column of its own unless ``show_unreliable``: else its ratio is fitted beside the other's and withheld,
    and so is the test. What cannot be estimated is null with the reason.
    """
    frame = finite(frame, [time, event])
    codes = cluster_codes(frame, cluster) if cluster else np.arange(len(frame))
    frame, codes = frame[codes >= 0], codes[codes >= 0]
    others = [name for name in covariates if name != term]
    chosen = design(frame, [term, *others], references=references, count=count)
    happened = (as_float(frame[event])[chosen.rows] == 1).astype(int)
    reduced = estimable_terms.reduce_design(chosen, happened, chosen.count, is_logistic=False)
    kept = reduced.rows if happened.any() else np.arange(len(happened))
    times, events, counts = as_float(frame[time])[chosen.rows][kept], happened[kept], chosen.count[kept]
    cut = cut_months * DAYS_PER_MONTH
    periods = (f"to {cut_months:g} months", f"after {cut_months:g} months")
    own = [j for j, column in enumerate(chosen.columns) if column.term == term]
    rest = [j for j in reduced.columns if j not in own]
    method = "Cox by period, Efron ties" + (", variance clustered by patient" if cluster else "")
    base: dict[str, Any] = dict(labels or {}) | {"n": int(chosen.count.sum()), "method": method}
    base["quantity"] = "hazard_ratio"
    is_late = times > cut
    n_events = [int((events * counts)[part].sum()) for part in (~is_late, is_late)]
    adjusted = guards.join_notes(
        f"adjusted for {', '.join(others)}" if others else "", reduced.set_aside, chosen.missing_note, note
    )
    epv = [found / max(len(own) + len(rest) / 2.0, 1.0) for found in n_events]
    is_withheld = [guards.is_withheld(per_variable, show_unreliable) for per_variable in epv]
    reason = guards.NO_COMPLETE_CASES if not len(happened) else guards.NO_EVENTS if not happened.any() else ""
    late_rows = np.flatnonzero(is_late)
    split_at = np.concatenate([np.arange(len(times)), late_rows])
    is_second = np.arange(len(split_at)) >= len(times)
    ends = np.where(is_second, times[split_at], np.minimum(times[split_at], cut))
    in_period = np.where(is_second, events[split_at], events[split_at] * ~is_late[split_at])
    columns = [(j, period) for j in own for period in (0, 1)] + [(j, 2) for j in rest]
    values = [
        chosen.matrix[kept][split_at, j] * (1.0 if period == 2 else is_second == bool(period)) for j, period in columns
    ]
    reasons, keep = {}, []
    for at, (j, period) in enumerate(columns):
        why = reason or reduced.reasons.get(j, "")
        why = why or (_why(values[at], in_period, is_second == bool(period)) if period < 2 else "")
        reasons[at] = why or (guards.NO_VARIATION if np.ptp(values[at]) == 0.0 else "")
        keep += [at] if not reasons[at] else []
    fitted = None
    if keep and not reason:
        each = counts[split_at]
        entry = np.where(is_second, cut, -1.0)
        cases = Cases(ends, in_period, np.column_stack([values[at] for at in keep]), each, entry)
        by = members_of(np.arange(len(each)), codes[chosen.rows][kept][split_at], each) if cluster else None
        fitted = fit(cases, members=by, with_ph=False)
    rows = []
    for at, (j, period) in enumerate(columns):
        if period == 2:
            continue
        column = chosen.columns[j]
        row = base | {"term": column.term, "term_level": column.level, "reference": column.reference}
        row |= {"period": periods[period], "n_events": n_events[period], "events_per_variable": epv[period]}
        found: dict[str, Any] = {"note": reasons[at] or guards.NOT_CONVERGED}
        if at in keep and is_withheld[period]:
            found = {"note": guards.NOT_SHOWN}
        elif fitted is not None and at in keep:
            found = {"note": ""} | wald(fitted.coef[keep.index(at)], fitted.std_error[keep.index(at)])
        few = guards.events_per_variable_note(epv[period])
        rows.append(row | found | {"note": guards.join_notes(found["note"], few, adjusted)})
    pairs = [(keep.index(2 * i), keep.index(2 * i + 1)) for i in range(len(own)) if {2 * i, 2 * i + 1} <= set(keep)]
    if fitted is not None and pairs and not any(is_withheld):
        contrast = np.zeros((len(pairs), len(keep)))
        for i, (first, second) in enumerate(pairs):
            contrast[i, first], contrast[i, second] = 1.0, -1.0
        difference, spread = contrast @ fitted.coef, contrast @ fitted.covariance @ contrast.T
        if np.linalg.matrix_rank(spread) == len(pairs):
            statistic = float(difference @ np.linalg.solve(spread, difference))
            tested = base | {"quantity": "period_chi2", "term": term, "n_events": sum(n_events)}
            rows += model_row(tested, "period_chi2", statistic, len(pairs), adjusted)
    return tidy(rows, COLUMNS)


def _why(values: np.ndarray, events: np.ndarray, in_period: np.ndarray) -> str:
    """Return why a term has no ratio in a period, if it has none."""
    own, happened = values[in_period], events[in_period]
    if not happened.any():
        return "no event in the period"
    if len(own) == 0 or np.ptp(own) == 0.0:
        return guards.NOTHING_TO_COMPARE
    if np.isin(own, (0.0, 1.0)).all() and (not happened[own == 1.0].any() or not happened[own == 0.0].any()):
        return "no event in one group in the period (separation): not estimable"
    return ""
