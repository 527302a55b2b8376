"""Reads derived tables and sessions as frames for the analyses, and stores their results as tables of fixed types."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb

from schemas.analysis import ANALYSIS_COLUMNS
from schemas.analysis_tables import LESIONS, PATIENTS, SESSIONS, TECHNIQUE, TIMES, columns_read
from schemas.derived import DERIVED
from warehouse.storage.connection import table_exists
from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import sql_text

if TYPE_CHECKING:
    import pandas as pd

    Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]

TABLES = (PATIENTS, LESIONS, TIMES, SESSIONS)
SESSION_KEY = ("site", "patient_id", "session_id", "lesion_id")
COUNTED_TOO = ("modality",)
"""Columns of the sessions that no analysis of these frames reads, but disclosure control counts volumes by."""


def frames(con: duckdb.DuckDBPyConnection, among: str = "") -> "Frames":
    """Return derived.patient_ltpfs, lesion_ltp with clean.lesions, time_to_event and clean.rfa_sessions as frames, with
    the columns that analyses read. Rows are in key order, because the last digit of a sum depends on it. `among`
    names a table of site and patient_id, which restricts the rows to these patients.
    """
    patients, lesions, times, sessions = (_frame(con, table, among) for table in TABLES)
    return patients, lesions, times, sessions


def no_frames(con: duckdb.DuckDBPyConnection) -> "Frames":
    """Return the same frames without rows: the input of an analysis of nobody."""
    return frames(con, "(SELECT '' AS site, '' AS patient_id WHERE false)")


def _frame(con: duckdb.DuckDBPyConnection, table: str, among: str = "") -> "pd.DataFrame":
    key = SESSION_KEY if table == SESSIONS else DERIVED[table.removeprefix("derived.")].key
    more = of_technique(con) if table == LESIONS else COUNTED_TOO if table == SESSIONS else ()
    columns = "*" if table == PATIENTS else ", ".join(dict.fromkeys((*key, *columns_read(table), *more)))
    source = with_technique(con) if table == LESIONS else table
    only = f"SEMI JOIN {among} USING (site, patient_id)" if among else ""
    return con.execute(f"SELECT {columns} FROM {source} {only} ORDER BY {', '.join(key)}").df()  # noqa: S608 (own names)


def of_technique(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Return the columns of clean.lesions that analyses read and that are there: releases made before have fewer."""
    there = {name for name, _ in columns_of(con, *TECHNIQUE.split("."))}
    return tuple(name for name in columns_read(TECHNIQUE) if name in there)


def with_technique(con: duckdb.DuckDBPyConnection) -> str:
    """Return SQL of derived.lesion_ltp with these columns."""
    key = ", ".join(DERIVED["lesion_ltp"].key)
    names = of_technique(con)
    if not names:
        return LESIONS
    return f"{LESIONS} LEFT JOIN (SELECT {key}, {', '.join(names)} FROM {TECHNIQUE}) USING ({key})"  # noqa: S608


def store(con: duckdb.DuckDBPyConnection, table: str, result: "pd.DataFrame") -> int:
    """Write `result` as analysis.<table> and return its number of rows. KeyError if a column is not documented."""
    con.register("result_frame", result)
    cells = ", ".join(f'CAST("{name}" AS {ANALYSIS_COLUMNS[name].kind}) AS "{name}"' for name in result.columns)
    con.execute(f"CREATE OR REPLACE TABLE analysis.{table} AS SELECT {cells} FROM result_frame")  # noqa: S608
    con.unregister("result_frame")
    return len(result)


_without_rows: "dict[str, pd.DataFrame]" = {}


def leave_empty(con: duckdb.DuckDBPyConnection, table: str, make: "Callable[[], pd.DataFrame]") -> bool:
    """Make analysis.<table> a table without rows, and return whether it was not one already.

    `make` returns a frame with the table's columns. It is called once per process, if the table does not exist.
    """
    if table_exists(con, "analysis", table):
        deleted = con.execute(f"DELETE FROM analysis.{table}").fetchone()  # noqa: S608 (own names)
        return bool(deleted and deleted[0])
    if table not in _without_rows:
        _without_rows[table] = make().iloc[:0]
    store(con, table, _without_rows[table])
    return True


def read(con: duckdb.DuckDBPyConnection, table: str, only: Sequence[Mapping[str, str]] | None = None) -> "pd.DataFrame":
    """Return analysis.<table> as a pandas frame, in the order in which it was stored.

    With `only`, return the rows that have every text of at least one of its mappings from column to text.
    """
    fits = (" AND ".join(f'"{name}" = {sql_text(text)}' for name, text in one.items()) for one in only or ())
    where = "" if only is None else f"WHERE {' OR '.join(f'({one})' for one in fits) or 'false'}"
    return con.execute(f"SELECT * FROM analysis.{table} {where}").df()  # noqa: S608 (own names)
