"""The rows of a logistic model of a cohort: whether there was LTP at all, which has no time."""

import duckdb

from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.subjects import each_status
from workflows.cohort_estimates.asked import caution_of_outcomes, refuse_many_groups
from workflows.cohort_estimates.models import (
    FormulaAsked,
    FormulaRows,
    cautions_of_terms,
    is_number,
    terms_of,
    with_columns,
)


def rows_of_status(con: duckdb.DuckDBPyConnection, choice: Choice, level: str, asked: FormulaAsked) -> FormulaRows:
    """Return the rows of a formula's model of those evaluable for LTP. QueryFailed if the data cannot support it."""
    from analysis.regression.formula_terms import read_formula

    terms = read_formula(asked.formula, is_strict=True)
    used = terms_of(asked, terms, level)
    frame = each_status(con, choice, level, used)
    refuse_many_groups(frame, [term for term in used if not is_number(term, level)])
    rows = with_columns(frame, asked, terms, used, level, {})
    cautions = (caution_of_outcomes(used), *cautions_of_terms(rows, terms, used))
    rows.more["note"] = "; ".join(part for part in cautions if part)
    return rows
