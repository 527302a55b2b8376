"""Reads a table's rows into the frame that Great Expectations judges: the columns that are named, never a sample."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb

from schemas.thresholds import JUDGED_ROWS_MAX

if TYPE_CHECKING:
    import pandas as pd

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
DAYS = ("DATE", "TIMESTAMP")


def n_rows_of(con: duckdb.DuckDBPyConnection, source: str) -> int:
    """Return the number of rows of a table or a subquery."""
    row = con.execute(f"SELECT count(*) FROM {source}").fetchone()  # noqa: S608 (own names)
    return int(row[0]) if row else 0


def is_small(con: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Return whether the rows themselves are judged."""
    return n_rows_of(con, source) <= JUDGED_ROWS_MAX


def types_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return column -> type."""
    return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()}


def frame_of(
    con: duckdb.DuckDBPyConnection, table: str, types: dict[str, str], columns: Iterable[str]
) -> "pd.DataFrame":
    """Return these columns of every row, in the types that the library compares at once: whole numbers of 64 bits, days
    as timestamps. A frame without a column has the rows all the same.
    """
    named = sorted(columns)
    cells = [f"CAST({name} AS BIGINT) AS {name}" if types[name] in WHOLE else name for name in named]
    frame = con.execute(f"SELECT {', '.join(cells) or '1 AS a_row'} FROM {table}").df()  # noqa: S608 (own names)
    return frame.astype({name: "datetime64[ns]" for name in named if types[name].startswith(DAYS)})
