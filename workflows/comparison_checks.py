"""Checks the comparisons of a plan: that there are two levels of a treatment, and confounders beside it."""

from schemas.own_plan import ESTIMANDS
from warehouse.cohorts.plan_form import Plan, PlannedComparison, PlanRefused
from workflows.cohort_estimates.models import is_number
from workflows.plan_checks import (
    check_column,
    check_endpoint,
    check_reference,
    check_splines,
    check_subgroup,
    read_strictly,
    term_of,
    unknown,
)


def with_comparisons(plan: Plan, name: str) -> Plan:
    """Return the checked plan. PlanRefused, in one sentence, if a comparison cannot be followed."""
    for asked in plan.comparisons:
        _check_comparison(plan, asked, f"{name}: comparison {asked.name}")
    return plan


def _check_comparison(plan: Plan, asked: PlannedComparison, where: str) -> None:
    """Refuse a comparison of what is no treatment, of a level that nobody can have, or weighted for the treatment."""
    check_endpoint(asked, where, has_ltp=False)
    if asked.estimand not in ESTIMANDS:
        raise unknown(where, asked.estimand, "estimand", ESTIMANDS)
    check_column(plan, asked.treatment, asked.level, where)
    treatment = term_of(plan, asked.treatment)
    if is_number(treatment, asked.level):
        raise PlanRefused(
            f"{where} compares by {asked.treatment}, which is a number.",
            "Put it into categories under [[terms]], and name that term.",
        )
    if asked.levels[0] == asked.levels[1]:
        raise PlanRefused(f"{where} compares {asked.levels[0]} with itself.", "Name two levels.")
    for level in asked.levels:
        check_reference(treatment, level, asked.level, where)
    terms = read_strictly(asked.confounders, where)
    for column in terms.names:
        check_column(plan, column, asked.level, where)
        if asked.treatment in (column, term_of(plan, column).column):
            raise PlanRefused(f"{where} names the treatment among its confounders.", f"Take {column} out of them.")
    check_splines(plan, terms, asked.level, where)
    check_subgroup(asked, where)
