"""Says what difference the primary contrast of the registry's own plan can see with the events that its model has."""

from typing import TYPE_CHECKING

from schemas.own_plan import PREFIX, PRIMARY
from warehouse.cohorts.plan_form import Plan
from warehouse.cohorts.terms import Term
from workflows.cohort_estimates.models import FormulaRows

if TYPE_CHECKING:
    import pandas as pd

OF_MODEL = "of those in the model"


def primary_sizes(plan: Plan, rows: FormulaRows) -> "pd.DataFrame":
    """Return the rows of analysis.sample_size of the primary contrast, of whom its model is fitted to: everything that
    the model names is known of them, and they were watched. `rows` are the model's.
    """
    from analysis.plan.sample_size import contrast_sizes

    asked = plan.primary
    assert asked is not None
    term = plan.named.get(asked.contrast) or Term(column=asked.contrast)
    labels = {"endpoint": asked.endpoint, "level": asked.level, "model": f"{PREFIX}{PRIMARY}"}
    reference = asked.reference or term.reference
    count = rows.more.get("count")
    return contrast_sizes(in_model(rows), term.name, reference, labels=labels, count=count, note=OF_MODEL)


def in_model(rows: FormulaRows) -> "pd.DataFrame":
    """Return the rows that a model of times is fitted to."""
    import numpy as np

    from analysis.regression.formula_terms import is_present
    from analysis.regression.model_rows import cluster_codes
    from analysis.tidy import as_float

    frame = rows.frame
    is_in = np.isfinite(as_float(frame["days"])) & np.isfinite(as_float(frame["event"]))
    for name in rows.covariates:
        is_in &= is_present(frame[name])
    if entry := rows.more.get("entry"):
        is_in &= as_float(frame["days"]) > as_float(frame[entry])
    if cluster := rows.more.get("cluster"):
        is_in &= cluster_codes(frame, cluster) >= 0
    return frame[is_in]
