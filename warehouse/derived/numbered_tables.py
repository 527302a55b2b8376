"""Reads derived tables and sessions for the analyses of a whole registry, with numbers instead of keys.

A patient's number is the place among the patients in the order of their keys, a lesion's likewise
(analysis/subjects/numbered_frames.py); text columns come as categories. So a million patients take some 300 MB, and a
row of time_to_event 10 bytes. The numbers are kept in temporary tables of the connection, which must stay open.
"""

from functools import cached_property
from typing import TYPE_CHECKING

import duckdb

from schemas.analysis_tables import LESIONS, PATIENTS, SESSIONS, TECHNIQUE, TIMES, columns_read
from warehouse.derived.analysis_tables import of_technique, with_technique
from warehouse.derived.endpoint_definitions import competing
from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import sql_text

if TYPE_CHECKING:
    import pandas as pd

_PATIENT_KEY = "site, patient_id"
_LESION_KEY, _SESSION_KEY = f"{_PATIENT_KEY}, lesion_id", f"{_PATIENT_KEY}, session_id"
_NUMBERS = {"patient": ("patient_numbers", _PATIENT_KEY), "lesion": ("lesion_numbers", _LESION_KEY)}
"""Level -> temporary table of its numbers, and the key."""


class Times:
    """Reads derived.time_to_event for the analyses, all endpoints of a level at once when one of them is asked for. The
    connection must stay open while it is used.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, only: str | None = None):
        """Read through this connection, on which the patients, and for their endpoints the lesions, are numbered.
        ``only`` names the one endpoint that is needed."""
        self._con, self._only = con, only
        self._read: dict[str, pd.DataFrame] = {}

    def __call__(self, endpoint: str, level: str) -> "pd.DataFrame":
        """Return subject (a number, -1 if it is not among the patients or lesions), days and event."""
        if level not in self._read:
            self._read[level] = self._of_level(level)
        rows = self._read[level]
        return rows.loc[(rows["endpoint"] == endpoint).to_numpy(), ["subject", "days", "event"]]

    def _of_level(self, level: str) -> "pd.DataFrame":
        """Read all rows of a level."""
        table, key = _NUMBERS[level]
        all_names = [endpoint for (endpoint, own), _ in self.endpoints() if own == level] if not self._only else []
        names = [self._only] if self._only else all_names or [""]
        only = f"AND t.endpoint = {sql_text(self._only)}" if self._only else ""
        return self._con.execute(
            f"SELECT t.endpoint::{_enum(names)} AS endpoint, coalesce(n.number, -1) AS subject, "  # noqa: S608
            f"t.days, t.event::TINYINT AS event FROM {TIMES} t LEFT JOIN {table} n USING ({key}) "
            f"WHERE t.level = {sql_text(level)} AND t.days IS NOT NULL {only}"
        ).df()

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return each (endpoint, level), in order, and whether an event competes with it: what its definition declares;
        if it has none here, whether any subject has such an event.
        """
        return self._endpoints

    @cached_property
    def _endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        declared = competing()
        rows = self._con.execute(
            f"SELECT endpoint, level, bool_or(event > 1) FROM {TIMES} GROUP BY ALL ORDER BY ALL"  # noqa: S608
        ).fetchall()
        return [((end, level), declared.get((end, level), bool(competes))) for end, level, competes in rows]


def by_number(con: duckdb.DuckDBPyConnection) -> tuple["pd.DataFrame", "pd.DataFrame", Times, "pd.DataFrame"]:
    """Return patients, lesions, times and sessions, numbered, with the columns that analyses read."""
    patients = _patients(con)
    _number(con, "lesion", LESIONS)
    return patients, _lesions(con), Times(con), _sessions(con)


def patients_by_number(con: duckdb.DuckDBPyConnection, endpoint: str) -> tuple["pd.DataFrame", "pd.DataFrame", Times]:
    """Return the same for an analysis of patients and one endpoint of theirs: no lesion, no session."""
    return _patients(con), _lesions(con, "WHERE false"), Times(con, endpoint)


def _number(con: duckdb.DuckDBPyConnection, level: str, source: str) -> None:
    table, key = _NUMBERS[level]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS "  # noqa: S608 (own names)
        f"SELECT {key}, (row_number() OVER (ORDER BY {key}) - 1)::INTEGER AS number FROM {source}"
    )


def _patients(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    _number(con, "patient", PATIENTS)
    cells = _cells(con, PATIENTS, ("site", *columns_read(PATIENTS)))
    return con.execute(f"SELECT {cells} FROM {PATIENTS} ORDER BY {_PATIENT_KEY}").df()  # noqa: S608 (own names)


def _lesions(con: duckdb.DuckDBPyConnection, where: str = "") -> "pd.DataFrame":
    cells = [_cells(con, LESIONS, ("site", *columns_read(LESIONS))), _cells(con, TECHNIQUE, of_technique(con))]
    columns = ", ".join(filter(None, cells))
    return con.execute(
        f"SELECT coalesce(n.number, -1) AS patient, {columns} FROM {with_technique(con)} LEFT JOIN patient_numbers n "  # noqa: S608
        f"USING ({_PATIENT_KEY}) {where} ORDER BY {_LESION_KEY}"
    ).df()


def _sessions(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    numbers = ", ".join(
        f"(dense_rank() OVER (ORDER BY {key}) - 1)::INTEGER AS {name}"
        for name, key in (("lesion", _LESION_KEY), ("session", _SESSION_KEY))
    )
    cells = _cells(con, SESSIONS, ("site", *columns_read(SESSIONS)))
    return con.execute(f"SELECT {numbers}, {cells} FROM {SESSIONS}").df()  # noqa: S608 (own names)


def _cells(con: duckdb.DuckDBPyConnection, table: str, names: tuple[str, ...]) -> str:
    """Return SQL of these columns in the narrowest form: text and true / false as categories, which pandas holds as
    codes, and numbers for what is counted."""
    kinds = dict(columns_of(con, *table.split(".")))
    texts = [name for name in names if kinds[name] == "VARCHAR"]
    lists = ", ".join(f"list_sort(list(DISTINCT {name}) FILTER ({name} IS NOT NULL))" for name in texts)
    seen = con.execute(f"SELECT {lists} FROM {table}").fetchone() if texts else ()  # noqa: S608 (own names)
    values = dict(zip(texts, seen or (), strict=True))
    return ", ".join(_cell(name, kinds[name], values.get(name)) for name in names)


def _cell(name: str, kind: str, values: list[str] | None) -> str:
    if kind == "BOOLEAN":
        narrow = "VARCHAR::ENUM ('false', 'true')" if name == "diameter_ge_30" else "FLOAT"
        return f"{name}::{narrow} AS {name}"
    if kind in ("INTEGER", "BIGINT"):  # with nulls, pandas would hold an object for each cell on the way to a float
        return f"{name}::DOUBLE AS {name}"
    if values:
        return f"{name}::{_enum(values)} AS {name}"
    return name


def _enum(values: list[str]) -> str:
    return f"ENUM ({', '.join(map(sql_text, values))})"
