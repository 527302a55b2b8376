"""Keeps a lake small: forgets releases that no rule keeps, joins small files, and deletes files that no snapshot needs.

DuckLake's functions do nothing, and say nothing, unless told which snapshots or how old; so they are told, and what
they did is counted afterwards.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from warehouse.lake.books import forget_releases, releases_in
from warehouse.lake.connection import LAKE, METADATA
from warehouse.releases.retention import KEEP_NEWEST, reasons_to_keep
from warehouse.storage.errors import RegistryError

GRACE = timedelta(days=1)
"""A file that no snapshot needs is deleted after this time: whoever reads a release may still be reading it."""


@dataclass(frozen=True)
class Expired:
    """How many releases and snapshots a lake has forgotten."""

    n_releases: int
    n_snapshots: int


def expire(con: duckdb.DuckDBPyConnection, pinned: Collection[str], keep_newest: int = KEEP_NEWEST) -> Expired:
    """Forget the releases that no rule of retention keeps, and every snapshot that is neither a kept release's nor the
    newest. Never by date alone: that would take releases.
    """
    releases = releases_in(con)
    newest = releases[-1].release_id if releases else None
    reasons = reasons_to_keep([one.release_id for one in releases], newest, pinned, keep_newest)
    going = [name for name, why in reasons.items() if not why]
    if going:
        con.begin()
        forget_releases(con, going)
        con.commit()
    kept = {one.snapshot for one in releases if one.release_id not in going}
    return Expired(len(going), expire_others(con, kept))


def expire_others(con: duckdb.DuckDBPyConnection, kept: set[int]) -> int:
    """Expire every snapshot but those of `kept` and the newest; return how many."""
    snapshots = _snapshots(con)
    gone = sorted(set(snapshots) - kept - {max(snapshots)})
    if gone:
        con.execute(f"CALL ducklake_expire_snapshots('{LAKE}', versions => {gone})")
    if still := set(gone) & set(_snapshots(con)):
        raise RegistryError(
            f"{len(still)} snapshots of the lake could not be expired.", "Look whether another process writes there."
        )
    return len(gone)


def _snapshots(con: duckdb.DuckDBPyConnection) -> list[int]:
    return [number for (number,) in con.execute(f"SELECT snapshot_id FROM ducklake_snapshots('{LAKE}')").fetchall()]  # noqa: S608


def compact(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Join small files; return how many data files the newest snapshot had before and has now. The joined ones wait for
    clean_up.

    Files of deleted rows are never rewritten: ducklake_rewrite_data_files (DuckDB 1.5.5) narrows the bounds of a
    table's columns to its newest rows, and older snapshots are then answered by them: a condition does not find rows
    that only an older release has, and says nothing. Publishing writes a table whole of which most rows are deleted.
    """
    before = n_files(con)
    con.execute(f"CALL ducklake_merge_adjacent_files('{LAKE}')")
    return before, n_files(con)


def n_files(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many data files the newest snapshot has."""
    return _count(con, f"SELECT count(*) FROM {METADATA}.ducklake_data_file WHERE end_snapshot IS NULL")  # noqa: S608


def clean_up(con: duckdb.DuckDBPyConnection, older_than: timedelta = GRACE) -> tuple[int, int]:
    """Delete files that no snapshot needs, and those that a killed publication left, if they are older than that.

    Return how many were deleted, and how many wait. RegistryError if files that were due are still scheduled.
    """
    before = datetime.now(UTC) - older_than
    moment = f"TIMESTAMPTZ '{before.isoformat()}'"
    due = _scheduled(con, f"WHERE schedule_start < {moment}")
    con.execute(f"CALL ducklake_cleanup_old_files('{LAKE}', older_than => {moment})")
    if still := _scheduled(con, f"WHERE schedule_start < {moment}"):
        raise RegistryError(
            f"{still} files of the lake were due and could not be deleted.",
            "Give the registry's user the right to delete where data_path is.",
        )
    orphans = con.execute(f"CALL ducklake_delete_orphaned_files('{LAKE}', older_than => {moment})").fetchall()
    return due + len(orphans), _scheduled(con)


def _scheduled(con: duckdb.DuckDBPyConnection, which: str = "") -> int:
    return _count(con, f"SELECT count(*) FROM {METADATA}.ducklake_files_scheduled_for_deletion {which}")  # noqa: S608


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
