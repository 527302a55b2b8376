"""Writes the registry's CSV: UTF-8, one header line, LF line ends, empty for null, true / false, ISO dates."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import duckdb

CHUNK_ROWS = 10_000
CRLF = "\r\n"
PLAIN = {"VARCHAR", "DOUBLE", "BIGINT", "INTEGER"}
"""Types whose cells the csv module writes correctly, including null."""


def write_csv(answer: duckdb.DuckDBPyRelation, out: TextIO, check: Callable[[], None] = lambda: None) -> None:
    """Write the answer's columns and rows. `out` must not translate line ends; `check` may stop it by raising."""
    writer = csv.writer(_LineFeeds(out), lineterminator=CRLF)
    writer.writerow(answer.columns)
    plain = {str(kind) for kind in answer.types} <= PLAIN
    for row in rows_of(answer, check):
        writer.writerow(row if plain else [_as_csv(cell) for cell in row])


def write_tables(con: duckdb.DuckDBPyConnection, folder: Path, tables: list[str]) -> None:
    """Write each analysis.<table> to <folder>/<table>.csv, rows in the order in which they are stored."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as out:
            write_csv(con.sql(f"FROM analysis.{table}"), out)


class _LineFeeds:
    """Ends the csv module's rows with LF; the module quotes a carriage return only if rows end with one."""

    def __init__(self, out: TextIO):
        self._out = out

    def write(self, row: str) -> None:
        """Write the row, ended by LF."""
        self._out.write(row.removesuffix(CRLF) + "\n")


def rows_of(answer: duckdb.DuckDBPyRelation, check: Callable[[], None] = lambda: None) -> Iterator[tuple]:
    """Yield the answer's rows, fetched in parts; `check` is called before each part."""
    while rows := answer.fetchmany(CHUNK_ROWS):
        check()
        yield from rows


def _as_csv(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell
