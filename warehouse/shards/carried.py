"""Carries rows between databases in Parquet files, in their types, with what says whether they arrived whole."""

from collections.abc import Iterable

import duckdb

from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import sql_text

Columns = list[list[str]]
"""[name, DuckDB's type] in order, as JSON keeps them."""
AS_TEXT = ("HUGEINT", "UHUGEINT")
"""Types that Parquet does not have; DuckDB would write floating-point numbers."""


def columns_in(con: duckdb.DuckDBPyConnection, table: str) -> Columns:
    """Return the columns of a table (schema.table)."""
    return [list(column) for column in columns_of(con, *table.split("."))]


def cells_out(columns: Columns) -> str:
    """Return the SELECT list that a file holds."""
    return ", ".join(f'"{n}"::VARCHAR AS "{n}"' if kind in AS_TEXT else f'"{n}"' for n, kind in columns)


def rows_in(columns: Columns, places: Iterable[str]) -> str:
    """Return a SELECT of the rows of these files, in the table's types; of no row if there is no file."""
    files = ", ".join(map(sql_text, places))
    if not files:
        cells = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns)
        return f"SELECT {cells} WHERE false"
    cells = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns)
    return f"SELECT {cells} FROM read_parquet([{files}], hive_partitioning => false)"  # noqa: S608 (own names)


def state_columns(columns: Columns) -> str:
    """Return SQL of what says which rows there are, in any order: number, and sum and exclusive-or of hashes."""
    cells = ", ".join(f'"{name}"' for name, _ in columns)
    return f"count(*), coalesce(sum(hash({cells})::HUGEINT), 0), coalesce(bit_xor(hash({cells})), 0)"


def state_in(con: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> list[int]:
    """Return what says which rows a table has."""
    row = con.execute(f"SELECT {state_columns(columns)} FROM {table}").fetchone()  # noqa: S608 (own names)
    return [int(number) for number in row or ()]
