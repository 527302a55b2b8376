"""Counts what the tables of the service are made of (sql/service/): no row of a patient leaves the database."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb

from warehouse.incremental.input_hashes import invalidate, record_inputs, recorded
from warehouse.storage.sql_files import select_of

if TYPE_CHECKING:
    import pandas as pd

SETTING = "registry.toml: service"
"""Under this name meta.made_from holds the setting with which the tables of the service were made."""
SEVERITIES = "severities"
GRADES = "SELECT DISTINCT complication_system, complication_grade FROM clean.rfa_sessions ORDER BY ALL"


def counted(con: duckdb.DuckDBPyConnection, name: str, **asked: bool) -> "pd.DataFrame":
    """Return what sql/service/<name>.sql counts: volumes (``by_operator``: also of each), waits, lesions, followup."""
    return con.execute(select_of(f"service/{name}"), asked).df()


def grades(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Return each pair of complication_system and complication_grade that a session states."""
    return con.execute(GRADES).df()


def complications(con: duckdb.DuckDBPyConnection, severities: "pd.DataFrame") -> "pd.DataFrame":
    """Return the sessions of each centre and scale by severity. `severities` says what each pair of `grades` means:
    complication_system, complication_grade, scale (None: not stated), severity.
    """
    con.register("severity_frame", severities)
    cells = ", ".join(f"{name}::VARCHAR AS {name}" for name in severities.columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {SEVERITIES} AS SELECT {cells} FROM severity_frame")  # noqa: S608
    con.unregister("severity_frame")
    found = counted(con, "complications")
    con.execute(f"DROP TABLE {SEVERITIES}")
    return found


def setting(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return the setting with which the tables of the service were made; None if they were not made."""
    return recorded(con, SETTING)


def is_made_with(con: duckdb.DuckDBPyConnection, service: str) -> bool:
    """Return whether the tables of the service were made with this setting, or not asked for by the refresh."""
    return setting(con) in (None, service)


def record_setting(con: duckdb.DuckDBPyConnection, service: str, tables: Iterable[str]) -> None:
    """Record the setting; if it is another one than before, the next refresh of each of `tables` makes it anew."""
    if setting(con) == service:
        return
    for table in tables:
        invalidate(con, table)
    record_inputs(con, SETTING, service)
