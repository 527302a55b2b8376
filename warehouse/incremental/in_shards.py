"""Notes in work.in_shards what shards have made of the present clean tables and no step has taken yet."""

import duckdb

from warehouse.storage.connection import table_exists

IN_SHARDS = "work.in_shards"
"""address of the order, table_name, and what it takes to make the table (shards/gather.py)."""


def is_noted(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether shards have made anything of the present clean tables."""
    return table_exists(con, *IN_SHARDS.split("."))


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Have later steps compute their tables, because the clean tables are made otherwise."""
    con.execute(f"DROP TABLE IF EXISTS {IN_SHARDS}")
