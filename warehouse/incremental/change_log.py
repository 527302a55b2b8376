"""Keeps the change log: which patients' rows have changed, and up to which change each table has followed.

meta.changed_patients: change_no, site, patient_id ('' for rows that name no patient); a row with a NULL site means that
everything changed. meta.watermarks: step, change_no up to which it has followed, and the code that made it. A step
makes everything if its watermark is missing or was made by other code, or if so many patients changed that making all
of them is cheaper.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from warehouse.storage.connection import table_exists

DUE = "work.due_patients"
"""The patients that the running step has to recompute: site, patient_id."""
EVERYTHING_FROM_SHARE = 0.1
"""From this share of all patients on, everything is made anew: measured, a patient in part costs up to eight times
one of a whole."""
HISTORY = "history"
"""The watermark of the history is the number of the last load that it counts."""
LANDED = "landed"
"""The watermark of landing is the number of arrivals in the archive that the history knows of, site.toml included."""


@dataclass(frozen=True)
class Due:
    """What a step has to make: everything, or the `n_patients` in DUE; `up_to` is the change that it follows to."""

    is_full_rebuild: bool
    n_patients: int
    up_to: int

    @property
    def is_nothing(self) -> bool:
        """Whether the step's tables are up to date."""
        return not self.is_full_rebuild and self.n_patients == 0


EVERYTHING = Due(True, 0, 0)


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create the log if it does not exist."""
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    con.execute("CREATE TABLE IF NOT EXISTS meta.changed_patients (change_no BIGINT, site VARCHAR, patient_id VARCHAR)")
    con.execute("CREATE TABLE IF NOT EXISTS meta.watermarks (step VARCHAR, change_no BIGINT, code VARCHAR)")


def reset_all_watermarks(con: duckdb.DuckDBPyConnection) -> None:
    """Have every step make everything, for a rebuild from the archive."""
    create(con)
    con.execute("DELETE FROM meta.watermarks")


def reset_watermarks(con: duckdb.DuckDBPyConnection, *steps: str) -> None:
    """Have these steps make everything the next time."""
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
    """Write the patients that `patients` (a SELECT of site, patient_id) yields down as one change."""
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


def watermark(con: duckdb.DuckDBPyConnection, step: str) -> tuple[int, str] | None:
    """(change_no, code) that the step has followed to; None where it never has."""
    row = con.execute("SELECT change_no, code FROM meta.watermarks WHERE step = ?", [step]).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def set_watermark(con: duckdb.DuckDBPyConnection, step: str, change_no: int, code: str) -> None:
    """Say that the step has followed up to that change, made by that code."""
    con.execute("DELETE FROM meta.watermarks WHERE step = ?", [step])
    con.execute("INSERT INTO meta.watermarks VALUES (?, ?, ?)", [step, change_no, code])


def due(con: duckdb.DuckDBPyConnection, step: str, code: str, after: str | None = None) -> Due:
    """What `step` has to make, with the patients in DUE. It follows no further than the step `after` it reads has."""
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
    """The steps that have not followed as far as the step `behind`, or were made by other code."""
    goal = watermark(con, behind)
    return [step for step in steps if watermark(con, step) != goal]


def is_behind(con: duckdb.DuckDBPyConnection, step: str) -> bool:
    """Whether the step has not followed the newest change."""
    mark = watermark(con, step)
    return mark is None or mark[0] < newest_change(con)


def compact(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the changes that every step has followed."""
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
