"""Keeps meta.contents, the number of rows and the content hash of each table of the build database.

Whoever writes a table keeps its entry up to date. If only some patients' rows are replaced, the entry is updated by the
difference: a table's hash is made of the sum and the exclusive-or of its rows' hashes (hashing.py), so rows can be
removed from it and added to it. `registry verify` counts everything again.
"""

from dataclasses import dataclass

import duckdb

from warehouse.storage.connection import table_exists
from warehouse.storage.hashing import State, digest_of, state_of


@dataclass(frozen=True)
class Content:
    """Rows and content hash of one table."""

    rows: int
    sha256: str


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create the table if it does not exist."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS meta.contents (table_name VARCHAR, n_rows BIGINT, n_hashed BIGINT, "
        "hash_sum HUGEINT, hash_xor UBIGINT)"
    )


def recount(con: duckdb.DuckDBPyConnection, table: str) -> Content:
    """Count `table` (schema.table) in the form that readers get, record the result and return it."""
    from warehouse.storage.for_readers import stand_in  # it needs the contracts, which readers of releases do not

    return record(con, table, state_of(con, table, _which(table), stand_in(con, table)))


def update_by_difference(con: duckdb.DuckDBPyConnection, table: str, minus: str, plus: str) -> Content:
    """Record and return the content of `table` after the rows of `minus` are replaced by those of `plus`.

    Both are tables or SELECTs with the table's columns and types. Call this before the rows are replaced.
    """
    which = _which(table)
    kept = _kept(con, table) or state_of(con, table, which)
    out, new = (state_of(con, table, which, source) for source in (minus, plus))
    return record(con, table, kept.without(out).with_more(new))


def record(con: duckdb.DuckDBPyConnection, table: str, state: State) -> Content:
    """Record that `table` is in this state, and return its content."""
    if not table_exists(con, "meta", "contents"):
        create(con)
    con.execute("DELETE FROM meta.contents WHERE table_name = ?", [table])
    con.execute(
        "INSERT INTO meta.contents VALUES (?, ?, ?, ?, ?)",
        [table, state.rows, state.hashed, state.hash_sum, state.hash_xor],
    )
    return Content(state.rows, digest_of(con, table, state))


def invalidate(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Delete the entry of `table`. Whoever remakes the table calls this, so that it is counted when next needed."""
    if table_exists(con, "meta", "contents"):
        con.execute("DELETE FROM meta.contents WHERE table_name = ?", [table])


def content_of(con: duckdb.DuckDBPyConnection, table: str) -> Content:
    """Return the content of `table`: as recorded if it is updated by patient or by site, otherwise counted."""
    from warehouse.storage.table_catalogue import BY_PATIENT, BY_SITE

    kept = recorded(con, table) if table in (*BY_PATIENT, *BY_SITE) else None
    return recount(con, table) if kept is None else kept


def recorded(con: duckdb.DuckDBPyConnection, table: str) -> Content | None:
    """Return the content of `table` as recorded, or None if it is not recorded."""
    kept = _kept(con, table)
    return Content(kept.rows, digest_of(con, table, kept)) if kept else None


def _which(table: str) -> str:
    """Return SQL that selects the rows that the table's hash covers."""
    # imported late: it imports the contracts, which readers of releases do not need
    from warehouse.storage.table_catalogue import HASHED_ROWS

    return HASHED_ROWS.get(table, "true")


def _kept(con: duckdb.DuckDBPyConnection, table: str) -> State | None:
    if not table_exists(con, "meta", "contents"):
        return None
    row = con.execute(
        "SELECT n_rows, n_hashed, hash_sum, hash_xor FROM meta.contents WHERE table_name = ?", [table]
    ).fetchone()
    return State(*row) if row else None
