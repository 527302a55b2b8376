"""A Cox model of the registry's own put to the test: its figures on its own subjects, less their optimism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.tidy import OVERALL, tidy
from analysis.validation import optimism
from analysis.validation.optimism import Measured, Subjects
from analysis.validation.performance import COLUMNS, HARRELL, Scored, few_events, performance
from schemas.thresholds import DAYS_PER_MONTH, TEST_EVENTS_LEAST

NOT_FITTED = "the model cannot be fitted: nothing to test"
TOO_MANY_FAILED = "{n_failed} of {n} drawings could not be fitted: no optimism is given"
FAILED = "{n_failed} of {n} drawings could not be fitted"
APPARENT = "apparent: on the subjects that the model was fitted to"


def own_model(
    subjects: Subjects,
    months: Sequence[float],
    labels: Mapping[str, Any],
    *,
    is_clustered: bool,
    competes: bool,
    note: str = "",
) -> pd.DataFrame:
    """Return the rows of ``performance`` with ``optimism`` and ``corrected`` (the estimate less its optimism) of C,
    slope, AUC, Brier score and the observed share of each group of predicted risk.
    """
    n_events = int((subjects.causes == 1).sum())
    base = dict(labels) | {"quantity": HARRELL, "stratum": OVERALL, "n": len(subjects.time), "n_events": n_events}
    if n_events < TEST_EVENTS_LEAST:
        return tidy([base | {"method": "Harrell's C", "note": guards.join_notes(few_events(n_events), note)}], COLUMNS)
    last = float(subjects.time.max())
    seen = [month for month in months if month * DAYS_PER_MONTH <= last]
    found = optimism.bootstrapped(subjects, [month * DAYS_PER_MONTH for month in seen])
    if found is None:
        return tidy([base | {"method": "Harrell's C", "note": guards.join_notes(NOT_FITTED, note)}], COLUMNS)
    score = found.model.score(subjects.matrix)
    by_day = found.model.risks(score, [month * DAYS_PER_MONTH for month in seen])
    risks = {month: by_day[month * DAYS_PER_MONTH] for month in seen}
    scored = Scored(subjects.time, subjects.causes, score, subjects.cluster, is_clustered, competes, risks)
    table = performance(scored, months, labels, guards.join_notes(_drawn(found), APPARENT, note))
    gone = [found.optimism.get(figure, np.nan) if figure else np.nan for figure in _figures(table)]
    table["optimism"] = np.array(gone, dtype=float)
    table["corrected"] = table["estimate"] - table["optimism"]
    return table


def _drawn(found: Measured) -> str:
    if not found.n_failed:
        return ""
    words = FAILED if found.optimism else TOO_MANY_FAILED
    return words.format(n_failed=found.n_failed, n=found.n_drawn)


def _figures(table: pd.DataFrame) -> list[optimism.Figure | None]:
    """Return what each row is called among the figures of ``optimism``; None where it is none of them."""
    found: list[optimism.Figure | None] = []
    of_groups = {optimism.CALIBRATION}
    plain = {optimism.HARRELL, optimism.SLOPE, optimism.AUC, optimism.BRIER}
    for quantity, month, stratum in table[["quantity", "time_months", "stratum"]].itertuples(index=False):
        at = 0.0 if month != month else float(month) * DAYS_PER_MONTH
        if quantity in plain:
            found.append((quantity, at, 0))
        elif quantity in of_groups and " of " in stratum:
            found.append((quantity, at, int(stratum.split(" of ")[0]) - 1))
        else:
            found.append(None)
    return found
