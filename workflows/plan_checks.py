"""Checks a plan of analyses against what the registry knows: levels, endpoints, columns, functions, classes.

A name that nobody knows refuses the whole plan, in one sentence with the nearest name; what only the data can tell (a
class that nobody has, knots outside all values) costs one analysis, in the night in which it is so.
"""

from functools import cache
from typing import TYPE_CHECKING

import duckdb

from schemas.cohort import COHORT, OUTCOMES
from schemas.own_plan import BEGINS_LATER, COX, FINE_GRAY, FIRTH, LEVELS, LOGISTIC, LTP, METHODS, PRIMARY
from warehouse.cohorts.criteria import Criterion, check, columns_named
from warehouse.cohorts.plan_form import Asked, Plan, PlannedCurves, PlannedGroups, PlannedModel, PlanRefused
from warehouse.cohorts.published_form import Claim, PublishedModel
from warehouse.cohorts.recipe import NUMBERS, VIEW_OF
from warehouse.cohorts.terms import Term
from warehouse.derived.endpoint_definitions import competing
from warehouse.own_rules.refusal import RuleRefused
from warehouse.own_rules.rule_sql import AGGREGATES, CLASSES, FUNCTIONS, WRITTEN_OTHERWISE
from warehouse.own_rules.sql_tree import nodes_in, parsed
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import columns_of
from workflows.cohort_estimates.baseline import DESCRIBED, SINGLE
from workflows.cohort_estimates.models import is_number
from workflows.condition_values import refuse_strange_values

if TYPE_CHECKING:
    from analysis.regression.formula_terms import FormulaTerms

CALLED = (FUNCTIONS | WRITTEN_OTHERWISE) - AGGREGATES
"""What a condition on one row may call; the build database may read files."""
ON_ONE_ROW = CLASSES - {"SUBQUERY", "WINDOW", "STAR"}
EXAMPLE = "kras = 'mutant' AND ecog <= 1"


def checked(plan: Plan, name: str) -> Plan:
    """Return the plan with what its groups stand on. PlanRefused, in one sentence, if it names what is not there."""
    _check_names(plan, name)
    plan = plan.model_copy(update={"groups": tuple(_with_column(one, name) for one in plan.groups)})
    for term in plan.terms:
        _check_term(term, f"{name}: term {term.name}")
    for model in plan.all_models:
        check_model(plan, model, f"{name}: {_called(model)}")
    for curves in plan.all_curves:
        _check_curves(plan, curves, f"{name}: {_called(curves)}")
    return plan


def _called(item: PlannedModel | PlannedCurves) -> str:
    if item.name == PRIMARY:
        return "the primary contrast"
    return f"{'model' if isinstance(item, PlannedModel) else 'curves'} {item.name}"


def _check_names(plan: Plan, name: str) -> None:
    columns = {column.name for view in COHORT.values() for column in view.columns}
    for one in plan.named:
        if one in columns:
            raise PlanRefused(f"{name}: term {one} has the name of a column.", "Give it another name.")


def _check_term(term: Term, where: str) -> None:
    views = [columns for columns in map(columns_of, LEVELS) if term.column in columns]
    if not views:
        every = {column for level in LEVELS for column in columns_of(level)}
        raise unknown(where, term.column, "column of cohort.patients or cohort.lesions", every)
    is_transformed = term.per or term.log or isinstance(term.categories, list)
    if is_transformed and views[0][term.column].kind not in NUMBERS:
        raise PlanRefused(
            f"{where} transforms {term.column}, which is no number.",
            "Leave out per, log and the numbers of categories.",
        )


def _with_column(groups: PlannedGroups, name: str) -> PlannedGroups:
    """Return the groups with a column that their conditions name: an outcome, if there is one."""
    where = f"{name}: groups {groups.name}"
    named: set[str] = set()
    for condition in groups.levels.values():
        named |= columns_of_condition(condition, where)
    if groups.reference is not None and groups.reference not in groups.levels:
        raise unknown(where, groups.reference, "level of these groups", groups.levels)
    return groups.model_copy(update={"column": min(named, key=lambda column: (column not in OUTCOMES, column))})


