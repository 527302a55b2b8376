"""Makes the analyses of the registry's own plan: rows for the tables of the built-in plan, with the same guards.

An analysis that the data cannot support tonight (a class that nobody has, knots outside all values, nobody in the
subgroup) becomes a line that says why, and costs no other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.own_plan import (
    COX,
    FINE_GRAY,
    FIRTH,
    LESION_MODELS,
    LTP,
    MULTIPLICITY,
    PREFIX,
    PRIMARY,
    SPLINES,
    table_of,
)
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.plan_form import Plan, PlannedCurves, PlannedModel, PlanRefused
from warehouse.cohorts.subjects import Question
from warehouse.cohorts.terms import Term
from warehouse.releases.cohort_views import SCHEMA, view_statement, views_of
from warehouse.storage.errors import QueryFailed
from warehouse.storage.plan_table import plan_in
from workflows import progress
from workflows.cohort_estimates.curves import cumulative_incidence, kaplan_meier
from workflows.cohort_estimates.models import (
    PATIENT_KEY,
    FormulaAsked,
    FormulaRows,
    rows_of_formula,
)
from workflows.cohort_estimates.status import rows_of_status
from workflows.comparisons import compared
from workflows.own_plan import plan_of
from workflows.plan_choice import caution_of_subgroup, chosen
from workflows.plan_facts import declared_note
from workflows.plan_imputation import completed_rows, model_name, pooled_rows
from workflows.plan_multiplicity import FAMILY, adjusted_terms
from workflows.plan_sizes import primary_sizes
from workflows.plan_splines import spline_rows
from workflows.plan_tests import TABLE as TESTS
from workflows.plan_tests import performance_of

if TYPE_CHECKING:
    import pandas as pd

Tables = dict[str, list["pd.DataFrame"]]
RATIOS = {COX: "hazard_ratio", FINE_GRAY: "subdistribution_hazard_ratio", FIRTH: "hazard_ratio"}
"""Method -> what its ratio is called; that of logistic models is an odds ratio."""
NOT_MADE = "as declared"
"""The guard of an analysis that could not be made."""


@dataclass
class Made:
    """The rows of the plan's analyses, by analysis table."""

    tables: Tables = field(default_factory=dict)

    def add(self, name: str, table: "pd.DataFrame", declared: str) -> None:
        """Add rows to a table, each with the day since when it is declared."""
        from analysis import guards

        if len(table):
            notes = [guards.join_notes(str(note), declared) for note in table["note"]]
            self.tables.setdefault(name, []).append(table.assign(note=notes))


def own_tables(con: duckdb.DuckDBPyConnection) -> "dict[str, pd.DataFrame]":
    """Return the rows of the plan that the database holds, by analysis table; none without a plan in force."""
    held = plan_in(con)
    if held is None or held.reason:
        return {}
    try:
        plan = plan_of(held.file)
    except PlanRefused:  # a plan of an older version, in a release that is made again
        return {}
    progress.say("analysing the registry's own plan")
    with cohort_views(con):
        return estimated(con, plan, {(row.item, row.item_name): declared_note(row) for row in held.rows})


