"""Checks whether a refresh would find anything to do, so that a night without deliveries costs next to nothing.

It looks at landing/, exceptions.toml and the pending work in the build database (pending_work.py). If it cannot be sure
that everything is up to date, it says no, and the refresh looks more closely.
"""

import duckdb

from warehouse.archive.archive import Archive
from warehouse.intake.exceptions_file import read_or_problem
from warehouse.intake.landing import is_anything_new
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.refresh.pending_work import why_release_waits
from warehouse.releases.release import current_release
from warehouse.storage.connection import open_build, table_exists
from warehouse.storage.home import Home


def is_up_to_date(home: Home) -> bool:
    """Whether landing/ holds nothing new and the current release, made by this code, shows everything received."""
    if not home.build_database.exists() or home.build_database.is_symlink():
        return False
    archive = Archive(home)
    if is_anything_new(home, archive, LandingSnapshot(home)):
        return False
    try:
        with open_build(home) as con:
            return _has_followed(con, home)
    except duckdb.Error:
        return False


def _has_followed(con: duckdb.DuckDBPyConnection, home: Home) -> bool:
    if not (table_exists(con, "meta", "watermarks") and table_exists(con, "meta", "exceptions_file")):
        return False
    return current_release(home) is not None and not why_release_waits(con, home) and _exceptions_are_those(con, home)


def _exceptions_are_those(con: duckdb.DuckDBPyConnection, home: Home) -> bool:
    notes = read_or_problem(home)
    row = con.execute("SELECT sha256, problem FROM meta.exceptions_file").fetchone()
    return row == (notes.sha256, notes.problem)
