"""Makes the views cohort.patients and cohort.lesions of a release from the SELECTs in sql/cohort/."""

import duckdb

from warehouse.storage.connection import create_view, table_exists
from warehouse.storage.sql_files import header_of, names_in, select_of, without_terms

SCHEMA = "cohort"


def view_statement(name: str) -> str:
    """Return the statement that creates cohort.<name>."""
    return f"CREATE OR REPLACE VIEW {SCHEMA}.{name} AS {without_terms(select_of(f'{SCHEMA}/{name}'))}"


def views_of(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of the views whose tables are all in the current catalogue."""
    return [name for name in names_in(SCHEMA) if all(table_exists(con, *table.split(".")) for table in _reads(name))]


def create_views(con: duckdb.DuckDBPyConnection, database: str) -> None:
    """Create the views in an attached database that holds the tables of the current one."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {database}.{SCHEMA}")
    for name in views_of(con):
        create_view(con, database, view_statement(name))


def _reads(name: str) -> list[str]:
    return header_of(f"{SCHEMA}/{name}")["reads"].split(", ")
