"""Reads the rows of a study's analyses at one site, with the columns that every site's model has.

Columns of a formula are made by the code of all models. What a class can be, and where a spline has its knots, is told
to it by rows that stand for nobody and are taken out again: so a site without a class has the same columns as others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.plan_form import Plan, PlannedCurves, PlannedModel
from warehouse.cohorts.subjects import KEYS, Question, check_question, each_subject
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import OVERALL, does_compete, joined_labels, refuse_terms_of_strata
from workflows.cohort_estimates.models import FormulaAsked, is_number, terms_of
from workflows.federated.study import labels_of
from workflows.plan_checks import read_strictly, term_of
from workflows.plan_choice import chosen

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from analysis.regression.design_matrix import Column
    from analysis.regression.formula_terms import FormulaTerms


@dataclass(frozen=True)
class Subjects:
    """Those in an analysis: their keys, days and events, and for each grouping a label (analysis/tidy.py)."""

    endpoint: str
    level: str
    competes: bool
    keys: list[tuple[str, ...]]
    days: "np.ndarray"
    event: "np.ndarray"
    groups: "dict[str, np.ndarray]"


@dataclass(frozen=True)
class ModelRows:
    """The complete cases of a model, a row of ``matrix`` for each, its columns, and the stratum of each case. The
    groups of the subjects are the classes of each term, and the zeros and ones of other columns.
    """

    subjects: Subjects
    columns: "tuple[Column, ...]"
    matrix: "np.ndarray"
    stratum: "np.ndarray"


def rows_of_curves(
    con: duckdb.DuckDBPyConnection, plan: Plan, curves: PlannedCurves, criteria: Sequence[Criterion] = ()
) -> Subjects:
    """Return the subjects of curves, by groups if they have any. QueryFailed if the release lacks the endpoint."""
    from analysis.tidy import stratum_labels

    question = Question(curves.endpoint, curves.level)
    check_question(con, question)
    by = term_of(plan, curves.by) if curves.by else None
    frame = each_subject(con, chosen(con, curves, criteria), question, [by] if by else [])
    groups = {by.name: stratum_labels(frame[by.name])} if by else {}
    return _subjects(con, question, frame, groups)


def rows_of_model(
    con: duckdb.DuckDBPyConnection, plan: Plan, model: PlannedModel, criteria: Sequence[Criterion] = ()
) -> ModelRows:
    """Return the complete cases of a model. QueryFailed if the release lacks the endpoint, or a term has no values."""
    import numpy as np

    from analysis.regression.design_matrix import design
    from analysis.regression.formula_terms import FormulaRefused, formula_columns
    from analysis.tidy import stratum_labels

    question = Question(model.endpoint, model.level)
    check_question(con, question)
    terms = read_strictly(model.formula, f"model {model.name}")
    asked = FormulaAsked(model.formula, model.strata, None, model.references, plan.named, is_strict=True)
    used = terms_of(asked, terms, model.level)
    beside = [asked.term(name) for name in model.strata]
    refuse_terms_of_strata([asked.term(name) for name in terms.plain], beside)
    taken = {term.name for term in used}
    wanted = [*used, *(term for term in beside if term.name not in taken)]
    frame = each_subject(con, chosen(con, model, criteria), question, wanted)
    n = len(frame)
    references = {term.name: term.reference for term in used if term.reference}
    try:
        whole, covariates = formula_columns(_with_nobody(frame, used, terms, model.level), terms, references)
    except FormulaRefused as refused:
        raise QueryFailed(f"model {model.name}: {refused}", refused.cure or "See docs/plans.md.") from None
    known = frame[list(model.strata)].notna().all(axis=1).to_numpy() if model.strata else np.ones(n, dtype=bool)
    is_known = np.concatenate([known, np.ones(len(whole) - n, dtype=bool)])
    whole = whole.assign(**{IN_A_STRATUM: np.where(is_known, 1.0, np.nan)})
    found = design(whole, covariates, references=references, also_complete=[IN_A_STRATUM])
    is_case = found.rows < n
    own, matrix = frame.iloc[found.rows[is_case]].reset_index(drop=True), found.matrix[is_case]
    stratum = np.full(len(own), OVERALL, dtype=object)
    if model.strata:
        names = [term.name for term in beside]
        one = stratum_labels(own[names[0]]) if len(names) == 1 else joined_labels(own, names)
        stratum = np.asarray(one, dtype=object)
    subjects = _subjects(con, question, own, _groups(found.columns, matrix))
    return ModelRows(subjects, found.columns, matrix, stratum)


IN_A_STRATUM = "in a stratum"
ANY_NUMBER = 1.2345678
"""What rows of nobody have where any number does: one at which no formula is likely to fail."""


def _with_nobody(frame: "pd.DataFrame", used: Sequence[Term], terms: "FormulaTerms", level: str) -> "pd.DataFrame":
    """Return the rows, then rows of nobody who have every class and every knot, so that the columns are those of all
    sites.
    """
    import pandas as pd

    classes = {term.name: _typed(labels_of(term, level)) for term in used if not is_number(term, level)}
    numbers = {term.name: [ANY_NUMBER] for term in used if is_number(term, level)}
    for name, knots in terms.splines:
        numbers[name] = list(knots)
    given: dict[str, list[Any]] = {**classes, **numbers}
    longest = max(len(values) for values in given.values())
    made = {name: [values[i % len(values)] for i in range(longest)] for name, values in given.items()}
    kept = frame[list(made)].astype({name: object for name in classes} | {name: float for name in numbers})
    nobody = pd.DataFrame(made).astype(kept.dtypes.to_dict())
    together = pd.concat([kept, nobody], ignore_index=True)
    others = frame[[name for name in frame if name not in made]].reindex(range(len(together)))
    return pd.concat([others, together], axis=1)


def _typed(labels: list[str]) -> list[object]:
    """Return booleans as such, as the view has them."""
    return [label == "true" for label in labels] if set(labels) == {"false", "true"} else list(labels)


def _groups(columns: "tuple[Column, ...]", matrix: "np.ndarray") -> "dict[str, np.ndarray]":
    """Return the class of each case for each term: of other columns zero and one, if these are all."""
    import numpy as np

    from analysis.federated.pooled_cox import ABSENT, PRESENT

    groups: dict[str, np.ndarray] = {}
    for place, column in enumerate(columns):
        has_it = matrix[:, place] == 1.0
        if column.is_factor:
            labels = groups.setdefault(column.term, np.full(len(matrix), column.reference, dtype=object))
            labels[has_it] = column.level
        elif np.isin(matrix[:, place], (0.0, 1.0)).all():
            groups[column.term] = np.where(has_it, PRESENT, ABSENT).astype(object)
    return groups


def _subjects(
    con: duckdb.DuckDBPyConnection, question: Question, frame: "pd.DataFrame", groups: "dict[str, np.ndarray]"
) -> Subjects:
    from analysis.tidy import as_float, whole_days

    names = KEYS[question.level].split(", ")
    keys = list(zip(*(frame[name].astype(str) for name in names), strict=True))
    competes = does_compete(con, question)
    event = as_float(frame["event"]).astype(int)
    return Subjects(question.endpoint, question.level, competes, keys, whole_days(frame["days"]), event, groups)
