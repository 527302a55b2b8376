"""Writes a release beside the others and makes it current; finding.py finds it again.

A release is written completely under a temporary name, synced, renamed, and only then becomes current.
"""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.releases.file_rights import as_releases_are
from warehouse.releases.finding import (
    CURRENT,
    DATABASE,
    MANIFEST,
    RELEASE_ID,
    REPORT,
    Release,
    current_release,
    find_folder,
    find_release,
    list_releases,
    problem_of_current,
    published_at,
    release_folders,
)
from warehouse.storage import content_hashes
from warehouse.storage.connection import private_files, table_exists
from warehouse.storage.durable_files import atomic_write, durable_rename, fsync
from warehouse.storage.hashing import combined, file_facts
from warehouse.storage.home import RELEASED_FILE, Home
from warehouse.storage.source_code import making_code

__all__ = [
    "CURRENT",
    "DATABASE",
    "MANIFEST",
    "RELEASE_ID",
    "REPORT",
    "Release",
    "current_release",
    "find_folder",
    "find_release",
    "list_releases",
    "problem_of_current",
    "published_at",
    "release_folders",
]
"""What finds releases is found here too."""
PUBLISHING = ".publishing"
"""While a release is published, this file names it and the previous one, so that an interrupted publication can be
finished."""
Write = Callable[[Path], None]
"""A function that writes part of a release at the given path."""


def content(con: duckdb.DuckDBPyConnection) -> dict[str, dict]:
    """Rows and content hash of every published table of the build database."""
    from warehouse.storage.table_catalogue import PUBLISHED

    tables = {}
    for table in PUBLISHED:
        if table_exists(con, table.schema, table.name):
            held = content_hashes.content_of(con, table.full_name)
            tables[table.full_name] = {"rows": held.rows, "sha256": held.sha256, "is_hashed": table.is_hashed}
    return tables


def content_hash(tables: dict[str, dict]) -> str:
    """The registry's content hash."""
    return combined({name: t["sha256"] for name, t in tables.items() if t["is_hashed"]})


def new_release_id(home: Home, digest: str) -> str:
    """YYYYMMDDTHHMMSSZ-<first 8 of the content hash>: the present time, or a second after the newest release's.

    Thus ids follow the order of publication even if the clock was set back; created_at in the manifest is the clock's
    time.
    """
    times = [at for folder in release_folders(home) if (at := published_at(folder.name))]
    at = max([_clock(), *(time + timedelta(seconds=1) for time in times)])
    return f"{at:%Y%m%dT%H%M%SZ}-{digest[:8]}"


def publish(home: Home, release_id: str, manifest: dict, write_tables: Write, write_files: Write) -> Release:
    """Write the release, make it current and return it. Id and time are added to `manifest`.

    `write_tables` writes the database at the given path (release_tables.py); `write_files` then writes everything else
    but the manifest into the given folder.
    """
    before = os.readlink(home.current) if home.current.is_symlink() else None
    noted = json.dumps({"release_id": release_id, "before": before})
    atomic_write(home.releases / PUBLISHING, noted.encode())
    release = write_release(home, release_id, manifest, write_tables, write_files)
    make_current(home, release_id)
    (home.releases / PUBLISHING).unlink()
    return release


def finish_publication(home: Home) -> None:
    """Finish an interrupted publication: if the release was written completely, make it current.

    If `current` has been set to another release since, it stays. What an incomplete release leaves behind is removed by
    warehouse/refresh/recovery.py.
    """
    note = home.releases / PUBLISHING
    if not note.exists():
        return
    with suppress(ValueError, KeyError):
        noted = json.loads(note.read_text(encoding="utf-8"))
        before = os.readlink(home.current) if home.current.is_symlink() else None
        if before == noted["before"] and (home.releases / noted["release_id"]).is_dir():
            make_current(home, noted["release_id"])
    note.unlink()


def write_release(home: Home, release_id: str, manifest: dict, write_tables: Write, write_files: Write) -> Release:
    """Like `publish`, but leave `current` as it is."""
    building = home.releases / f".building-{release_id}"
    for left_over in home.releases.glob(".building-*"):  # left by a publication that died
        shutil.rmtree(left_over, ignore_errors=True)
    try:
        with private_files():
            building.mkdir(parents=True)
            write_tables(building / DATABASE)
            write_files(building)
            manifest = write_manifest(building, {"release_id": release_id, "created_at": _now()} | manifest)
        _seal(building)
        as_releases_are(building, home.releases)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)  # on a full disk the next attempt needs its space
        raise
    folder = home.releases / release_id
    durable_rename(building, folder)
    return Release(folder, manifest)


def write_manifest(folder: Path, manifest: dict) -> dict:
    """Write manifest.json, the last file of a release, with `files`: size and SHA-256 of every other file."""
    manifest = manifest | {"files": {name: f for name, f in file_facts(folder).items() if name != MANIFEST}}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def _seal(folder: Path) -> None:
    """Make every file in the folder read-only, and sync files and folders to disk, innermost first."""
    for path in folder.iterdir():
        if path.is_dir():
            _seal(path)
        else:
            os.chmod(path, RELEASED_FILE)
            fsync(path)
    fsync(folder)


def make_current(home: Home, release_id: str) -> None:
    """Point `current` to the release, with a single rename."""
    link = home.releases / ".current-new"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    durable_rename(link, home.current)


def _clock() -> datetime:
    return datetime.now(UTC)


def _now() -> str:
    return _clock().isoformat(timespec="seconds")


RELEASE = "release"
"""The release's step in the change log."""


def made_by(release: Release | None) -> str:
    """A text that names the release and today's code: the next release can only patch its file if both are the same."""
    return f"{release.release_id if release else None} {making_code()}"
