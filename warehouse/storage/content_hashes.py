"""meta.contents: what a table of the build holds, as rows and content hash, kept up to date by who writes the table.

What belongs here: counting a table, and shifting the count when only some patients' rows were replaced: a table's hash
is made of the sum and the exclusive-or of its rows' hashes (hashing.py), so rows can be taken out of it and put in.
What does not: the registry's hash (releases.py). `registry verify` counts everything again.
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
    """Make the table where it is not there."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS meta.contents (table_name VARCHAR, n_rows BIGINT, n_hashed BIGINT, "
        "hash_sum HUGEINT, hash_xor UBIGINT)"
    )


def recount(con: duckdb.DuckDBPyConnection, table: str) -> Content:
    """Count `table` (schema.table) as it stands, and as readers get it, and write it down."""
    from warehouse.storage.for_readers import stand_in  # it brings the contracts, which readers of releases do not need

    return _write(con, table, state_of(con, table, _which(table), stand_in(con, table)))


def update_by_difference(con: duckdb.DuckDBPyConnection, table: str, minus: str, plus: str) -> Content:
    """Record and return the content of `table` once the rows of `minus` are replaced by those of `plus`.

    `minus` and `plus` are tables or SELECTs.

    Both have the table's columns and types. Called before the rows are replaced.
    """
    which = _which(table)
    kept = _kept(con, table) or state_of(con, table, which)
    out, new = (state_of(con, table, which, source) for source in (minus, plus))
    return _write(con, table, kept.without(out).with_more(new))


def invalidate(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Drop the recorded content of `table`, which is about to be recomputed, so that it is counted when next needed."""
    if table_exists(con, "meta", "contents"):
        con.execute("DELETE FROM meta.contents WHERE table_name = ?", [table])


def content_of(con: duckdb.DuckDBPyConnection, table: str) -> Content:
    """The content of `table`: as written down where it is kept patient by patient or site by site, else counted."""
    from warehouse.storage.table_catalogue import BY_PATIENT, BY_SITE

    kept = _kept(con, table) if table in (*BY_PATIENT, *BY_SITE) else None
    return recount(con, table) if kept is None else Content(kept.rows, digest_of(con, table, kept))


def _which(table: str) -> str:
    """SQL of the rows that the table's hash covers."""
    # imported late: it brings the contracts, which readers of releases do not need
    from warehouse.storage.table_catalogue import HASHED_ROWS

    return HASHED_ROWS.get(table, "true")


def _kept(con: duckdb.DuckDBPyConnection, table: str) -> State | None:
    if not table_exists(con, "meta", "contents"):
        return None
    row = con.execute(
        "SELECT n_rows, n_hashed, hash_sum, hash_xor FROM meta.contents WHERE table_name = ?", [table]
    ).fetchone()
    return State(*row) if row else None


def _write(con: duckdb.DuckDBPyConnection, table: str, state: State) -> Content:
    if not table_exists(con, "meta", "contents"):
        create(con)
    con.execute("DELETE FROM meta.contents WHERE table_name = ?", [table])
    con.execute(
        "INSERT INTO meta.contents VALUES (?, ?, ?, ?, ?)",
        [table, state.rows, state.hashed, state.hash_sum, state.hash_xor],
    )
    return Content(state.rows, digest_of(con, table, state))
