"""Builds the derived tables of schemas/derived.py, each from its SELECT in sql/ and after the tables that it reads."""

import duckdb

from schemas.derived import DERIVED
from warehouse.clean.lesions import build_lesions
from warehouse.derived.build_order import build_order
from warehouse.storage import content_hashes
from warehouse.storage.sql_files import STREAMED, names_in, select_of, without_terms

VIEWS = ("time_to_event",)
"""Derived tables that are not stored: evaluating their SELECT costs a fraction of writing its rows."""


def time_to_event_select() -> str:
    """Return the SELECT of derived.time_to_event: the rows of every file of sql/endpoints/, with days and months.

    The build only counts, joins or groups its rows. A release's view puts them together first (sql_files.for_clients).
    """
    parts = "\nUNION ALL\n".join(f"({select_of('endpoints/' + name)})" for name in names_in("endpoints"))
    return (
        f"WITH every_endpoint {STREAMED} (\n{parts}\n) SELECT site, endpoint, level, patient_id, lesion_id, "  # noqa: S608
        "start_date, end_date, (end_date - start_date)::INTEGER AS days, days / days_per_month() AS months, event, "
        "event_status(event) AS status, event_description, source_table, source_key, definition FROM every_endpoint"
    )


def select_for(table: str) -> str:
    """Return the SELECT of a derived table."""
    return time_to_event_select() if table == "time_to_event" else select_of(f"derived/{table}")


def derived_order(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of the derived tables, each after those that it reads."""
    selects = {f"derived.{table}": select_for(table) for table in DERIVED}
    return [table.removeprefix("derived.") for table in build_order(con, selects)]


def derive(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Build derived.<table>, a table or a view."""
    if table in VIEWS:
        _drop_stored(con, table)
        con.execute(f"CREATE OR REPLACE VIEW derived.{table} AS {without_terms(select_for(table))}")
    else:
        con.execute(f"CREATE OR REPLACE TABLE derived.{table} AS {select_for(table)}")
    content_hashes.invalidate(con, f"derived.{table}")


def _drop_stored(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Drop the table that earlier versions stored where there is a view now."""
    stored = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'derived' "
        "AND table_name = ?",
        [table],
    ).fetchone()
    if stored:
        con.execute(f"DROP TABLE derived.{table}")


def derive_all(con: duckdb.DuckDBPyConnection) -> None:
    """Build clean.lesions and every derived table from the clean tables."""
    build_lesions(con)
    for table in derived_order(con):
        derive(con, table)
