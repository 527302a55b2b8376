"""Checks a published model or claim against what the registry knows: levels, endpoints, columns, conditions, formulas.

A name that nobody knows refuses the file in one sentence with the nearest name, as in a plan of one's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.cohort import COHORT
from schemas.home_file import HomeFile
from schemas.own_plan import LTP
from warehouse.cohorts.criteria import Criterion, columns_named
from warehouse.cohorts.plan_form import Plan, PlannedModel, PlanRefused
from warehouse.cohorts.published_form import (
    Claim,
    ClaimedGroup,
    PublishedFile,
    PublishedModel,
    PublishedRefused,
    ScoreTerm,
    parse_published,
)
from warehouse.cohorts.recipe import NUMBERS, VIEW_OF
from warehouse.cohorts.terms import Term
from workflows.cohort_estimates.asked import columns_of
from workflows.plan_checks import bind, check_endpoint, check_model, columns_of_condition, empty_views, unknown

UNKNOWN = "unknown"
CLAIM = "claim"
"""The name of a claim's model in its own plan."""


class ReadTerm(Term):
    """A term of a score as SQL over the level's view."""

    column: str = ""
    called: str
    expression: str

    @property
    def name(self) -> str:
        """Return what its column is called."""
        return self.called

    def sql(self) -> str:
        """Return the SQL."""
        return self.expression


def published_of(file: HomeFile) -> PublishedFile:
    """Return the model and claims that a file states. PublishedRefused, in one sentence with its cure, if it states
    none or names what is not there.
    """
    if file.text is None:
        raise PublishedRefused(f"{file.name} is not UTF-8 text, or cannot be read.", "Save it as UTF-8 text.")
    found = parse_published(file.text.removeprefix("\ufeff"), file.name)
    with _as_published():
        if found.model is not None:
            _check_model(found.model, f"{file.name}: the model")
        for claim in found.claims:
            _check_claim(claim, f"{file.name}: claim {claim.name}")
    return found


@contextmanager
def _as_published() -> Iterator[None]:
    try:
        yield
    except PlanRefused as refused:
        raise PublishedRefused(refused.message, refused.cure) from None


def _check_model(model: PublishedModel, where: str) -> None:
    if model.endpoint == LTP:
        raise PublishedRefused(
            f"{where} is of LTP, which has no time.", "Name an endpoint with times, such as TTLTP, or state a claim."
        )
    competes = check_endpoint(model, where, has_ltp=False)
    if model.of == "incidence" and not competes:
        raise PublishedRefused(f"{where}: nothing competes with {model.endpoint}.", 'Leave out of = "incidence".')
    for term in model.terms:
        _check_term(term, model.level, f"{where}, term {term.name},")


def _check_term(term: ScoreTerm, level: str, where: str) -> None:
    if term.when:
        columns_of_condition(term.when, where.removesuffix(","))
        bind(term.when, term.name, VIEW_OF[level], where.removesuffix(","))
        return
    known = columns_of(level)
    if term.column not in known:
        raise unknown(where.split(", term ")[0], term.column, f"column of cohort.{VIEW_OF[level]}", known)
    if known[term.column].kind not in NUMBERS:
        raise PublishedRefused(
            f"{where} is of {term.column}, which is no number.",
            f"Write a condition: when = \"{term.column} = '...'\".",
        )


def _check_claim(claim: Claim, where: str) -> None:
    if claim.ratio is not None:
        plan = plan_of_claim(claim)
        check_model(plan, plan.models[0], where)
        _check_claimed_term(claim, where)
        return
    competes = check_endpoint(claim, where, has_ltp=True)
    if claim.estimator == "cumulative_incidence" and not competes:
        raise PublishedRefused(f"{where}: nothing competes with {claim.endpoint}.", "Leave out the estimator.")
    for group in claim.groups:
        if group.where:
            criterion = criterion_of_group(group, claim.level)
            columns_of_condition(group.where, where)
            bind(group.where, group.name or group.where, criterion.over, where)


def _check_claimed_term(claim: Claim, where: str) -> None:
    from analysis.regression.formula_terms import read_formula

    assert claim.formula is not None and claim.term is not None
    names = read_formula(claim.formula, is_strict=True).names
    if claim.term not in names and not any(sign in claim.term for sign in "[:("):
        raise unknown(where, claim.term, "term of the formula", names)


def plan_of_claim(claim: Claim) -> Plan:
    """Return the plan of one model whose ratio a claim is of."""
    assert claim.formula is not None
    return Plan(
        models=(
            PlannedModel(
                name=CLAIM,
                endpoint=claim.endpoint,
                level=claim.level,
                formula=claim.formula,
                method=claim.method,
                references=claim.references,
                subgroup=claim.subgroup,
            ),
        )
    )


def criterion_of_group(group: ClaimedGroup, level: str) -> Criterion:
    """Return the condition on who is in a group of a claim: over the rows of its level, or over those of the other view
    if it names a column that only that one has.
    """
    own = VIEW_OF[level]
    named = columns_named(empty_views(), group.where)
    over = own if named <= {column.name for column in COHORT[own].columns} else None
    return Criterion(group.name or group.where, group.where, True, over)


def read_terms(model: PublishedModel) -> list[ReadTerm]:
    """Return the terms of a score as SQL: null for whom a column is missing or unknown, unless the condition itself
    speaks of that.
    """
    found = []
    for place, term in enumerate(model.terms):
        sql = term.sql()
        if term.when:
            named = sorted(columns_of_condition(term.when, term.name))
            speaks = UNKNOWN in term.when.lower() or " is " in f" {term.when.lower()} "
            known = " AND ".join(_is_known(name, model.level) for name in named) if not speaks else "true"
            sql = f"CASE WHEN {known} THEN (({term.when}\n) IS TRUE)::INTEGER END"
        found.append(ReadTerm(called=f"score_{place}", expression=sql))
    return found


def _is_known(column: str, level: str) -> str:
    has_texts = columns_of(level)[column].kind == "VARCHAR"
    return f'"{column}" IS NOT NULL' + (f" AND \"{column}\" <> '{UNKNOWN}'" if has_texts else "")
