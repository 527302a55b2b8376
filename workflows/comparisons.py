"""Compares two treatments as the registry's own plan asks: rows for analysis.comparisons and its curves."""

from typing import TYPE_CHECKING, Any

import duckdb

from analysis.removals import cause_specific
from schemas.own_plan import COMPARISON_CURVES, COMPARISONS, PREFIX
from warehouse.cohorts.plan_form import Plan, PlannedComparison
from warehouse.cohorts.subjects import Question, each_subject
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import caution_of_outcomes, check, does_compete, refuse_many_groups
from workflows.cohort_estimates.models import (
    PATIENT_KEY,
    FormulaAsked,
    is_number,
    terms_of,
    with_columns,
)
from workflows.plan_choice import caution_of_subgroup, chosen

if TYPE_CHECKING:
    import pandas as pd

    from analysis.comparison.compare import Compared

OVERLAP_GUARD, BALANCE_GUARD = "overlap of propensity scores", "largest difference after weighting"


def compared(con: duckdb.DuckDBPyConnection, plan: Plan, asked: PlannedComparison) -> "dict[str, pd.DataFrame]":
    """Return the rows of one comparison by analysis table; with a reason where the data cannot support it tonight."""
    from analysis.comparison.compare import COLUMNS, RATIO
    from analysis.tidy import tidy

    labels = {"endpoint": asked.endpoint, "level": asked.level, "model": f"{PREFIX}{asked.name}"}
    labels |= {"cohort": asked.subgroup or "all"}
    try:
        found = _found(con, plan, asked, labels)
    except QueryFailed as failed:
        row: dict[str, Any] = labels | {"grouping": asked.treatment, "quantity": RATIO, "note": str(failed)}
        return {COMPARISONS: tidy([row], COLUMNS), "guards": _guards(labels, str(failed))}
    curves = found.curves.assign(grouping=f"{PREFIX}{asked.name}")
    return {
        COMPARISONS: found.table,
        COMPARISON_CURVES: curves,
        "guards": _guards(labels | {"grouping": asked.treatment}, found.reason, found.table),
    }


def _found(con: duckdb.DuckDBPyConnection, plan: Plan, asked: PlannedComparison, labels: dict[str, str]) -> "Compared":
    from analysis.comparison.compare import compare
    from analysis.regression.formula_terms import read_formula
    from analysis.tidy import stratum_labels

    choice, question = chosen(con, asked), Question(asked.endpoint, asked.level)
    of = FormulaAsked(f"{asked.treatment} + {asked.confounders}", named=plan.named, is_strict=True)
    terms = read_formula(of.formula, is_strict=True)
    used = terms_of(of, terms, asked.level)
    check(con, question, used)
    frame = each_subject(con, choice, question, used)
    is_compared = [label in asked.levels for label in stratum_labels(frame[asked.treatment])]
    frame = frame[is_compared].reset_index(drop=True)
    refuse_many_groups(frame, [term for term in used if not is_number(term, asked.level)])
    notes = [caution_of_outcomes(used), caution_of_subgroup(choice)]
    notes += [cause_specific(frame["event"])] if does_compete(con, question) else []
    rows = with_columns(frame, of, terms, used, asked.level, {})
    return compare(
        rows.frame,
        asked.treatment,
        asked.levels,
        [name for name in rows.covariates if name != asked.treatment],
        [name for name in terms.names if name != asked.treatment],
        estimand=asked.estimand,
        cluster=PATIENT_KEY if asked.level == "lesion" else None,
        labels=labels,
        note="; ".join(note for note in notes if note),
    )


def _guards(labels: dict[str, str], reason: str, table: "pd.DataFrame | None" = None) -> "pd.DataFrame":
    """Return what was checked: the overlap, and the largest standardised difference that the weights leave."""
    from analysis.comparison.compare import AFTER, OUTSIDE
    from analysis.plan.guard_table import COLUMNS
    from analysis.tidy import tidy
    from schemas.thresholds import BALANCED_DIFFERENCE

    row: dict[str, Any] = labels | {
        "guard": OVERLAP_GUARD,
        "state": "not estimable" if reason else "ok",
        "note": reason,
    }
    if table is None:
        return tidy([row], COLUMNS)
    of_all = {"n": table["n"].iloc[0], "n_events": table["n_events"].iloc[0]}
    outside = table.loc[table["quantity"] == OUTSIDE, "estimate"]
    rows = [row | of_all | {"estimate": outside.iloc[0] if len(outside) else None}]
    after = table.loc[table["quantity"] == AFTER, "estimate"].abs()
    if len(after):
        state = "caution" if after.max() > BALANCED_DIFFERENCE else "ok"
        rows.append(labels | of_all | {"guard": BALANCE_GUARD, "estimate": after.max(), "state": state})
    return tidy(rows, COLUMNS)