def check_model(plan: Plan, model: PlannedModel, where: str) -> None:
    """Raise PlanRefused, in one sentence, if the model names what is not there or cannot be fitted as it says."""
    competes = check_endpoint(model, where, has_ltp=True)
    _check_method(model, where, competes=competes)
    _check_entry(model, where)
    terms = read_strictly(model.formula, where)
    own = [column for column in terms.names if column not in model.varying_columns]
    for column in (*own, *model.strata):
        check_column(plan, column, model.level, where)
    if model.cluster is not None and model.cluster != "patient_id":
        check_column(plan, model.cluster, model.level, where)
        if model.cluster in plan.named:
            raise PlanRefused(f"{where} clusters by {model.cluster}, which is a term.", "Name a column, such as site.")
    check_splines(plan, terms, model.level, where)
    if model.name == PRIMARY and plan.primary and is_number(term_of(plan, plan.primary.contrast), model.level):
        raise PlanRefused(
            f"{where} compares by {plan.primary.contrast}, which is a number.",
            "Put it into categories under [[terms]], and name that term.",
        )
    for column, reference in model.references.items():
        if column not in terms.names:
            raise unknown(where, column, "term of the formula", terms.names)
        check_reference(term_of(plan, column), reference, model.level, where)
    for column in terms.names:
        term = term_of(plan, column)
        if term.reference is not None:
            check_reference(term, term.reference, model.level, where)
    check_subgroup(model, where)


def read_strictly(formula: str, where: str) -> "FormulaTerms":
    """Read a formula strictly. PlanRefused if it cannot be read."""
    from analysis.regression.formula_terms import FormulaRefused, read_formula

    try:
        return read_formula(formula, is_strict=True)
    except FormulaRefused as refused:
        said = str(refused)
        raise PlanRefused(f"{where}: {said[0].lower()}{said[1:]}", refused.cure or "See docs/plans.md.") from None


def check_splines(plan: Plan, terms: "FormulaTerms", level: str, where: str) -> None:
    """Refuse a spline of what is no number."""
    for column, _ in terms.splines:
        if not is_number(term_of(plan, column), level):
            raise PlanRefused(f"{where} has a spline of {column}, which is no number.", "Write the column alone.")


def _check_curves(plan: Plan, curves: PlannedCurves, where: str) -> None:
    check_endpoint(curves, where, has_ltp=False)
    if curves.by is not None:
        check_column(plan, curves.by, curves.level, where)
        own = term_of(plan, curves.by)
        if not own.is_class and columns_of(curves.level)[own.column].kind == "DOUBLE":
            raise PlanRefused(
                f"{where} are by {curves.by}, which is a number.",
                "Put it into categories under [[terms]], and name that term.",
            )
    for column in curves.strata:
        check_column(plan, column, curves.level, where)
    if curves.strata and curves.by is None:
        raise PlanRefused(f"{where} have strata, but no groups to compare within them.", "Name the groups with by.")
    _check_entry(curves, where)
    check_subgroup(curves, where)


def check_endpoint(asked: Asked | PublishedModel | Claim, where: str, *, has_ltp: bool) -> bool:
    """Return whether an event competes with the endpoint. PlanRefused if it does not exist at that level."""
    if asked.level not in LEVELS:
        raise unknown(where, asked.level, "level", LEVELS)
    pairs = _endpoints() | ({(LTP, level): False for level in LEVELS} if has_ltp else {})
    names = sorted({endpoint for endpoint, _ in pairs})
    if asked.endpoint not in names:
        raise unknown(where, asked.endpoint, "endpoint", names)
    if (asked.endpoint, asked.level) not in pairs:
        levels = [level for endpoint, level in pairs if endpoint == asked.endpoint]
        raise PlanRefused(
            f"{where}: {asked.endpoint} has no {asked.level} level.",
            f'Write level = "{levels[0]}", or another endpoint.',
        )
    return pairs[asked.endpoint, asked.level]


