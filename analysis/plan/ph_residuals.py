"""The residuals behind the test of proportional hazards: one row per event time and term of the main Cox model.

Each estimate is the log hazard ratio that the events of that time alone would suggest; a level course supports
proportional hazards.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.declared_models import COX_MODELS, REFERENCES, cohort_rows
from analysis.regression import estimable_terms
from analysis.regression.cox_fit import fit
from analysis.regression.design_matrix import design
from analysis.regression.model_rows import finite
from analysis.regression.proportionality import residual_rows
from analysis.regression.risk_sets import Cases, risk_sets
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.tidy import as_float, tidy
from schemas.thresholds import DAYS_PER_MONTH

MODEL = COX_MODELS[0]
METHOD = "scaled Schoenfeld residuals"
COLUMNS = ["endpoint", "level", "model", "cohort", "analysis", "term", "term_level", "reference", "time_months", "n"]
COLUMNS += ["n_events", "quantity", "estimate", "method", "note"]
MAX_TIMES = 400
"""With more event times than this, neighbouring ones are averaged in groups of equal size."""


def ph_residuals(registry: AnalysisFrames) -> pd.DataFrame:
    """Return scaled residuals of the multivariable model by month (COLUMNS); no rows without a fitted model."""
    frame = finite(cohort_rows(registry.subjects(MODEL.endpoint, "patient"), MODEL.cohort), ["days", "event"])
    chosen = design(frame, MODEL.covariates, references=REFERENCES, count=COUNT)
    times, events = as_float(frame["days"])[chosen.rows], (as_float(frame["event"])[chosen.rows] == 1).astype(int)
    if not events.any():
        return tidy([], COLUMNS)
    reduced = estimable_terms.reduce_design(chosen, events, chosen.count, is_logistic=False)
    kept = reduced.rows
    matrix = chosen.block(kept, reduced.columns)
    cases = Cases(times[kept], events[kept], matrix, chosen.count[kept])
    fitted = fit(cases) if reduced.columns else None
    if fitted is None:
        return tidy([], COLUMNS)
    sets = risk_sets(cases, fitted.coef)
    found = residual_rows(cases, fitted.coef, fitted.covariance, sets)
    counts = cases.count[sets.rows][np.argsort(cases.time[sets.rows], kind="stable")]
    base: dict[str, Any] = {"endpoint": MODEL.endpoint, "level": "patient", "model": MODEL.name, "cohort": MODEL.cohort}
    base |= {"analysis": "multivariable", "n": int(cases.count.sum()), "quantity": "log_hazard_ratio", "method": METHOD}
    rows: list[dict[str, Any]] = []
    for at, j in enumerate(reduced.columns):
        own = found[found["column"] == at]
        column = chosen.columns[j]
        term = base | {"term": column.term, "term_level": column.level, "reference": column.reference}
        distinct, code = np.unique(own["time"].to_numpy(), return_inverse=True)
        code = code * MAX_TIMES // len(distinct) if len(distinct) > MAX_TIMES else code
        total = np.bincount(code, weights=counts)
        months = np.bincount(code, weights=counts * own["time"].to_numpy()) / total / DAYS_PER_MONTH
        means = np.bincount(code, weights=counts * own["scaled"].to_numpy()) / total
        rows += [
            term | {"time_months": months[k], "n_events": int(total[k]), "estimate": means[k]}
            for k in range(len(total))
        ]
    return tidy(rows, COLUMNS)
