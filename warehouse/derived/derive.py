"""Derivation: the derived tables, each the SELECT of one SQL file, in the order their inputs ask for.

What belongs here: running the files and putting endpoints together. What does not: the definitions, which are
the SQL files themselves.
"""

import duckdb

from warehouse.clean.lesions import build_lesions
from warehouse.storage import content_hashes
from warehouse.storage.sql_files import names_in, select_of

DERIVED_TABLES = (
    "lesion_ltp",
    "patient_genotype",
    "patient_ltpfs",
    "patient_progression",
    "last_known_alive",
    "time_to_event",
)


def time_to_event_select() -> str:
    """The SELECT of derived.time_to_event: every file of sql/endpoints/, with days and months."""
    parts = "\nUNION ALL\n".join(f"({select_of('endpoints/' + name)})" for name in names_in("endpoints"))
    return (
        "SELECT site, endpoint, level, patient_id, lesion_id, start_date, end_date, "  # noqa: S608 (own files)
        f"(end_date - start_date)::INTEGER AS days, days / days_per_month() AS months, event, event_description, "
        f"source_table, source_key, definition FROM (\n{parts}\n)"
    )


def select_for(table: str) -> str:
    """The SELECT of a derived table."""
    return time_to_event_select() if table == "time_to_event" else select_of(f"derived/{table}")


def derive(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """Build derived.<table>; its number of rows."""
    con.execute(f"CREATE OR REPLACE TABLE derived.{table} AS {select_for(table)}")
    content_hashes.invalidate(con, f"derived.{table}")
    row = con.execute(f"SELECT count(*) FROM derived.{table}").fetchone()  # noqa: S608 (own name)
    return int(row[0]) if row else 0


def derive_all(con: duckdb.DuckDBPyConnection) -> None:
    """Build clean.lesions and every derived table from the clean tables."""
    build_lesions(con)
    for table in DERIVED_TABLES:
        derive(con, table)
