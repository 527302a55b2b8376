"""Lets the same SQL see only some patients, in a catalogue attached beside the build database.

The functions that make complete tables (clean.py, derive.py) run in it unchanged, because they address every table by
schema and name in the catalogue in use. Their results replace the patients' rows in the build database.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb

from warehouse.incremental.change_log import DUE
from warehouse.storage import content_hashes
from warehouse.storage.connection import catalogue, create_schemas
from warehouse.storage.sql_files import sql_text

SUBSET = "subset"
REPLACED = "replaced_rows_of_table"
"""The rows that are deleted from a table when those of the subset are put back."""


@contextmanager
def due_subset(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Switch to an in-memory catalogue with empty schemas, and yield the name of the build database's catalogue.

    Tables made in it are lost after the block unless they are put back (put_back).
    """
    whole = catalogue(con)
    con.execute(f"ATTACH ':memory:' AS {SUBSET}")
    con.execute(f"USE {SUBSET}")
    try:
        create_schemas(con)
        con.execute("CREATE SCHEMA work")
        con.execute(f"CREATE TABLE {DUE} AS FROM {whole}.{DUE}")
        yield whole
    finally:
        con.execute(f"USE {whole}")
        con.execute(f"DETACH {SUBSET}")


def show(con: duckdb.DuckDBPyConnection, whole: str, tables: Iterable[str]) -> None:
    """In a subset, create views of the build database's tables with all rows."""
    for table in tables:
        con.execute(f"CREATE VIEW {table} AS FROM {whole}.{table}")


def show_due(con: duckdb.DuckDBPyConnection, whole: str, tables: Iterable[str]) -> None:
    """In a subset, create views of the build database's tables with the rows of the patients that are due."""
    for table in tables:
        con.execute(f"CREATE VIEW {table} AS FROM {whole}.{table} SEMI JOIN {DUE} USING (site, patient_id)")


def copy_due(con: duckdb.DuckDBPyConnection, whole: str, tables: Iterable[str]) -> None:
    """In a subset, copy the rows of the patients that are due: what is read many times is searched for them once."""
    for table in tables:
        con.execute(f"CREATE TABLE {table} AS FROM {whole}.{table} SEMI JOIN {DUE} USING (site, patient_id)")


def show_sites(con: duckdb.DuckDBPyConnection, whole: str, tables: Iterable[str], sites: list[str]) -> None:
    """In a subset, create views of the build database's tables with the rows of these sites."""
    for table in tables:
        con.execute(f"CREATE VIEW {table} AS FROM {whole}.{table} WHERE {where_site_in(sites)}")


def where_site_in(sites: list[str]) -> str:
    """Return the SQL condition that a row belongs to one of these sites."""
    return f"site IN ({', '.join(map(sql_text, sites))})"


def due_rows(table: str, may_lack_patient: bool = False) -> str:
    """Return the SQL after FROM for the rows of `table`, as t, that belong to the patients that are due."""
    patient = "coalesce(t.patient_id, '')" if may_lack_patient else "t.patient_id"  # coalesce takes 1.5 times as long
    return f"{table} t SEMI JOIN {DUE} d ON d.site = t.site AND d.patient_id = {patient}"


def put_back(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """In the build database, replace the rows of the patients that are due in `table` with those of the subset."""
    _find_replaced(con, table)
    _replace(con, table)


def put_back_counted(con: duckdb.DuckDBPyConnection, table: str) -> content_hashes.Content:
    """Do what put_back does and return the new content, for a table whose content is in meta.contents."""
    _find_replaced(con, table)
    content = content_hashes.update_by_difference(con, table, minus=REPLACED, plus=f"{SUBSET}.{table}")
    _replace(con, table)
    return content


def put_back_sites(con: duckdb.DuckDBPyConnection, table: str, sites: list[str]) -> content_hashes.Content:
    """In the build database, replace these sites' rows in `table` with the subset's, and return the new content."""
    theirs = where_site_in(sites)
    content = content_hashes.update_by_difference(
        con, table, minus=f"(FROM {table} WHERE {theirs})", plus=f"{SUBSET}.{table}"
    )
    con.execute(f"DELETE FROM {table} WHERE {theirs}")  # noqa: S608 (own names)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {SUBSET}.{table}")  # noqa: S608
    return content


def _find_replaced(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Create REPLACED: the rows of the patients that are due, with their rowid, so that the table is searched once."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {REPLACED} AS SELECT t.rowid AS place, t.* FROM {due_rows(table)}")  # noqa: S608


def _replace(con: duckdb.DuckDBPyConnection, table: str) -> None:
    con.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT place FROM {REPLACED})")  # noqa: S608 (own names)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {SUBSET}.{table}")  # noqa: S608
    con.execute(f"DROP TABLE {REPLACED}")
