"""Recovers the home after a refresh that died: scratch files, an interrupted publication, a lost or damaged build.

The archive and the releases are never changed; everything else can be made from them. Call it under the refresh lock,
with no connection open. An interrupted erasure is finished elsewhere (workflows/erasure_steps.py).
"""

import shutil
from pathlib import Path

import duckdb

from warehouse.releases.release import Release, current_release, finish_publication
from warehouse.releases.retention import sweep
from warehouse.storage.connection import create_schemas, open_build, private_files, settings, table_exists
from warehouse.storage.durable_files import durable_rename, fsync
from warehouse.storage.faults import is_damage
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.sql_files import sql_text

DAMAGED, MARK = "build-damaged.duckdb", "build.damaged"
"""Files beside the build database: the damaged one, set aside, and the marker that a step found damage in the present
one."""
JOURNALS = {"quarantine": "CAST(NULL AS BIGINT) AS row_id, *", "resolved": "*"}
"""Tables of schema quality that the archive cannot reproduce: which entries were open, and when each was resolved."""
WAL = ".wal"


def recover(home: Home) -> tuple[str, ...]:
    """Clean up after a refresh that died, and return sentences about what a person should know."""
    _clear_scratch(home)
    for folder in home.releases.glob(".building-*"):
        shutil.rmtree(folder, ignore_errors=True)
    finish_publication(home)
    sweep(home)
    said = _recreate_build_database(home)
    return (said,) if said else ()


def note_damage(home: Home) -> None:
    """Record that the build database is damaged, for the next `recover`."""
    (home.warehouse / MARK).touch(PRIVATE_FILE)


def is_damage_noted(home: Home) -> bool:
    """Whether a step found the build database damaged and it has not been replaced since."""
    return (home.warehouse / MARK).exists()


def _clear_scratch(home: Home) -> None:
    for path in home.scratch.glob("*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _recreate_build_database(home: Home) -> str:
    """Create a new build database if the present one is damaged or missing; return a sentence, '' if nothing was done.

    ReleaseDamaged if the manifest of the current release, whose journals are needed, cannot be read.
    """
    is_gone = not home.build_database.exists()
    if not is_gone and not is_damage_noted(home) and _opens(home):
        return ""
    release = current_release(home)
    if is_gone and release is None:
        return ""  # this home has never released
    new = home.warehouse / "build-new.duckdb"
    has_journals = _new_build(home, new, release)
    if not is_gone:
        durable_rename(home.build_database, home.warehouse / DAMAGED)
    Path(f"{home.build_database}{WAL}").unlink(missing_ok=True)  # DuckDB would replay it onto the new file
    durable_rename(new, home.build_database)
    (home.warehouse / MARK).unlink(missing_ok=True)
    what = "lost" if is_gone else "damaged"
    kept = "" if is_gone else f" The damaged file is kept as warehouse/{DAMAGED} until the next damage or erasure."
    of = f"is that of release {release.release_id}" if release and has_journals else "starts empty"
    return (
        f"The build database was {what}: it is made again from the archive; the journal of resolved entries {of}.{kept}"
    )


def _opens(home: Home) -> bool:
    """Whether the build database opens and its write-ahead log can be replayed. Errors other than damage are raised."""
    try:
        with open_build(home):
            return True
    except duckdb.Error as error:
        if is_damage(error):
            return False
        raise


def _new_build(home: Home, path: Path, release: Release | None) -> bool:
    """Create a build database that holds the release's journals alone; return False if the release is damaged too."""
    _remove(path)
    try:
        with private_files(), duckdb.connect(str(path), config=settings(home.scratch)) as con:
            create_schemas(con)
            if release is not None:
                _copy_journals(con, release)
            con.execute("CHECKPOINT")
    except duckdb.Error as error:
        if release is None or not is_damage(error):
            raise
        _new_build(home, path, None)
        return False
    fsync(path)
    return True


def _copy_journals(con: duckdb.DuckDBPyConnection, release: Release) -> None:
    con.execute(f"ATTACH {sql_text(str(release.database))} AS release (READ_ONLY)")
    for name, columns in JOURNALS.items():
        if table_exists(con, "release.quality", name):
            con.execute(f"CREATE TABLE quality.{name} AS SELECT {columns} FROM release.quality.{name}")  # noqa: S608 (own names)
    con.execute("DETACH release")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    Path(f"{path}{WAL}").unlink(missing_ok=True)
