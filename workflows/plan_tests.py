"""Puts a Cox or logistic model of the registry's own plan to the test, where the plan says `test = true`: how well it
predicts on its own subjects, and how much of that is optimism.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb

from analysis.removals import CAUSE_SPECIFIC
from schemas.own_plan import LOGISTIC
from schemas.thresholds import TEST_MONTHS
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.plan_form import Plan, PlannedModel
from warehouse.cohorts.subjects import Question
from workflows.cohort_estimates.asked import does_compete
from workflows.cohort_estimates.models import (
    PATIENT_KEY,
    FormulaAsked,
    rows_of_formula,
)
from workflows.cohort_estimates.status import rows_of_status

if TYPE_CHECKING:
    import pandas as pd

    from analysis.validation.logistic_model import Statuses
    from analysis.validation.optimism import Subjects

TABLE = "model_performance"
NOTHING_LEFT = "no term of the model can be estimated: nothing to test"


def performance_of(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    plan: Plan,
    model: PlannedModel,
    labels: Mapping[str, str],
    months: Sequence[float] = TEST_MONTHS,
) -> "pd.DataFrame":
    """Return the rows of the model in analysis.model_performance. QueryFailed if the data cannot support it."""
    from analysis.tidy import tidy
    from analysis.validation.own_model import own_model
    from analysis.validation.performance import AUC, COLUMNS, HARRELL

    if model.fitted_by == LOGISTIC:
        from analysis.validation.logistic_model import logistic_model

        statuses, note = statuses_of(con, choice, plan, model)
        if not statuses.matrix.shape[1]:
            return tidy([dict(labels) | {"quantity": AUC, "note": NOTHING_LEFT}], COLUMNS)
        return logistic_model(statuses, labels, note)
    subjects, note = subjects_of(con, choice, plan, model)
    if not subjects.matrix.shape[1]:
        return tidy([dict(labels) | {"quantity": HARRELL, "note": NOTHING_LEFT}], COLUMNS)
    return own_model(
        subjects,
        months,
        labels,
        is_clustered=model.level == "lesion",
        competes=does_compete(con, Question(model.endpoint, model.level)),
        note=note,
    )


def subjects_of(
    con: duckdb.DuckDBPyConnection, choice: Choice, plan: Plan, model: PlannedModel
) -> "tuple[Subjects, str]":
    """Return the complete cases of a model, one a row in the order of their keys, with the columns that can be
    estimated, and what there is to say of who and what is left out.
    """
    import numpy as np

    from analysis import guards
    from analysis.regression.design_matrix import design
    from analysis.regression.estimable_terms import reduce_design
    from analysis.regression.model_rows import cluster_codes, finite
    from analysis.tidy import as_float
    from analysis.validation.optimism import Subjects

    question = Question(model.endpoint, model.level)
    asked = FormulaAsked(model.formula, (), "patient_id", model.references, named=plan.named, is_strict=True)
    rows = rows_of_formula(con, choice, question, asked)
    frame = finite(rows.frame, ["days", "event"]).reset_index(drop=True)
    made = design(frame, rows.covariates, references=rows.references)
    causes = as_float(frame["event"])[made.rows].astype(int)
    if not does_compete(con, question):
        causes = (causes == 1).astype(int)
    reduced = reduce_design(made, (causes == 1).astype(int), made.count, is_logistic=False)
    own = made.rows[reduced.rows]
    codes = cluster_codes(frame.iloc[own], PATIENT_KEY) if len(own) else np.empty(0, dtype=np.int64)
    matrix = made.block(reduced.rows, reduced.columns)
    cautions = [part for part in str(rows.more["note"]).split("; ") if not part.startswith(CAUSE_SPECIFIC)]
    note = guards.join_notes(reduced.set_aside, made.missing_note, *cautions)
    return Subjects(as_float(frame["days"])[own], causes[reduced.rows], matrix, codes), note


def statuses_of(
    con: duckdb.DuckDBPyConnection, choice: Choice, plan: Plan, model: PlannedModel
) -> "tuple[Statuses, str]":
    """Return the same of a logistic model."""
    import numpy as np

    from analysis import guards
    from analysis.regression.design_matrix import design
    from analysis.regression.estimable_terms import reduce_design
    from analysis.regression.model_rows import cluster_codes
    from analysis.tidy import as_float
    from analysis.validation.logistic_model import Statuses

    asked = FormulaAsked(model.formula, (), None, model.references, named=plan.named, is_strict=True)
    rows = rows_of_status(con, choice, model.level, asked)
    made = design(rows.frame, rows.covariates, references=rows.references)
    outcome = as_float(rows.frame["ltp"])[made.rows]
    reduced = reduce_design(made, outcome, made.count, is_logistic=True)
    own = made.rows[reduced.rows]
    codes = cluster_codes(rows.frame.iloc[own], PATIENT_KEY) if len(own) else np.empty(0, dtype=np.int64)
    matrix = made.block(reduced.rows, reduced.columns)
    note = guards.join_notes(reduced.set_aside, made.missing_note, str(rows.more["note"]))
    return Statuses(outcome[reduced.rows], matrix, codes, model.level == "lesion"), note
