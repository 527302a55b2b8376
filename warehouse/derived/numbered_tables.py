"""Reads derived tables and sessions for the analyses of a whole registry, with numbers instead of keys.

A patient's number is the place among the patients in the order of their keys, a lesion's likewise
(analysis/subjects/numbered_frames.py); text columns come as categories. So a million patients take some 300 MB. Times
are counted here by the factors that the analyses know: a row for each day and kind of patient leaves the database, not
not one for each patient. The numbers are kept in temporary tables of the connection, which must stay open.
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
    import numpy as np
    import pandas as pd

_PATIENT_KEY = "site, patient_id"
_LESION_KEY, _SESSION_KEY = f"{_PATIENT_KEY}, lesion_id", f"{_PATIENT_KEY}, session_id"
_NUMBERS = {"patient": ("patient_numbers", _PATIENT_KEY), "lesion": ("lesion_numbers", _LESION_KEY)}
"""Level -> temporary table of its numbers, and the key."""


class Times:
    """Reads derived.time_to_event for the analyses: counted by the database, or the rows of one endpoint. The view is
    evaluated once for each level, into a temporary table of numbers, which DuckDB writes to disk where memory is short.
    The connection must stay open while it is used.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, only: str | None = None):
        """Read through this connection, on which the patients, and for their endpoints the lesions, are numbered.
        ``only`` names the one endpoint that is needed."""
        self._con, self._only = con, only
        self._made: dict[str, str] = {}

    def __call__(self, endpoint: str, level: str) -> "pd.DataFrame":
        """Return subject (a number, -1 if it is not among the patients or lesions), days and event."""
        return self._con.execute(
            f"SELECT subject, days, event FROM {self._table(level)} WHERE endpoint::VARCHAR = ?",  # noqa: S608
            [endpoint],
        ).df()

    def counted(self, level: str, kinds: "np.ndarray", nobody: int, only: str = "") -> "pd.DataFrame":
        """Return endpoint, days, event, kind and count: how many subjects of each kind have that time and event.
        ``kinds`` says which kind each patient or lesion is of, by number, ``nobody`` that of one who is not among them;
        of all endpoints of the level, or of ``only`` one. No more than the counts ever leaves the database.
        """
        import pandas as pd

        of_number = pd.DataFrame({"subject": range(len(kinds)), "kind": kinds}, dtype="int32")
        self._con.register("kinds_by_number", of_number)
        found = self._con.execute(
            f"SELECT endpoint, days, event, coalesce(kind, {int(nobody)})::INTEGER AS kind, "  # noqa: S608 (own names)
            f"count(*)::INTEGER AS count FROM {self._table(level)} LEFT JOIN kinds_by_number USING (subject) "
            "WHERE $only IN ('', endpoint::VARCHAR) GROUP BY ALL",
            {"only": only},
        ).df()
        self._con.unregister("kinds_by_number")
        return found

    def _table(self, level: str) -> str:
        """Return the temporary table of a level's rows: endpoint, subject, days, event."""
        if level not in self._made:
            numbers, key = _NUMBERS[level]
            all_names = [endpoint for (endpoint, own), _ in self.endpoints() if own == level] if not self._only else []
            names = [self._only] if self._only else all_names or [""]
            only = f"AND t.endpoint = {sql_text(self._only)}" if self._only else ""
            self._con.execute(
                f"CREATE OR REPLACE TEMP TABLE {level}_times AS SELECT t.endpoint::{_enum(names)} AS endpoint, "  # noqa: S608
                f"coalesce(n.number, -1) AS subject, t.days, t.event::TINYINT AS event FROM {TIMES} t "
                f"LEFT JOIN {numbers} n USING ({key}) WHERE t.level = {sql_text(level)} AND t.days IS NOT NULL {only}"
            )
            self._made[level] = f"{level}_times"
        return self._made[level]

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