@contextmanager
def cohort_views(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have the views that cohorts are chosen from in a build database, which keeps none."""
    had = con.execute("SELECT count(*) FROM duckdb_schemas() WHERE schema_name = ?", [SCHEMA]).fetchone() != (0,)
    if not had:
        con.execute(f"CREATE SCHEMA {SCHEMA}")
        for name in views_of(con):
            con.execute(view_statement(name))
    try:
        yield
    finally:
        if not had:
            con.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def estimated(
    con: duckdb.DuckDBPyConnection, plan: Plan, declared: Mapping[tuple[str, str], str]
) -> "dict[str, pd.DataFrame]":
    """Return the rows of every analysis of the plan, by analysis table. `declared`: (kind, name) -> a note."""
    import pandas as pd

    made = Made()
    for model in plan.all_models:
        _add_model(con, plan, model, made, declared.get(("model", model.name), ""))
    for curves in plan.all_curves:
        _add_curves(con, plan, curves, made, declared.get(("curves", curves.name), ""))
    if (tests := adjusted_terms(made.tables)) is not None:
        made.add(MULTIPLICITY, tests, f"{FAMILY}, {len(tests)} terms of its models")
    for comparison in plan.comparisons:
        for name, rows in compared(con, plan, comparison).items():
            made.add(name, rows, declared.get(("comparison", comparison.name), ""))
    if plan.primary is not None and plan.primary.endpoint != LTP:
        with suppress(QueryFailed):  # its model says why
            sizes = primary_sizes(plan, rows_of_model(con, plan, plan.primary.model)[1])
            made.add("sample_size", sizes, declared.get(("model", PRIMARY), ""))
    return {name: pd.concat(tables, ignore_index=True) for name, tables in made.tables.items()}


def appended(built_in: "pd.DataFrame", own: "pd.DataFrame | None") -> "pd.DataFrame":
    """Return the rows of the built-in plan, then those of the registry's own."""
    import pandas as pd

    if own is None or own.empty:
        return built_in
    own = own.reindex(columns=built_in.columns)
    return pd.concat([built_in, own], ignore_index=True) if len(built_in) else own


def _add_model(con: duckdb.DuckDBPyConnection, plan: Plan, model: PlannedModel, made: Made, declared: str) -> None:
    labels = {"endpoint": model.endpoint, "level": model.level, "model": f"{PREFIX}{model.name}"}
    labels |= {"cohort": model.subgroup or "all"}
    try:
        choice, rows = rows_of_model(con, plan, model)
        own = labels | _analysis(rows)
        found = _fit(rows, model, own)
        splines = spline_rows(rows, model, own) if model.fitted_by == COX else []
    except QueryFailed as failed:
        _add_not_made(made, model, labels, failed, declared)
        return
    _add_fitted(made, model, found, declared)
    if model.test:
        made.add(TESTS, performance_of(con, choice, plan, model, labels), declared)
    for spline in splines:
        made.add(SPLINES, spline, declared)
    if model.imputations is None:
        return
    labels |= {"model": model_name(labels["model"])}
    try:
        draws, note = completed_rows(con, plan, model, choice, rows.more)
        tables, n_clusters = [], None
        for drawn in draws:
            tables.append(_fit(drawn, model, labels | _analysis(drawn)))
            n_clusters = _n_clusters(drawn, model)
    except QueryFailed as failed:
        _add_not_made(made, model, labels, failed, declared)
        return
    _add_fitted(made, model, pooled_rows(tables, note, n_clusters), declared)


def _add_fitted(made: Made, model: PlannedModel, found: "pd.DataFrame", declared: str) -> None:
    from analysis.plan.guard_table import model_guards

    made.add(table_of(model.fitted_by, model.level), found, declared)
    made.add("guards", model_guards(found), declared)


def _add_not_made(made: Made, model: PlannedModel, labels: dict[str, str], failed: QueryFailed, declared: str) -> None:
    from analysis.plan.guard_table import COLUMNS
    from analysis.regression.cox import COLUMNS as COX_COLUMNS
    from analysis.regression.logistic import COLUMNS as LOGISTIC_COLUMNS
    from analysis.tidy import tidy

    table = table_of(model.fitted_by, model.level)
    row: dict[str, Any] = labels | {"analysis": "multivariable", "term": model.formula}
    row |= {"quantity": RATIOS.get(model.fitted_by, "odds_ratio"), "note": str(failed)}
    columns = COX_COLUMNS if table in (COX, FINE_GRAY, LESION_MODELS) else LOGISTIC_COLUMNS
    made.add(table, tidy([row], columns), declared)
    made.add("guards", tidy([row | {"guard": NOT_MADE, "state": "not estimable"}], COLUMNS), declared)


def fitted(
    con: duckdb.DuckDBPyConnection, plan: Plan, model: PlannedModel, criteria: Sequence[Criterion] = ()
) -> "pd.DataFrame":
    """Fit one model to those who meet the criteria, with the columns of its analysis table. QueryFailed if the data
    cannot support it.
    """
    rows = rows_of_model(con, plan, model, criteria)[1]
    return _fit(rows, model, _analysis(rows))


def rows_of_model(
    con: duckdb.DuckDBPyConnection, plan: Plan, model: PlannedModel, criteria: Sequence[Criterion] = ()
) -> tuple[Choice, FormulaRows]:
    """Return who is in a model of the plan, of those who meet the criteria, and its rows. QueryFailed if the data
    cannot support it.
    """
    choice = chosen(con, model, criteria)
    more: dict[str, Any] = {"is_strict": True, "entry": model.entry, "varying": model.time_varying}
    asked = FormulaAsked(model.formula, model.strata, model.cluster, model.references, plan.named, **more)
    if model.fitted_by in RATIOS:
        question = Question(model.endpoint, model.level)
        rows = rows_of_formula(con, choice, question, asked, of_incidence=model.fitted_by == FINE_GRAY)
    else:
        rows = rows_of_status(con, choice, model.level, asked)
    rows.more["note"] = _joined(rows.more["note"], caution_of_subgroup(choice))
    return choice, rows


def _analysis(rows: FormulaRows) -> dict[str, str]:
    return {"analysis": "univariable" if len(rows.covariates) == 1 else "multivariable"}


def _n_clusters(rows: FormulaRows, model: PlannedModel) -> int | None:
    """Return by how many clusters the variance is; None if it is not clustered."""
    by = rows.more.get("cluster") or (list(PATIENT_KEY) if model.level == "lesion" else None)
    return None if by is None else int(rows.frame.groupby(by, dropna=False).ngroups)


def _fit(rows: FormulaRows, model: PlannedModel, labels: dict[str, str]) -> "pd.DataFrame":
    """Fit one model of the plan, with the columns of its analysis table."""
    from analysis.regression.cox import COLUMNS, cox
    from analysis.regression.fine_gray import fine_gray
    from analysis.regression.firth_cox import firth_cox
    from analysis.regression.gee import gee
    from analysis.regression.logistic import logistic

    shared: dict[str, Any] = {"references": rows.references, "labels": labels}
    if model.fitted_by == COX:
        return cox(rows.frame, rows.covariates, **shared, **rows.more)
    shared["note"] = rows.more["note"]
    if model.fitted_by == FINE_GRAY:
        cluster = PATIENT_KEY if model.level == "lesion" else None
        counts = rows.more["count"]
        return fine_gray(rows.frame, rows.covariates, count=counts, cluster=cluster, with_ph=True, **shared)[COLUMNS]
    if model.fitted_by == FIRTH:
        return firth_cox(rows.frame, rows.covariates, count=rows.more["count"], **shared)
    if model.level == "patient":
        return logistic(rows.frame, rows.covariates, event="ltp", **shared)
    found = gee(rows.frame, rows.covariates, event="ltp", cluster=PATIENT_KEY, **shared)
    return found.assign(ph_chi2=float("nan"), ph_p_value=float("nan"))[COLUMNS]


def _add_curves(con: duckdb.DuckDBPyConnection, plan: Plan, curves: PlannedCurves, made: Made, declared: str) -> None:
    from analysis.estimates.kaplan_meier import SUMMARY_COLUMNS
    from analysis.plan.guard_table import COLUMNS, guards_of_tests
    from analysis.tidy import tidy

    question = Question(curves.endpoint, curves.level)
    grouping = f"{PREFIX}{curves.name}"
    try:
        choice = chosen(con, curves)
        by = (plan.named.get(curves.by) or Term(column=curves.by)) if curves.by else None
        strata = [plan.named.get(name) or Term(column=name) for name in curves.strata]
        found = kaplan_meier(con, choice, question, by, entry=curves.entry, strata=strata)
    except QueryFailed as failed:
        row = {"endpoint": curves.endpoint, "level": curves.level, "grouping": grouping, "note": str(failed)}
        made.add("km_summary", tidy([row | {"quantity": NOT_MADE}], SUMMARY_COLUMNS), declared)
        made.add("guards", tidy([row | {"guard": NOT_MADE, "state": "not estimable"}], COLUMNS), declared)
        return
    tables: dict[str, Callable[[], pd.DataFrame]] = {
        "km_curve": lambda: found.table,
        "km_summary": lambda: found.summary,
        "logrank": lambda: found.logrank,
    }
    if found.counted.competes:
        incidences = cumulative_incidence(con, choice, question, by, entry=curves.entry, strata=strata)
        tables |= {"cumulative_incidence": lambda: incidences.table, "gray": lambda: incidences.gray}
    caution = caution_of_subgroup(choice)
    for name, make in tables.items():
        table = make().assign(grouping=grouping)
        made.add(name, table, _joined(caution, declared))
        if name in ("logrank", "gray") and len(table):
            made.add("guards", guards_of_tests(table), declared)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
