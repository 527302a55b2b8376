"""Records in meta.made_from what each table was made from, so that it is not recomputed while its inputs are the same.

The inputs are the content hashes of the tables that it reads, and the code.
"""

from collections.abc import Iterable

import duckdb

from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import content_of
from warehouse.storage.hashing import combined
from warehouse.storage.source_code import making_code


def inputs_of(con: duckdb.DuckDBPyConnection, sources: Iterable[str]) -> str:
    """Return one hash of the content of the tables `sources` (schema.table) and of the code."""
    return combined({source: content_of(con, source).sha256 for source in sources} | {"code": making_code()})


def is_made_from(con: duckdb.DuckDBPyConnection, table: str, inputs: str) -> bool:
    """Return whether `table` (schema.table) exists and was made from these inputs."""
    if not (table_exists(con, "meta", "made_from") and table_exists(con, *table.split("."))):
        return False
    return con.execute("SELECT inputs FROM meta.made_from WHERE table_name = ?", [table]).fetchall() == [(inputs,)]


def invalidate(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make the next refresh recompute `table`."""
    if table_exists(con, "meta", "made_from"):
        con.execute("DELETE FROM meta.made_from WHERE table_name = ?", [table])


def record_inputs(con: duckdb.DuckDBPyConnection, table: str, inputs: str) -> None:
    """Record that `table` was made from these inputs."""
    con.execute("CREATE TABLE IF NOT EXISTS meta.made_from (table_name VARCHAR, inputs VARCHAR)")
    con.execute("DELETE FROM meta.made_from WHERE table_name = ?", [table])
    con.execute("INSERT INTO meta.made_from VALUES (?, ?)", [table, inputs])


def recorded(con: duckdb.DuckDBPyConnection, table: str) -> str | None:
    """Return the inputs from which `table` was made as recorded, or None."""
    if not table_exists(con, "meta", "made_from"):
        return None
    row = con.execute("SELECT inputs FROM meta.made_from WHERE table_name = ?", [table]).fetchone()
    return row[0] if row else None
