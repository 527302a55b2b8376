"""Makes a plan's model with missing values imputed, pooled by Rubin's rules: rows beside those of the complete cases.

Columns of the cohort views are imputed, and terms, classes and splines are made from them afterwards, in each completed
data set. Each of these is fitted like the complete cases, with the same guards.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.cohort import COVARIATES, GENOTYPE
from schemas.own_plan import DEGREES_OF_FREEDOM, IMPUTED, LOGISTIC, MISSING_INFORMATION
from schemas.thresholds import FEWEST_KNOWN, IMPUTATIONS_PER_FMI, KNOWN_PER_PREDICTOR, MOST_MISSING
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.plan_form import Plan, PlannedModel
from warehouse.cohorts.subjects import KEYS, Question, each_status, each_subject
from warehouse.cohorts.terms import ENTRY_DAYS, EntryTerm, Term
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import STRATUM, columns_of, joined_labels
from workflows.cohort_estimates.in_time import cut_in_time, of_whom_is_known
from workflows.cohort_estimates.models import FormulaAsked, FormulaRows, terms_of, with_columns
from workflows.imputed_columns import columns_of_model, may_impute

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

OF_PATIENT = GENOTYPE | COVARIATES | {"n_lesions"}
"""Columns that are the same for all lesions of a patient."""
CURE = "Take imputations out of the model: its complete cases are all there are."


@dataclass(frozen=True)
class Holes:
    """The rows of a model before its terms are made: `rows` that can be used, the columns to impute with how many cells
    each lacks, and a note on what was left out.
    """

    rows: "pd.DataFrame"
    lacking: dict[str, int]
    note: str


def completed_rows(
    con: duckdb.DuckDBPyConnection, plan: Plan, model: PlannedModel, choice: Choice, more: dict[str, Any]
) -> tuple[Iterator[FormulaRows], str]:
    """Return the rows of the model once for each imputation, made when they are asked for, and a note on what was
    imputed. `more`: how the model takes its complete cases. QueryFailed, with its cure, if there is nothing to impute
    or too much.
    """
    from analysis.regression.formula_terms import read_formula
    from analysis.regression.imputation import completed
    from analysis.subjects.start_stop import START, SUBJECT

    own_keys: dict[str, Any] = {"is_strict": True, "entry": model.entry, "varying": model.time_varying}
    asked = FormulaAsked(model.formula, model.strata, model.cluster, model.references, plan.named, **own_keys)
    formula = read_formula(model.formula, is_strict=True)
    used = terms_of(asked, formula, model.level)
    beside = [term for name in model.strata if (term := asked.term(name)).name not in {one.name for one in used}]
    columns = columns_of_model(plan, model)
    of_all = _each(con, model, choice, columns)
    each, notes = _watched(of_whom_is_known(con, of_all, model.time_varying)[0])
    holes = _holes(each, columns, plan, model)
    known = holes.rows[columns]
    question = Question(model.endpoint, model.level)
    course = cut_in_time(con, question, holes.rows, model.time_varying) if model.time_varying else None
    outcome = _outcome(holes.rows, model, course)
    _refuse_few(known, holes, outcome, model)
    owner = _patient_codes(holes.rows) if model.level == "lesion" else None
    of_owner = [name for name in holes.lacking if name in OF_PATIENT]
    draws = completed(
        known, list(holes.lacking), outcome, n=model.imputations or 0, seed=model.seed, owner=owner, of_owner=of_owner
    )

    def of_draw(draw: "pd.DataFrame") -> FormulaRows:
        frame = holes.rows.drop(columns=[name for name in columns if name not in KEYS[model.level].split(", ")])
        frame = frame.assign(**_made(con, draw, [*used, *beside], model.level))
        if len(model.strata) > 1:
            frame[STRATUM.join(model.strata)] = joined_labels(frame, model.strata)
        if course is not None:
            of_course = course[[START, "days", "event", SUBJECT, *model.varying_columns]]
            frame = (
                frame.iloc[course[SUBJECT]]
                .reset_index(drop=True)
                .assign(**{str(name): own for name, own in of_course.items()})
            )
        own = more | {"count": None} if "count" in more else more
        return with_columns(frame, asked, formula, used, model.level, own)

    return map(of_draw, draws), "; ".join([*notes, holes.note])


def _watched(rows: "pd.DataFrame") -> "tuple[pd.DataFrame, list[str]]":
    """Return who is watched before the time ends, where there is an entry, with a note on the others."""
    if ENTRY_DAYS not in rows:
        return rows, []
    is_watched = (rows[ENTRY_DAYS] < rows["days"]).to_numpy()
    n_out = int((~is_watched).sum())
    said = [f"{n_out} rows that ended before entry left out"] if n_out else []
    return rows[is_watched].reset_index(drop=True), said


def _each(
    con: duckdb.DuckDBPyConnection, model: PlannedModel, choice: Choice, columns: Sequence[str]
) -> "pd.DataFrame":
    """Return one row for each subject with its outcome, the columns, and the one that the variance is clustered by."""
    wanted = [Term(column=name) for name in columns]
    if model.cluster not in (None, "patient_id", *columns):
        wanted.append(Term(column=str(model.cluster)))
    if model.entry is not None:
        wanted.append(EntryTerm(column=model.entry))
    if model.fitted_by == LOGISTIC:
        return each_status(con, choice, model.level, wanted)
    return each_subject(con, choice, Question(model.endpoint, model.level), wanted)


def _holes(rows: "pd.DataFrame", columns: Sequence[str], plan: Plan, model: PlannedModel) -> Holes:
    """Leave out rows that lack what is not imputed, and count what the others lack. QueryFailed if that is nothing."""
    from analysis.regression.imputation import ASSUMED, is_missing

    allowed = may_impute(plan, model)
    lacks = {name: is_missing(rows[name]) for name in columns}
    others = {name: int(cells.sum()) for name, cells in lacks.items() if name not in allowed and cells.any()}
    for name in others:
        rows = rows[~is_missing(rows[name])]
    n_left_out = len(next(iter(lacks.values()), [])) - len(rows)
    lacking = {name: n for name in columns if name in allowed and (n := int(is_missing(rows[name]).sum()))}
    if not lacking:
        only = f"Only {', '.join(others)} lack values, and impute does not name them." if others else ""
        cure = f"Write impute = [...] with the columns that may be imputed, or: {CURE}" if others else CURE
        raise QueryFailed(only or f"Nothing is missing in {', '.join(columns)}, so nothing is imputed.", cure)
    cells = ", ".join(f"{name} {n}" for name, n in lacking.items())
    note = f"imputed of {len(rows)} {model.level}s: {cells}"
    if n_left_out:
        of = ", ".join(f"{name} {n}" for name, n in others.items())
        note += f"; {n_left_out} left out for missing values that are not imputed ({of})"
    if model.level == "lesion":
        note += "; imputed lesion by lesion, a patient's own columns once, and clustered in the variance alone"
    return Holes(rows.reset_index(drop=True), lacking, f"{note}; {ASSUMED}")


def _outcome(rows: "pd.DataFrame", model: PlannedModel, course: "pd.DataFrame | None") -> "dict[str, np.ndarray]":
    from analysis.regression.imputation import outcome_columns
    from analysis.tidy import as_float

    if model.fitted_by == LOGISTIC:
        return outcome_columns(as_float(rows["ltp"]))
    entry = as_float(rows[ENTRY_DAYS]) if ENTRY_DAYS in rows else None
    return outcome_columns(as_float(rows["event"]), as_float(rows["days"]), entry, course, model.varying_columns)


def _refuse_few(known: "pd.DataFrame", holes: Holes, outcome: "dict[str, np.ndarray]", model: PlannedModel) -> None:
    """Raise QueryFailed if a column lacks too much, or has too few values to draw from."""
    if not outcome:
        raise QueryFailed("Nobody has the event, so nothing is imputed.", "Wait for events.")
    cure = "Leave it out of the model, or name the other columns in impute."
    n_columns = len(outcome) + sum(_width(known[name]) for name in known)
    for name, n in holes.lacking.items():
        n_known = len(known) - n
        if n > MOST_MISSING * len(known):
            said = f"{name} is missing in {n / len(known):.0%} of the {model.level}s, more than {MOST_MISSING:.0%}"
            raise QueryFailed(f"{said}: too much to impute.", cure)
        if n_known < max(FEWEST_KNOWN, KNOWN_PER_PREDICTOR * n_columns):
            said = f"{name} is known in {n_known} {model.level}s, too few to impute from with {n_columns} columns."
            raise QueryFailed(said, cure)


def _width(values: "pd.Series") -> int:
    """Return as how many columns a covariate enters an equation."""
    from analysis.regression.design_matrix import is_numeric
    from analysis.tidy import stratum_labels

    return 1 if is_numeric(values) else max(1, len(set(stratum_labels(values))) - 1)


def _patient_codes(rows: "pd.DataFrame") -> "np.ndarray":
    return rows.groupby(["site", "patient_id"], sort=False).ngroup().to_numpy()


def _made(con: duckdb.DuckDBPyConnection, draw: "pd.DataFrame", terms: Sequence[Term], level: str) -> dict[str, Any]:
    """Return the terms over completed columns, as the database makes them over a cohort view."""
    kinds = columns_of(level)
    columns = ", ".join(f'"{name}"::{kinds[name].kind} AS "{name}"' for name in map(str, draw))
    made = ", ".join(f"{term.sql()} AS t{place}" for place, term in enumerate(terms))
    con.register("imputed_rows", draw.assign(imputed_place=range(len(draw))))
    try:
        select = f"SELECT {columns}, imputed_place FROM imputed_rows"  # noqa: S608 (own names, checked)
        found = con.execute(f"SELECT {made} FROM ({select}) ORDER BY imputed_place").df()  # noqa: S608
    finally:
        con.unregister("imputed_rows")
    return {term.name: found[f"t{place}"] for place, term in enumerate(terms)}


def pooled_rows(tables: "Sequence[pd.DataFrame]", note: str, n_clusters: int | None) -> "pd.DataFrame":
    """Return the ratios of a model that was fitted to each completed data set, pooled, with the fraction of missing
    information and the degrees of freedom of each. A term that some fit cannot estimate is null, with that reason.
    """
    import numpy as np

    from analysis import guards
    from analysis.regression.pooling import pooled
    from analysis.tidy import records_of, tidy

    columns = list(tables[0].columns)
    fits = [[row for row in records_of(one, columns) if row["quantity"].endswith("_ratio")] for one in tables]
    by_term: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for rows in fits:
        for row in rows:
            by_term.setdefault((row["term"], row["term_level"]), []).append(row)
    found: list[dict[str, Any]] = []
    missing_information = [0.0]
    for rows in by_term.values():
        shared = rows[0] | {"method": f"{rows[0]['method']}, {len(tables)} imputations pooled by Rubin's rules"}
        shared |= dict.fromkeys(("estimate", "lower", "upper", "coef", "std_error", "df", "p_value"))
        shared |= dict.fromkeys(name for name in columns if name.startswith("ph_"))
        failed = [row for row in rows if row["coef"] is None]
        if failed or len(rows) < len(tables):
            why = f"not estimated in {len(failed) or len(tables) - len(rows)} of {len(tables)} imputations"
            found.append(shared | {"note": guards.join_notes(str((failed or rows)[0]["note"]), why, note)})
            continue
        df = _complete_df(rows[0], len(by_term), n_clusters)
        one = pooled(np.array([row["coef"] for row in rows]), np.array([row["std_error"] for row in rows]), df)
        limits = np.exp([one.estimate, *one.interval()])
        own = shared | dict(zip(("estimate", "lower", "upper"), limits, strict=True))
        said = {"note": guards.join_notes(str(rows[0]["note"]), note)}
        found.append(own | said | {"coef": one.estimate, "std_error": one.std_error, "p_value": one.p_value})
        for quantity, value in ((MISSING_INFORMATION, one.missing_information), (DEGREES_OF_FREEDOM, one.df)):
            found.append(shared | said | {"quantity": quantity, "estimate": value})
        missing_information.append(one.missing_information)
    found.sort(key=lambda row: not row["quantity"].endswith("_ratio"))
    return tidy(_with_more(found, max(missing_information), len(tables)), columns)


def _with_more(found: list[dict[str, Any]], largest: float, n: int) -> list[dict[str, Any]]:
    """Return the rows with a note if more imputations are needed for figures that another seed leaves alone."""
    needed = math.ceil(IMPUTATIONS_PER_FMI * largest)
    if needed <= n:
        return found
    said = f"another seed would move these figures: write imputations = {needed} or more"
    return [row | {"note": f"{row['note']}; {said}"} for row in found]


def _complete_df(row: dict[str, Any], n_terms: int, n_clusters: int | None) -> float:
    """Return the degrees of freedom without missing values: events, or subjects of a logistic model, less coefficients;
    no more clusters than there are.
    """
    is_logistic = row["quantity"] == "odds_ratio"
    units = int(row["n"]) - 1 if is_logistic else int(row["n_events"])
    units = units if n_clusters is None else min(units, n_clusters)
    return float(max(units - n_terms, 1))


def model_name(name: str) -> str:
    """Return the name of a model's rows with imputed values.

    >>> model_name("plan.margin")
    'plan.margin.imputed'
    """
    return f"{name}{IMPUTED}"
