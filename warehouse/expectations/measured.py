"""Remembers what was measured, so that tables are not measured again while their content is the same.

An aggregate is a function of the rows of the tables that it reads, and their content hashes stand for these rows. What
a refresh measures of the tables that it releases is what the next refresh compares with. Gates are measured each time.
"""

import hashlib
from collections.abc import Collection, Mapping

import duckdb

from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import recorded
from warehouse.storage.table_catalogue import BY_PATIENT, BY_SITE

Numbers = tuple[float | None, ...]


class Memory:
    """The aggregates in work.measured: key, which is a hash of the SQL and of what it reads, and the numbers."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self._con = con
        self._known: dict[str, Numbers] = {}
        self._asked: dict[str, Numbers] = {}
        if table_exists(con, "work", "measured"):
            rows = con.execute("SELECT key, numbers FROM work.measured").fetchall()
            self._known = {key: tuple(numbers) for key, numbers in rows}

    def get(self, key: str) -> Numbers | None:
        """Return the numbers measured under the key, or None."""
        found = self._known.get(key)
        if found is not None:
            self._asked[key] = found
        return found

    def put(self, key: str, numbers: Numbers) -> None:
        """Remember the numbers."""
        self._known[key] = self._asked[key] = numbers

    def keep(self) -> None:
        """Store what this refresh has asked for; what nobody asked for is forgotten."""
        self._con.execute("CREATE SCHEMA IF NOT EXISTS work")
        self._con.execute("CREATE OR REPLACE TABLE work.measured (key VARCHAR, numbers DOUBLE[])")
        keys, numbers = list(self._asked), [list(row) for row in self._asked.values()]
        self._con.execute("INSERT INTO work.measured SELECT unnest(?), unnest(?::DOUBLE[][])", [keys, numbers])


def hashes_of_build(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return table -> content hash, for the tables of a build database whose hash is kept up to date."""
    found = {table: recorded(con, table) for table in (*BY_PATIENT, *BY_SITE)}
    return {table: content.sha256 for table, content in found.items() if content is not None}


def hashes_of_release(manifest: Mapping) -> dict[str, str]:
    """Return table -> content hash from a release's manifest."""
    return {table: facts["sha256"] for table, facts in manifest.get("tables", {}).items()}


def key_of(sql: str, reads: Collection[str], hashes: Mapping[str, str]) -> str | None:
    """Return the key of an aggregate, or None if the content of a table that it reads is not known."""
    if not reads or not hashes.keys() >= set(reads):
        return None
    parts = [sql, *(f"{table} {hashes[table]}" for table in sorted(reads))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