@cache
def _endpoints() -> dict[tuple[str, str], bool]:
    return competing()


def _check_method(model: PlannedModel, where: str, *, competes: bool) -> None:
    method = model.fitted_by
    if method not in METHODS:
        raise unknown(where, method, "method", METHODS)
    if (method == LOGISTIC) is not (model.endpoint == LTP):
        raise PlanRefused(
            f"{where}: {model.endpoint} does not go with {method}.",
            "Logistic models are of LTP, which has no time; Cox and Fine-Gray are of the other endpoints.",
        )
    if method == FINE_GRAY and not competes:
        raise PlanRefused(f"{where}: nothing competes with {model.endpoint}.", 'Write method = "cox", or leave it out.')
    if method != COX and (model.strata or model.cluster or model.entry):
        raise PlanRefused(f"{where}: strata, cluster and entry belong to Cox models.", "Leave them out.")
    if model.imputations is not None and method == FIRTH:
        raise PlanRefused(f"{where}: imputations do not go with Firth's model.", "Leave imputations out.")
    if model.test and (method not in (COX, LOGISTIC) or model.strata or model.entry):
        said = f"{where}: only a Cox model without strata and entry, or a logistic model, is put to the test."
        raise PlanRefused(said, "Leave out test = true, or what does not go with it.")
    if method == FIRTH and model.level == "lesion":
        raise PlanRefused(
            f"{where}: Firth's model takes lesions of one patient for independent.",
            'Write level = "patient", or method = "cox".',
        )


def _check_entry(asked: PlannedModel | PlannedCurves, where: str) -> None:
    """Refuse an entry that is no date of the level's view, and one into a clock that begins after the ablation."""
    entry, level = asked.entry, asked.level
    if entry is None:
        return
    if asked.endpoint in BEGINS_LATER:
        raise PlanRefused(
            f"{where}: entry is counted from the first ablation, and {asked.endpoint} begins later.",
            "Leave entry out, or name another endpoint.",
        )
    known = columns_of(level)
    if entry not in known:
        dates = [name for name, column in known.items() if column.kind == "DATE"]
        raise unknown(where, entry, f"column of cohort.{VIEW_OF[level]}", dates)
    if known[entry].kind != "DATE":
        raise PlanRefused(
            f"{where}: entry is {entry}, which is no date.", "Name a column of dates, such as adequate_date."
        )


def check_column(plan: Plan, name: str, level: str, where: str) -> None:
    """Refuse a column or term that the level does not have, and one that is neither number nor class."""
    known = columns_of(level)
    own = plan.named.get(name)
    if isinstance(own, PlannedGroups):
        for label, condition in own.levels.items():
            bind(condition, f"{own.name}: {label}", VIEW_OF[level], where)
        return
    column = own.column if own else name
    if column not in known:
        refuse_of_other_level(column, level, where)
        raise unknown(where, column, f"column of cohort.{VIEW_OF[level]}", [*known, *plan.named])
    if column in SINGLE:
        raise PlanRefused(f"{where} names {column}: analyses are about groups, not about persons.", "Leave it out.")
    if known[column].kind not in DESCRIBED:
        raise PlanRefused(f"{where} names {column}, which is neither a number nor a class.", "Leave it out.")


def refuse_of_other_level(column: str, level: str, where: str) -> None:
    """Refuse a column that only the other level has, by naming that level."""
    for other in LEVELS:
        if other != level and column in columns_of(other):
            raise PlanRefused(
                f"{where} names {column}, which is no column of cohort.{VIEW_OF[level]}.",
                f'cohort.{VIEW_OF[other]} has it: write level = "{other}".',
            )


def term_of(plan: Plan, name: str) -> Term:
    """Return the term of that name: one of the plan's, or the column."""
    return plan.named.get(name) or Term(column=name)


