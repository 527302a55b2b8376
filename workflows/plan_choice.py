"""Chooses who is in an analysis of the registry's own plan, and says what the choice does to it."""

import duckdb

from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.plan_form import Asked
from workflows.plan_checks import criterion_of


def chosen(con: duckdb.DuckDBPyConnection, item: Asked) -> Choice:
    """Return who is in the analysis: everybody, or those of its subgroup."""
    criterion = criterion_of(item)
    return choose(con, [criterion] if criterion else [])


def caution_of_subgroup(choice: Choice) -> str:
    """Warn of a subgroup that is chosen by what is known only later."""
    if not choice.outcomes:
        return ""
    return f"the subgroup is chosen by {', '.join(choice.outcomes)}, known only after the ablation: biased"
