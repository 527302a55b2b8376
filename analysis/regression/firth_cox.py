"""Cox's model with few events, or none in a group: Firth's penalised partial likelihood.

Half the log determinant of the information is added to the log partial likelihood (Heinze and Schemper, Biometrics
2001;57:114), which takes away the first-order bias and keeps a ratio finite where a level has no event. Limits from the
penalised profile, tests by the penalised likelihood ratio: Wald's would not notice a separated level. Ties by Breslow,
which the penalty is written for here: with ties the estimate is not that of a plain model by Efron. R's ``coxphf``
maximises the same; it is held against a maximisation written over R's ``coxph``. Subjects are taken for independent,
so it is for patients. It draws ratios towards 1 and makes few events no more: below 5 per variable they stay
unreliable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.cox import COLUMNS
from analysis.regression.design_matrix import design
from analysis.regression.firth import MAX_STEPS, TOLERANCE, converged, profile_limits
from analysis.regression.model_rows import finite, term_rows
from analysis.tidy import as_float, tidy

METHOD = "Firth's penalised Cox model, Breslow ties, profile interval"
TOLERANCES = (TOLERANCE, 1e-6)
"""The second where no step at the first raises the likelihood any more, in its last digits: that is the maximum too."""


def firth_cox(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``hazard_ratio`` per term and level (COLUMNS of cox.py; the columns on proportional hazards are
    null).

    ``event`` 1 is the event; complete cases; ``std_error`` is from the information, ``p_value`` from the penalised
    likelihood ratio. A limit that is infinite is null, and the note says so. Below 5 events per variable null unless
    ``show_unreliable``.
    """
    frame = finite(frame, [time, event])
    chosen = design(frame, covariates, references=references, count=count)
    events = (as_float(frame[event])[chosen.rows] == 1).astype(int)
    n_events = int(events @ chosen.count)
    epv, of_columns = estimable_terms.events_per_variable(n_events, chosen)
    base = dict(labels or {}) | {"n": int(chosen.count.sum()), "n_events": n_events, "method": METHOD}
    base |= {"events_per_variable": epv, "quantity": "hazard_ratio"}
    notes = guards.join_notes(guards.events_per_variable_note(epv), of_columns, chosen.missing_note, note)
    reason = "" if n_events else (guards.NO_EVENTS if len(events) else guards.NO_COMPLETE_CASES)
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    if reason:
        return tidy(term_rows(chosen.columns, estimable_terms.all_for(chosen, reason), {}, base, notes), COLUMNS)
    reduced = estimable_terms.reduce_design(chosen, events, chosen.count, is_logistic=False, may_separate=True)
    figures: dict[int, dict[str, Any]] = {}
    if reduced.columns:
        matrix = chosen.block(reduced.rows, reduced.columns)
        each = np.repeat(np.arange(len(events)), chosen.count.astype(int))  # the library takes no counts
        figures = _figures(matrix[each], as_float(frame[time])[chosen.rows][each], events[each] == 1, reduced.columns)
    return tidy(term_rows(chosen.columns, reduced, figures, base, notes), COLUMNS)


def _figures(matrix: np.ndarray, time: np.ndarray, event: np.ndarray, columns: list[int]) -> dict[int, dict[str, Any]]:
    """Return position in the design -> what its row says; empty if the likelihood has no maximum."""
    from firthmodels import FirthCoxPH

    scale = matrix.std(axis=0)
    standardised = (matrix - matrix.mean(axis=0)) / scale
    for tolerance in TOLERANCES:
        model = FirthCoxPH(max_iter=MAX_STEPS, gtol=tolerance, xtol=tolerance)
        if converged(partial(model.fit, standardised, (event, time))) is not None:
            break
    else:
        return {}
    if not np.isfinite(model.bse_).all():
        return {}
    found = {}
    for at, j in enumerate(columns):
        limits = dict(zip(("lower", "upper"), profile_limits(model, at), strict=True))
        is_tested = converged(partial(model.lrt, at)) is not None
        row: dict[str, Any] = {"coef": model.coef_[at] / scale[at], "std_error": model.bse_[at] / scale[at], "df": 1}
        row["p_value"] = float(model.lrt_pvalues_[at]) if is_tested else None
        for name, value in (limits | {"estimate": model.coef_[at]}).items():
            row[name] = None if value is None else float(np.exp(value / scale[at]))
        infinite = " and ".join(name for name, value in limits.items() if value is None)
        found[j] = row | {"note": f"no finite {infinite} limit" if infinite else ""}
    return found
