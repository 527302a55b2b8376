"""Releases: writing one beside the old, swapping `current`, finding one again.

What belongs here: the folder of a release and its manifest. What does not: what the report says, or whether the
gates are open. Readers come through here too, so what only writing needs is imported when it writes. A release is
written whole under another name, synced, renamed, and only then becomes current.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.connection import private_files, table_exists
from warehouse.errors import ReleaseUnknown
from warehouse.hashing import combined, table_hash
from warehouse.home import RELEASED_FILE, Home
from warehouse.readers.source import sql_text

READABLE_BY = "v1.0.0"  # a release opens in every DuckDB client since that version
NOT_RELEASED = ("row_id",)
DATABASE, REPORT, MANIFEST = "registry.duckdb", "report.html", "manifest.json"


@dataclass(frozen=True)
class Release:
    """A release on disk."""

    folder: Path
    manifest: dict

    @property
    def release_id(self) -> str:
        """Its id, which is its folder's name."""
        return self.folder.name

    @property
    def database(self) -> Path:
        """Its registry.duckdb."""
        return self.folder / DATABASE

    @property
    def report(self) -> Path:
        """Its report.html."""
        return self.folder / REPORT


def content(con: duckdb.DuckDBPyConnection) -> dict[str, dict]:
    """Rows and content hash of every published table of the build database."""
    from warehouse.published import PUBLISHED

    tables = {}
    for table in PUBLISHED:
        if table_exists(con, table.schema, table.name):
            rows, digest = table_hash(con, table.schema, table.name, table.hashed_rows)
            tables[table.full_name] = {"rows": rows, "sha256": digest, "is_hashed": table.is_hashed}
    return tables


def content_hash(tables: dict[str, dict]) -> str:
    """The registry's content hash."""
    return combined({name: t["sha256"] for name, t in tables.items() if t["is_hashed"]})


def new_release_id(digest: str) -> str:
    """YYYYMMDDTHHMMSSZ-<first 8 of the content hash>."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}"


def publish(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    release_id: str,
    manifest: dict,
    report: Callable[[], str],
    write_more: Callable[[Path], None] | None = None,
) -> Release:
    """Write the release and make it current. `manifest` is completed with id and time.

    `write_more` may write further files and folders into the folder that it is given.
    """
    release = write_release(con, home, release_id, manifest, report, write_more)
    make_current(home, release_id)
    return release


def write_release(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    release_id: str,
    manifest: dict,
    report: Callable[[], str],
    write_more: Callable[[Path], None] | None = None,
) -> Release:
    """As publish, but `current` stays where it is."""
    building = home.releases / f".building-{release_id}"
    for left_over in home.releases.glob(".building-*"):  # of a publication that died
        shutil.rmtree(left_over, ignore_errors=True)
    with private_files():
        building.mkdir(parents=True)
        _copy_tables(con, building / DATABASE)
        (building / REPORT).write_text(report(), encoding="utf-8")
        manifest = {"release_id": release_id, "created_at": _now()} | manifest
        (building / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if write_more is not None:
            write_more(building)
    _seal(building)
    folder = home.releases / release_id
    os.rename(building, folder)
    _sync(home.releases)
    return Release(folder, manifest)


def _copy_tables(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    from warehouse.published import PUBLISHED

    con.execute(f"ATTACH {sql_text(str(path))} AS release (STORAGE_VERSION '{READABLE_BY}')")
    try:
        for schema in sorted({table.schema for table in PUBLISHED}):
            con.execute(f"CREATE SCHEMA release.{schema}")
        for table in PUBLISHED:
            if table_exists(con, table.schema, table.name):
                con.execute(
                    f"CREATE TABLE release.{table.full_name} AS "  # noqa: S608 (own names)
                    f"SELECT COLUMNS(c -> c NOT IN {NOT_RELEASED + ('',)}) FROM {table.full_name}"
                )
        con.execute("CHECKPOINT release")
    finally:
        con.execute("DETACH release")


def _seal(folder: Path) -> None:
    """Make every file below read-only, and sync files and folders to disk, innermost first."""
    for path in folder.iterdir():
        if path.is_dir():
            _seal(path)
        else:
            os.chmod(path, RELEASED_FILE)
            _sync(path)
    _sync(folder)


def make_current(home: Home, release_id: str) -> None:
    """Point `current` to the release, in one rename."""
    link = home.releases / ".current-new"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    os.replace(link, home.current)
    _sync(home.releases)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def list_releases(home: Home) -> list[Release]:
    """All releases, newest first."""
    if not home.releases.is_dir():
        return []
    folders = [f for f in home.releases.iterdir() if not f.name.startswith(".") and not f.is_symlink() and f.is_dir()]
    return [_read(folder) for folder in sorted(folders, key=lambda f: f.name, reverse=True)]


def current_release(home: Home) -> Release | None:
    """The release that readers should use; None before the first."""
    return _read(home.current.resolve()) if home.current.is_symlink() and home.current.exists() else None


def find_release(home: Home, release_id: str | None = None) -> Release:
    """The release of that id (or the start of one), or the current one; ReleaseUnknown where there is none."""
    if release_id is None:
        release = current_release(home)
        if release is None:
            raise ReleaseUnknown("Nothing has been released yet.", "Run `registry refresh` first.")
        return release
    found = [r for r in list_releases(home) if r.release_id == release_id or r.release_id.startswith(release_id)]
    if not found and (made := [r for r in list_releases(home) if r.manifest.get("erased_from") == release_id]):
        raise ReleaseUnknown(
            "That release was made again without a patient who was erased.", f"Its id is {made[0].release_id} now."
        )
    if len(found) != 1:
        what = "There is no release" if not found else "More than one release begins with"
        raise ReleaseUnknown(f"{what} {release_id!r}.", "`registry releases` lists them.")
    return found[0]


def _read(folder: Path) -> Release:
    return Release(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
