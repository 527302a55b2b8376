"""Keeps the registry's own suites of expectations in meta.suites: one row per file, those that were refused included.

A refresh writes the table when it takes in deliveries, and the suites are judged from it later: so a release holds the
text that it was judged by, and a rebuild writes the files again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from schemas.home_file import HomeFile
from warehouse.storage.connection import table_exists

SUITE_TABLE = "meta.suites"
TEXT = pl.String()
COLUMNS = {
    "suite": TEXT,
    "n_expectations": pl.Int64(),
    "is_in_force": pl.Boolean(),
    "reason": TEXT,
    "suite_file": TEXT,
    "suite_file_sha256": TEXT,
    "suite_file_text": TEXT,
}


@dataclass(frozen=True)
class SuiteFile:
    """One file of expectations/: the suite it states, and the reason if it is refused, otherwise ''."""

    file: HomeFile
    suite: str
    n_expectations: int
    reason: str = ""


def write_suites(con: duckdb.DuckDBPyConnection, suites: Sequence[SuiteFile]) -> None:
    """Write meta.suites."""
    rows = [
        (
            one.suite,
            one.n_expectations,
            not one.reason,
            one.reason or None,
            one.file.name,
            one.file.sha256,
            one.file.text,
        )
        for one in suites
    ]
    con.register("suites_now", pl.DataFrame(rows, schema=COLUMNS, orient="row").to_arrow())
    con.execute(f"CREATE OR REPLACE TABLE {SUITE_TABLE} AS FROM suites_now ORDER BY suite_file")
    con.unregister("suites_now")


def suites_of(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> list[SuiteFile]:
    """Return the files that a database was made with, by default the current one; none if it does not say."""
    where = f"{catalogue}." if catalogue else ""
    if not table_exists(con, f"{where}meta", "suites"):
        return []
    rows = con.execute(
        f"SELECT suite_file, suite_file_sha256, suite_file_text, suite, n_expectations, coalesce(reason, '') "  # noqa: S608
        f"FROM {where}{SUITE_TABLE} ORDER BY suite_file"
    ).fetchall()
    return [SuiteFile(HomeFile(name, sha256, text), *said) for name, sha256, text, *said in rows]
