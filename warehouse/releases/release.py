"""Releases: writing one beside the old, swapping `current`, finding one again.

What belongs here: the folder of a release and its manifest. What does not: what the report says, or whether the
gates are open. Readers come through here too, so what only writing needs is imported when it writes. A release is
written whole under another name, synced, renamed, and only then becomes current.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.releases.file_rights import as_releases_are
from warehouse.storage import content_hashes
from warehouse.storage.connection import private_files, table_exists
from warehouse.storage.durable_files import atomic_write, durable_rename, fsync
from warehouse.storage.errors import ReleaseDamaged, ReleaseUnknown
from warehouse.storage.hashing import combined, file_facts
from warehouse.storage.home import RELEASED_FILE, Home
from warehouse.storage.source_code import making_code

DATABASE, REPORT, MANIFEST = "registry.duckdb", "report.html", "manifest.json"
PUBLISHING = ".publishing"
"""While a release is published, this file names it and the one before, so that a publication cut off is ended."""
CURRENT = "current"
"""Names the current release wherever a release is asked for."""
Write = Callable[[Path], None]
"""Writes a part of a release at the path that it is given."""
RELEASE_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


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
    """YYYYMMDDTHHMMSSZ-<first 8 of the content hash>: the time of now, or a second after the newest release's.

    So ids stand in the order of publication where the clock was set back; created_at in the manifest is the clock's.
    """
    times = [at for folder in release_folders(home) if (at := published_at(folder.name))]
    at = max([_clock(), *(time + timedelta(seconds=1) for time in times)])
    return f"{at:%Y%m%dT%H%M%SZ}-{digest[:8]}"


def published_at(release_id: str) -> datetime | None:
    """When the release was published (UTC), as its id says; None where the name is no release's."""
    try:
        at = datetime.strptime(release_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if RELEASE_ID.fullmatch(release_id) else None


def publish(home: Home, release_id: str, manifest: dict, write_tables: Write, write_files: Write) -> Release:
    """Write the release and make it current. `manifest` is completed with id and time.

    `write_tables` writes the database at the path that it is given (release_tables.py); `write_files` then writes what
    the release holds beside database and manifest into the folder that it is given.
    """
    before = os.readlink(home.current) if home.current.is_symlink() else None
    noted = json.dumps({"release_id": release_id, "before": before})
    atomic_write(home.releases / PUBLISHING, noted.encode())
    release = write_release(home, release_id, manifest, write_tables, write_files)
    make_current(home, release_id)
    (home.releases / PUBLISHING).unlink()
    return release


def finish_publication(home: Home) -> None:
    """End a publication that was cut off: a release that is whole becomes current, of another nothing is left.

    Where `current` was set to another release since, it stays.
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
    """As publish, but `current` stays where it is."""
    building = home.releases / f".building-{release_id}"
    for left_over in home.releases.glob(".building-*"):  # of a publication that died
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
        shutil.rmtree(building, ignore_errors=True)  # on a full disk its room is what the next attempt needs
        raise
    folder = home.releases / release_id
    durable_rename(building, folder)
    return Release(folder, manifest)


def write_manifest(folder: Path, manifest: dict) -> dict:
    """Write manifest.json as the last file of a release: with `files`, size and SHA-256 of every other one."""
    manifest = manifest | {"files": {name: f for name, f in file_facts(folder).items() if name != MANIFEST}}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def _seal(folder: Path) -> None:
    """Make every file below read-only, and sync files and folders to disk, innermost first."""
    for path in folder.iterdir():
        if path.is_dir():
            _seal(path)
        else:
            os.chmod(path, RELEASED_FILE)
            fsync(path)
    fsync(folder)


def make_current(home: Home, release_id: str) -> None:
    """Point `current` to the release, in one rename."""
    link = home.releases / ".current-new"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    durable_rename(link, home.current)


def _clock() -> datetime:
    return datetime.now(UTC)


def _now() -> str:
    return _clock().isoformat(timespec="seconds")


def release_folders(home: Home) -> list[Path]:
    """The folders of all releases, newest first."""
    if not home.releases.is_dir():
        return []
    folders = [f for f in home.releases.iterdir() if not f.name.startswith(".") and not f.is_symlink() and f.is_dir()]
    return sorted(folders, key=lambda f: f.name, reverse=True)


def list_releases(home: Home) -> list[Release]:
    """All releases whose manifest can be read, newest first; `registry verify --all` names the others."""
    releases = []
    for folder in release_folders(home):
        with suppress(ReleaseDamaged):  # or just removed
            releases.append(_read(folder))
    return releases


def current_release(home: Home) -> Release | None:
    """The release that readers should use; None before the first. Raises ReleaseDamaged."""
    while home.current.is_symlink() and home.current.exists():
        folder = home.current.resolve()
        try:
            return _read(folder)
        except ReleaseDamaged:
            if folder.exists():  # else it was replaced and removed between the two looks
                raise
    return None


def problem_of_current(home: Home) -> str:
    """What is wrong with `current`, as a sentence; '' where nothing is, or nothing was released."""
    if home.current.is_symlink() and not home.current.exists():
        return f"releases/current points to {os.readlink(home.current)}, which is not there."
    if not home.current.is_symlink() and release_folders(home):
        return "releases/current is not there, though there are releases."
    return ""


def find_folder(home: Home, release_id: str | None = None) -> Path:
    """As find_release, but its folder alone, whatever is in it."""
    if release_id in (None, CURRENT):
        if home.current.is_symlink() and home.current.exists():
            return home.current.resolve()
        if problem := problem_of_current(home):
            raise ReleaseDamaged(problem, "Run `registry refresh`, which releases again, or name one with --release.")
        raise ReleaseUnknown("Nothing has been released yet.", "Run `registry refresh` first.")
    assert release_id is not None
    found = [f for f in release_folders(home) if f.name.startswith(release_id)]
    if not found and (made := [r for r in list_releases(home) if r.manifest.get("erased_from") == release_id]):
        raise ReleaseUnknown(
            "That release was made again without a patient who was erased.", f"Its id is {made[0].release_id} now."
        )
    if len(found) != 1:
        what = "There is no release" if not found else "More than one release begins with"
        raise ReleaseUnknown(f"{what} {release_id!r}.", "`registry releases` lists them.")
    return found[0]


def find_release(home: Home, release_id: str | None = None) -> Release:
    """The release of that id (or the start of one), or the current one, which `current` names as well.

    Raises ReleaseUnknown where there is none, ReleaseDamaged where its manifest cannot be read.
    """
    current = current_release(home) if release_id in (None, CURRENT) else None
    return current or _read(find_folder(home, release_id))


def _read(folder: Path) -> Release:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise ReleaseDamaged(
            f"The manifest of release {folder.name} cannot be read.",
            "Take the release's folder back from a backup, or remove it from releases/.",
        ) from None
    return Release(folder, manifest)


RELEASE = "release"
"""The step of the release in the change log."""


def made_by(release: Release | None) -> str:
    """What the next release's file can be made from: this release, as today's code makes it."""
    return f"{release.release_id if release else None} {making_code()}"
