"""Keeps the rows of each site in files of their own, if a lake was made so, for readers who may see one site's alone.

Each file of such a table holds one site's rows, and DuckLake encrypts all files that one statement writes with one key.
So each site's rows are written, and deleted, by a statement of their own: the key of a site's file opens no other's.
"""

from collections.abc import Iterator

import duckdb

from warehouse.lake.connection import LAKE
from warehouse.storage.sql_files import sql_text

SITE = "site"
ANALYSES = "analysis."


def has_rows_of_sites(name: str, columns: list[str]) -> bool:
    """Return whether each row of the table is one site's and says nothing of another: not the analyses', where a site's
    figures stand beside those of all, or are judged by them.
    """
    return SITE in columns and not name.startswith(ANALYSES)


def make(con: duckdb.DuckDBPyConnection, name: str, source: str) -> None:
    """Make the lake's table anew with the rows of `source`, kept apart by site."""
    con.execute(f"CREATE OR REPLACE TABLE {LAKE}.{name} AS FROM {source} LIMIT 0")
    con.execute(f"ALTER TABLE {LAKE}.{name} SET PARTITIONED BY ({SITE})")
    insert(con, name, source)


def insert(con: duckdb.DuckDBPyConnection, name: str, source: str, which: str = "true") -> None:
    """Insert the rows of `source` for which `which` holds into the lake's table, site by site."""
    for condition in _sites_of(con, source, which):
        con.execute(f"INSERT INTO {LAKE}.{name} FROM {source} WHERE {condition} AND {which}")


def delete(con: duckdb.DuckDBPyConnection, name: str, which: str) -> None:
    """Delete the rows of the lake's table for which `which` holds, site by site."""
    for condition in _sites_of(con, f"{LAKE}.{name}", which):
        con.execute(f"DELETE FROM {LAKE}.{name} WHERE {condition} AND {which}")  # noqa: S608 (own names, quoted values)


def _sites_of(con: duckdb.DuckDBPyConnection, source: str, which: str) -> Iterator[str]:
    """Yield a condition for each site of the rows; those of no site are together."""
    sites = con.execute(f"SELECT DISTINCT {SITE} FROM {source} WHERE {which} ORDER BY ALL").fetchall()  # noqa: S608
    for (site,) in sites:
        yield f"{SITE} IS NULL" if site is None else f"{SITE} = {sql_text(site)}"
