"""Writes rows that DuckDB has put into words, one line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

import duckdb

CHUNK_ROWS = 50_000


def write_lines(con: duckdb.DuckDBPyConnection, select: str, file: TextIO, between: str = "\n") -> int:
    """Write the one text of each row of the SELECT, with `between` between two; return how many rows there are."""
    rows = con.execute(select)
    n, before = 0, ""
    while chunk := rows.fetchmany(CHUNK_ROWS):
        file.write(before + between.join([text for (text,) in chunk]))
        n, before = n + len(chunk), between
    return n


def tab_separated(columns: Iterable[str]) -> str:
    """Return SQL of the columns (SQL each) as one text: nothing where empty, and no tab or line end within a cell."""
    cells = (f"coalesce(regexp_replace(({one})::VARCHAR, '[\\t\\r\\n]+', ' ', 'g'), '')" for one in columns)
    return " || chr(9) || ".join(cells)
