"""Says what an analysis table reads tonight: what its declaration names, and with an own plan in force what that reads.

A plan may name any column that cohorts are chosen by, and what changes during follow-up, so its rows depend on
everything that those are read from. Without a plan a table reads what it always did, and nothing is made again for a
column that only a plan could name.
"""

from collections.abc import Iterable

import duckdb

from schemas.analysis_tables import READS, TIMES
from schemas.own_plan import OWN_TABLES, VARYING_READS
from warehouse.storage.plan_table import PLAN_TABLE, is_in_force
from warehouse.storage.sql_files import header_of, names_in

COHORT = "cohort"
HOLDS_OWN = frozenset(f"analysis.{name}" for name in OWN_TABLES)
"""Analysis tables that may hold rows of the own plan."""


def plan_sources() -> tuple[str, ...]:
    """Return the tables that the analyses of an own plan are made from, the plan itself first."""
    read = (table for view in names_in(COHORT) for table in header_of(f"{COHORT}/{view}")["reads"].split(", "))
    return tuple(dict.fromkeys((PLAN_TABLE, TIMES, *read, *VARYING_READS)))


def reads_tonight(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return analysis.<table> -> the tables that it is made from."""
    more = plan_sources() if is_in_force(con) else ()
    return {table: with_sources(table, sources, more) for table, sources in READS.items()}


def with_sources(table: str, sources: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return the tables that one analysis table is made from, with `more` if it may hold rows of the own plan."""
    return tuple(dict.fromkeys((*sources, *(more if table in HOLDS_OWN else ()))))
