"""Keeps the content hash of a view up to date, patient by patient.

The rows of a view change when those of the tables that it reads do, so the rows that it had before cannot be taken out
of its hash later. work.<view>_shares remembers what each patient's rows add to it: site, patient_id, n_rows, hash_sum,
hash_xor.
"""

import duckdb

from warehouse.incremental.change_log import DUE
from warehouse.incremental.patient_subset import SUBSET
from warehouse.storage import content_hashes
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import Content
from warehouse.storage.hashing import State, hashed_columns


def is_counted(con: duckdb.DuckDBPyConnection, view: str) -> bool:
    """Return whether the patients' shares in the hash of `view` (schema.view) are known."""
    return table_exists(con, *shares_of(view).split("."))


def recount(con: duckdb.DuckDBPyConnection, view: str) -> Content:
    """Evaluate `view` (schema.view), record its content and each patient's share in it, and return the content."""
    return take_shares(con, view, _shares_of(con, view, view))


def take_shares(con: duckdb.DuckDBPyConnection, view: str, shares: str) -> Content:
    """Record the patients' shares that the SELECT `shares` returns, and the content of `view`; return the content."""
    con.execute(f"CREATE OR REPLACE TABLE {shares_of(view)} AS {shares}")
    return _record(con, view)


def put_back_shares(con: duckdb.DuckDBPyConnection, view: str) -> Content:
    """In the build database, replace the shares of the patients that are due with those of the subset's view; record
    and return the new content.
    """
    shares = shares_of(view)
    con.execute(f"DELETE FROM {shares} WHERE (site, patient_id) IN (SELECT (site, patient_id) FROM {DUE})")  # noqa: S608
    con.execute(f"INSERT INTO {shares} {_shares_of(con, view, f'{SUBSET}.{view}')}")
    return _record(con, view)


def shares_of(view: str) -> str:
    """Return the table of the patients' shares in the hash of `view` (schema.view)."""
    return f"work.{view.split('.')[1]}_shares"


def _shares_of(con: duckdb.DuckDBPyConnection, view: str, source: str) -> str:
    """Return a SELECT of the patients' shares; `source` has the view's columns."""
    cells = ", ".join(f'"{name}"' for name, _ in hashed_columns(con, view))
    return (
        f"SELECT site, patient_id, count(*) AS n_rows, sum(hash({cells})::HUGEINT) AS hash_sum, "  # noqa: S608 (own names)
        f"bit_xor(hash({cells})) AS hash_xor FROM {source} GROUP BY site, patient_id"
    )


def _record(con: duckdb.DuckDBPyConnection, view: str) -> Content:
    row = con.execute(
        "SELECT coalesce(sum(n_rows), 0), coalesce(sum(hash_sum), 0), coalesce(bit_xor(hash_xor), 0) "  # noqa: S608
        f"FROM {shares_of(view)}"
    ).fetchone()
    assert row is not None
    n_rows, hash_sum, hash_xor = map(int, row)
    return content_hashes.record(con, view, State(n_rows, n_rows, hash_sum, hash_xor))
