"""Counts the identifiers of each patient, and those that look alike, for rule ID-02."""

import duckdb

from warehouse.storage.sql_files import select_of

IDENTIFIERS = "work.identifiers"


def count_identifiers(con: duckdb.DuckDBPyConnection) -> None:
    """Write work.identifiers from the current raw rows: one row per patient (sql/clean/identifiers.sql)."""
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    con.execute(f"CREATE OR REPLACE TABLE {IDENTIFIERS} AS {select_of('clean/identifiers')}")
