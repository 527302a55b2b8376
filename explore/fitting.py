"""Says what a release lacks that the page of a cohort needs: older versions made fewer columns, or no views."""

import duckdb

from schemas.cohort import COHORT
from warehouse.cohorts.older_releases import CURE
from warehouse.storage.errors import QueryFailed

NAMES = (
    "SELECT DISTINCT schema_name || '.' || table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal"
)
TIMES = "derived.time_to_event"


def why_unfit(con: duckdb.DuckDBPyConnection) -> str:
    """Return what the open release lacks, in a sentence; '' if cohorts can be chosen from it."""
    found = {name for (name,) in con.execute(NAMES).fetchall()}
    tables = {name.rpartition(".")[0] for name in found}
    wanted = {f"cohort.{view}.{column.name}" for view, table in COHORT.items() for column in table.columns}
    missing = sorted({TIMES, *(f"cohort.{view}" for view in COHORT)} - tables) or sorted(wanted - found)
    if not missing:
        return ""
    return (
        f"This release was made by another version: it lacks {', '.join(missing[:3])}{', ...' if missing[3:] else ''}."
    )


def refuse_unfit(why: str) -> None:
    """Raise QueryFailed if there is a reason why cohorts cannot be chosen from a release."""
    if why:
        raise QueryFailed(why, CURE)
