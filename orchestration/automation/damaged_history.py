"""Move damaged SQLite files of Dagster's history aside, so that no refresh fails because of them.

The files hold only past runs, and Dagster creates new ones. Call it under the refresh lock, with no instance open. A
glance reads the start of each file that every run opens; a close look reads every file completely.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from warehouse.storage.home import PRIVATE_FOLDER, Home

DAMAGE = ("file is not a database", "database disk image is malformed", "malformed database schema")
TWO_VERSIONS = "'alembic_version' has more than one head"
"""What Dagster says of a file in which two processes that created its tables at once have each noted a version."""
GLANCE, CLOSE_LOOK = "SELECT count(*) FROM sqlite_master", "PRAGMA quick_check(1)"
BESIDE = ("-wal", "-shm", "-journal")
ALL_RUNS = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
"""The files in dagster/ that every run opens; each other file holds the events of one run."""


def move_damaged_aside(home: Home, closely: bool = False) -> tuple[str, ...]:
    """Move damaged files to dagster/damaged-<time>/ and return one notice about them, or none if there are none."""
    look = CLOSE_LOOK if closely else GLANCE
    listed = sorted(home.dagster.rglob("*.db")) if closely else [home.dagster / name for name in ALL_RUNS]
    damaged = [path for path in listed if path.is_file() and not _is_set_aside(home, path) and _is_damaged(path, look)]
    if not damaged:
        return ()
    folder = home.dagster / f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for path in damaged:
        target = folder / path.relative_to(home.dagster)
        target.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        for one, to in _with_beside(path, target):
            one.rename(to)
    names = ", ".join(str(path.relative_to(home.root)) for path in damaged)
    return (
        f"Dagster's history was damaged ({names}). It is kept in dagster/{folder.name}, and a new one was started. "
        "Deliveries and releases are not affected; delete the folder when nobody needs the old runs.",
    )


def speaks_of_damage(error: BaseException) -> bool:
    """Return whether a damaged SQLite file caused the failure."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is not None and cause not in seen:
            seen.append(cause)
            waiting += [cause.__cause__, cause.__context__]
    of_sqlite = [str(cause) for cause in seen if "sqlite3" in repr(type(cause)) + str(cause)]
    return any(word in text for text in of_sqlite for word in DAMAGE) or any(TWO_VERSIONS in str(one) for one in seen)


def _is_set_aside(home: Home, path: Path) -> bool:
    return path.relative_to(home.dagster).parts[0].startswith("damaged-")


def _is_damaged(path: Path, look: str) -> bool:
    """Return whether SQLite reports damage, or Dagster would; a file that is locked or unreachable is not damaged."""
    if path.stat().st_size == 0:
        return False
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            connection.execute(GLANCE).fetchone()
            if _has_two_versions(connection):
                return True
            return look == CLOSE_LOOK and connection.execute(look).fetchone() != ("ok",)
    except sqlite3.DatabaseError as error:
        return any(word in str(error) for word in DAMAGE)


def _has_two_versions(connection: sqlite3.Connection) -> bool:
    """Return whether the file is one of which Dagster says TWO_VERSIONS; it never opens it again."""
    (is_noted,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    return bool(is_noted) and connection.execute("SELECT count(*) FROM alembic_version").fetchone()[0] > 1


def _with_beside(path: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    yield path, target
    for suffix in BESIDE:
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            yield beside, target.with_name(target.name + suffix)
