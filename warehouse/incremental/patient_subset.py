"""A subset of the patients: a catalogue beside the build database in which the same SQL sees only some of them.

The functions that make whole tables (clean.py, derive.py) run in it unchanged, since every table is reached by its
schema and name in the catalogue in use; what they made replaces the patients' rows in the build database.
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
"""The rows that a table loses while those of the subset are put back."""


@contextmanager
def due_subset(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Use a catalogue in memory with empty schemas; yields the name of the catalogue it is a subset of.

    What is made in it is gone after the block unless it was put back (put_back).
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
    """In a subset: the tables of the whole as they stand, all rows."""
    for table in tables:
        con.execute(f"CREATE VIEW {table} AS FROM {whole}.{table}")


def show_due(con: duckdb.DuckDBPyConnection, whole: str, tables: Iterable[str]) -> None:
    """In a subset: the tables of the whole, only the rows of the patients that are due."""
    for table in tables:
        con.execute(f"CREATE VIEW {table} AS FROM {whole}.{table} SEMI JOIN {DUE} USING (site, patient_id)")


def show_sites(con: duckdb.DuckDBPyConnection, whole: str, tables: Iterable[str], sites: list[str]) -> None:
    """In a subset: the tables of the whole, only the rows of these sites."""
    for table in tables:
        con.execute(f"CREATE VIEW {table} AS FROM {whole}.{table} WHERE {where_site_in(sites)}")


def where_site_in(sites: list[str]) -> str:
    """SQL of the condition that a row is of one of these sites."""
    return f"site IN ({', '.join(map(sql_text, sites))})"


def due_rows(table: str, may_lack_patient: bool = False) -> str:
    """What follows FROM: the rows of `table` that belong to the patients that are due, as t."""
    patient = "coalesce(t.patient_id, '')" if may_lack_patient else "t.patient_id"  # the first takes half as long again
    return f"{table} t SEMI JOIN {DUE} d ON d.site = t.site AND d.patient_id = {patient}"


def put_back(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """In the whole: replace the rows of the patients that are due by what the subset holds of `table`."""
    _find_replaced(con, table)
    _replace(con, table)


def put_back_counted(con: duckdb.DuckDBPyConnection, table: str) -> content_hashes.Content:
    """As put_back, for a table whose content is kept in meta.contents."""
    _find_replaced(con, table)
    content = content_hashes.update_by_difference(con, table, minus=REPLACED, plus=f"{SUBSET}.{table}")
    _replace(con, table)
    return content


def put_back_sites(con: duckdb.DuckDBPyConnection, table: str, sites: list[str]) -> content_hashes.Content:
    """In the whole: replace the rows of these sites by what the subset holds of `table`, and count it."""
    theirs = where_site_in(sites)
    content = content_hashes.update_by_difference(
        con, table, minus=f"(FROM {table} WHERE {theirs})", plus=f"{SUBSET}.{table}"
    )
    con.execute(f"DELETE FROM {table} WHERE {theirs}")  # noqa: S608 (own names)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {SUBSET}.{table}")  # noqa: S608
    return content


def _find_replaced(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make REPLACED: the rows of the patients that are due, with their place, so that the table is searched once."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {REPLACED} AS SELECT t.rowid AS place, t.* FROM {due_rows(table)}")  # noqa: S608


def _replace(con: duckdb.DuckDBPyConnection, table: str) -> None:
    con.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT place FROM {REPLACED})")  # noqa: S608 (own names)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {SUBSET}.{table}")  # noqa: S608
    con.execute(f"DROP TABLE {REPLACED}")
