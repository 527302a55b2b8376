"""Keeps the change log: which patients' rows have changed, and up to which change each step has followed.

meta.changed_patients: change_no, site, patient_id ('' for rows that name no patient); a row with a NULL site means that
everything changed. meta.watermarks: step, the change_no up to which it has followed, and a hash of the code that ran.
A step recomputes everything if its watermark is missing or is of other code, or if so many patients changed that
recomputing all of them is cheaper.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from warehouse.storage.connection import table_exists

DUE = "work.due_patients"
"""The patients that the running step has to recompute: site, patient_id."""
EVERYTHING_FROM_SHARE = 0.1
"""If more than this share of all patients changed, everything is recomputed: as measured, a patient in a subset costs
up to eight times as much as in a full rebuild."""
HISTORY = "history"
"""The history's step. Its watermark is the number of the last load that the history counts."""
LANDED = "landed"
"""The step of landing. Its watermark is the number of archived arrivals that the history knows, site.toml included."""


@dataclass(frozen=True)
class Due:
    """What a step has to recompute: everything, or the `n_patients` in DUE. `up_to` is the last change it follows."""

    is_full_rebuild: bool
    n_patients: int
    up_to: int

    @property
    def is_nothing(self) -> bool:
        """Return whether the step's tables are up to date."""
        return not self.is_full_rebuild and self.n_patients == 0


EVERYTHING = Due(True, 0, 0)


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create the log if it does not exist."""
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    con.execute("CREATE TABLE IF NOT EXISTS meta.changed_patients (change_no BIGINT, site VARCHAR, patient_id VARCHAR)")
    con.execute("CREATE TABLE IF NOT EXISTS meta.watermarks (step VARCHAR, change_no BIGINT, code VARCHAR)")


def reset_all_watermarks(con: duckdb.DuckDBPyConnection) -> None:
    """Make every step recompute everything, for a rebuild from the archive."""
    create(con)
    con.execute("DELETE FROM meta.watermarks")


def reset_watermarks(con: duckdb.DuckDBPyConnection, *steps: str) -> None:
    """Make these steps recompute everything the next time."""
    create(con)
    con.execute("DELETE FROM meta.watermarks WHERE step IN (SELECT unnest(?))", [list(steps)])


def newest_change(con: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the newest change."""
    row = con.execute(
        "SELECT greatest((SELECT coalesce(max(change_no), 0) FROM meta.changed_patients), "
        "(SELECT coalesce(max(change_no), 0) FROM meta.watermarks WHERE step NOT IN (?, ?)))",
        [HISTORY, LANDED],
    ).fetchone()
    return int(row[0]) if row else 0


def record_change(con: duckdb.DuckDBPyConnection, patients: str) -> None:
    """Record the patients that `patients` (a SELECT of site, patient_id) returns as one change."""
    number = newest_change(con) + 1
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE changed_now AS "  # noqa: S608 (own text)
        f"SELECT DISTINCT site, coalesce(patient_id, '') AS patient_id FROM ({patients})"
    )
    n_patients = _count(con, "changed_now")
    if n_patients and _costs_more_by_patient(con, n_patients):
        con.execute("INSERT INTO meta.changed_patients VALUES (?, NULL, NULL)", [number])
    else:
        con.execute("INSERT INTO meta.changed_patients SELECT ?, site, patient_id FROM changed_now", [number])
    con.execute("DROP TABLE changed_now")


def record_everything(con: duckdb.DuckDBPyConnection) -> None:
    """Record that the rows of every patient may have changed, as when a rule comes or goes."""
    con.execute("INSERT INTO meta.changed_patients VALUES (?, NULL, NULL)", [newest_change(con) + 1])


def watermark(con: duckdb.DuckDBPyConnection, step: str) -> tuple[int, str] | None:
    """Return the (change_no, code) up to which the step has followed, or None if it never ran."""
    row = con.execute("SELECT change_no, code FROM meta.watermarks WHERE step = ?", [step]).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def set_watermark(con: duckdb.DuckDBPyConnection, step: str, change_no: int, code: str) -> None:
    """Record that the step has followed up to that change with that code."""
    con.execute("DELETE FROM meta.watermarks WHERE step = ?", [step])
    con.execute("INSERT INTO meta.watermarks VALUES (?, ?, ?)", [step, change_no, code])


def due(con: duckdb.DuckDBPyConnection, step: str, code: str, after: str | None = None) -> Due:
    """Return what `step` has to recompute, and write the patients to DUE.

    If the step reads the results of the step `after`, it follows no further than that one has.
    """
    create(con)
    source = watermark(con, after) if after else (newest_change(con), code)
    up_to = source[0] if source else 0
    mark = watermark(con, step)
    if mark is None or mark[1] != code or mark[0] > up_to:
        return Due(True, 0, up_to)
    con.execute(
        f"CREATE OR REPLACE TABLE {DUE} AS SELECT DISTINCT site, patient_id FROM meta.changed_patients "  # noqa: S608
        "WHERE change_no > ? AND change_no <= ?",
        [mark[0], up_to],
    )
    n_due = _count(con, DUE)
    is_full_rebuild = _count(con, f"{DUE} WHERE site IS NULL") > 0 or _costs_more_by_patient(con, n_due)
    return Due(is_full_rebuild, 0 if is_full_rebuild else n_due, up_to)


def _costs_more_by_patient(con: duckdb.DuckDBPyConnection, n_patients: int) -> bool:
    known = _count(con, "clean.patients") if table_exists(con, "clean", "patients") else 0
    return n_patients > EVERYTHING_FROM_SHARE * known


def lagging(con: duckdb.DuckDBPyConnection, steps: Iterable[str], behind: str) -> list[str]:
    """Return the steps whose watermark differs from that of the step `behind`, in change or in code."""
    goal = watermark(con, behind)
    return [step for step in steps if watermark(con, step) != goal]


def is_behind(con: duckdb.DuckDBPyConnection, step: str) -> bool:
    """Return whether the step has yet to follow the newest change."""
    mark = watermark(con, step)
    return mark is None or mark[0] < newest_change(con)


def compact(con: duckdb.DuckDBPyConnection) -> None:
    """Delete the changes that every step has followed."""
    con.execute(
        "DELETE FROM meta.changed_patients WHERE change_no <= "
        "(SELECT min(change_no) FROM meta.watermarks WHERE step NOT IN (?, ?))",
        [HISTORY, LANDED],
    )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (own names)
    return int(row[0]) if row else 0


CLEAN = "clean"
"""The step's name in the change log."""
