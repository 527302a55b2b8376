"""Says what difference the primary contrast of the registry's own plan can see with the events so far."""

from typing import TYPE_CHECKING

import duckdb

from schemas.own_plan import LTP, PREFIX, PRIMARY
from warehouse.cohorts.plan_form import Plan
from warehouse.cohorts.subjects import Question
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import counted
from workflows.plan_choice import chosen

if TYPE_CHECKING:
    import pandas as pd

COUNT = "count"


def primary_sizes(con: duckdb.DuckDBPyConnection, plan: Plan) -> "pd.DataFrame | None":
    """Return the rows of analysis.sample_size of the primary contrast; None without one, for LTP without time, and
    where it cannot be made tonight, which its model says.
    """
    from analysis.plan.sample_size import contrast_sizes

    asked = plan.primary
    if asked is None or asked.endpoint == LTP:
        return None
    term = plan.named.get(asked.contrast) or Term(column=asked.contrast)
    try:
        found = counted(con, chosen(con, asked), Question(asked.endpoint, asked.level), term)
    except QueryFailed:
        return None
    labels = {"endpoint": asked.endpoint, "level": asked.level, "model": f"{PREFIX}{PRIMARY}"}
    reference = asked.reference or term.reference
    return contrast_sizes(found.frame, term.name, reference, labels=labels, count=COUNT)
