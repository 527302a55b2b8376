"""Reads derived tables and sessions for the analyses of a whole registry, with numbers instead of keys.

A patient's number is the place among the patients in the order of their keys, a lesion's likewise
(analysis/subjects/numbered_frames.py); text columns come as categories. So a million patients take some 300 MB, and a
row of time_to_event 12 bytes. The numbers are kept in temporary tables of the connection, which must stay open.
"""

from typing import TYPE_CHECKING

import duckdb

from schemas.analysis_tables import LESIONS, PATIENTS, SESSIONS, TIMES, columns_read
from warehouse.derived.endpoint_definitions import competing
from warehouse.storage.hashing import columns_of

if TYPE_CHECKING:
    import pandas as pd

_PATIENT_KEY = "site, patient_id"
_LESION_KEY, _SESSION_KEY = f"{_PATIENT_KEY}, lesion_id", f"{_PATIENT_KEY}, session_id"
_NUMBERS = {"patient": ("patient_numbers", _PATIENT_KEY), "lesion": ("lesion_numbers", _LESION_KEY)}
"""Level -> temporary table of its numbers, and the key."""


class Times:
    """Reads derived.time_to_event for the analyses, one endpoint and level at a time, because all rows of a million
    patients would not fit into memory. The connection must stay open while it is used.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection):
        """Read through this connection, on which the patients, and for their endpoints the lesions, are numbered."""
        self._con = con

    def __call__(self, endpoint: str, level: str) -> "pd.DataFrame":
        """Return subject (a number, -1 if it is not among the patients or lesions), days and event."""
        table, key = _NUMBERS[level]
        return self._con.execute(
            f"SELECT coalesce(n.number, -1) AS subject, t.days, t.event FROM {TIMES} t "  # noqa: S608 (own names)
            f"LEFT JOIN {table} n USING ({key}) WHERE t.endpoint = ? AND t.level = ? AND t.days IS NOT NULL",
            [endpoint, level],
        ).df()

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return each (endpoint, level), in order, and whether an event competes with it: what its definition declares;
        if it has none here, whether any subject has such an event.
        """
        declared = competing()
        rows = self._con.execute(
            "SELECT endpoint, level, bool_or(event > 1) FROM derived.time_to_event GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return [((end, level), declared.get((end, level), bool(competes))) for end, level, competes in rows]


def by_number(con: duckdb.DuckDBPyConnection) -> tuple["pd.DataFrame", "pd.DataFrame", Times, "pd.DataFrame"]:
    """Return patients, lesions, times and sessions, numbered, with the columns that analyses read."""
    patients = _patients(con)
    _number(con, "lesion", LESIONS)
    return patients, _lesions(con), Times(con), _sessions(con)


def patients_by_number(con: duckdb.DuckDBPyConnection) -> tuple["pd.DataFrame", "pd.DataFrame", Times]:
    """Return the same for an analysis of patients alone: no lesion, and times at patient level only."""
    return _patients(con), _lesions(con, "WHERE false"), Times(con)


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
    cells = _cells(con, LESIONS, ("site", *columns_read(LESIONS)))
    return con.execute(
        f"SELECT coalesce(n.number, -1) AS patient, {cells} FROM {LESIONS} LEFT JOIN patient_numbers n "  # noqa: S608
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
        quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        return f"{name}::ENUM ({quoted}) AS {name}"
    return name