def check_reference(term: Term, reference: str, level: str, where: str) -> None:
    """Refuse a reference that the term can never have; whether somebody has it, the night finds out."""
    if is_number(term, level):
        raise PlanRefused(f"{where}: {term.name} is a number, which has no reference.", "Leave the reference out.")
    column = columns_of(level)[term.column]
    own = ("false", "true") if column.kind == "BOOLEAN" else tuple(str(code) for code in column.codes)
    known = term.labels or (own if not term.categories else ())
    if known and reference not in known:
        raise unknown(where, reference, f"value of {term.name}", known)


def check_subgroup(asked: Asked, where: str) -> None:
    """Refuse a condition on who is in the analysis that does not bind, or looks beyond one row."""
    if asked.subgroup is None:
        return
    columns_of_condition(asked.subgroup, f"{where}: subgroup")
    criterion = criterion_of(asked)
    assert criterion is not None
    bind(criterion.where, criterion.name, criterion.over, where)


def criterion_of(asked: Asked) -> Criterion | None:
    """Return the condition on who is in an analysis: over the rows of its level, or over those of the other view if it
    names a column that only that one has; None if everybody is in it.
    """
    if asked.subgroup is None:
        return None
    own = VIEW_OF[asked.level]
    named = columns_named(empty_views(), asked.subgroup)
    over = own if named <= {column.name for column in COHORT[own].columns} else None
    return Criterion("subgroup", asked.subgroup, True, over)


def columns_of_condition(condition: str, where: str) -> set[str]:
    """Return the columns that a condition names. PlanRefused if it is no condition on one row of the views' columns."""
    try:
        tree = parsed(f"SELECT ({condition}\n)")
    except RuleRefused:
        raise PlanRefused(f"{where} is no single condition.", f"Write it as {EXAMPLE}.") from None
    for node in nodes_in(tree):
        kind = node.get("class")
        is_call = kind == "FUNCTION" and not node.get("is_operator")
        if is_call and (node["function_name"] not in CALLED or node["schema"]):
            called = node["function_name"]
            near = nearest(called, CALLED)
            raise PlanRefused(
                f"{where} calls {called}, which is not allowed.",
                f"Did you mean {near}?" if near else "docs/own-rules.md lists the functions.",
            )
        if kind and kind not in ON_ONE_ROW:
            raise PlanRefused(f"{where} looks beyond one row.", f"Write a condition on columns, such as {EXAMPLE}.")
    refuse_strange_values(nodes_in(tree), where)
    named = columns_named(empty_views(), condition)
    if single := sorted(named & set(SINGLE)):
        raise PlanRefused(f"{where} names {single[0]}: analyses are about groups, not about persons.", "Leave it out.")
    every = {column.name for view in COHORT.values() for column in view.columns}
    if strange := sorted(named - every):
        raise unknown(where, strange[0], "column of cohort.patients or cohort.lesions", every)
    if not named:
        raise PlanRefused(f"{where} names no column.", f"Write a condition on columns, such as {EXAMPLE}.")
    return named


def bind(condition: str, name: str, over: str | None, where: str) -> None:
    """Have DuckDB bind the condition on empty views. PlanRefused if it does not fit."""
    try:
        check(empty_views(), Criterion(name, condition, True, over))
    except QueryFailed as failed:
        raise PlanRefused(f"{where}: {failed.message[0].lower()}{failed.message[1:]}", failed.cure) from None


@cache
def empty_views() -> duckdb.DuckDBPyConnection:
    """Return a database in memory with empty tables in place of the cohort views, and without access to files."""
    con = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False, "enable_external_access": False})
    con.execute("CREATE SCHEMA cohort")
    for name, view in COHORT.items():
        columns = ", ".join(f'"{column.name}" {column.kind}' for column in view.columns)
        con.execute(f"CREATE TABLE cohort.{name} ({columns})")
    return con


def unknown(where: str, given: str, what: str, known) -> PlanRefused:
    """Return the refusal of a name that is none of the known ones, with the nearest of them."""
    near = nearest(given, known)
    cure = f"Did you mean {near}?" if near else f"There are {', '.join(known)}." if len(known) < MOST_LISTED else ""
    return PlanRefused(f"{where} names {given}, which is no {what}.", cure or "docs/tables.md lists the columns.")


MOST_LISTED = 15
