"""Writes a release beside the others, makes it current, and finds releases again.

A release is written completely under a temporary name, synced, renamed, and only then becomes current. Readers import
this module too, so what only writing needs is imported when it writes.
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
"""While a release is published, this file names it and the previous one, so that an interrupted publication can be
finished."""
CURRENT = "current"
"""The word that names the current release wherever a release id is expected."""
Write = Callable[[Path], None]
"""A function that writes part of a release at the given path."""
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
    """YYYYMMDDTHHMMSSZ-<first 8 of the content hash>: the present time, or a second after the newest release's.

    Thus ids follow the order of publication even if the clock was set back; created_at in the manifest is the clock's
    time.
    """
    times = [at for folder in release_folders(home) if (at := published_at(folder.name))]
    at = max([_clock(), *(time + timedelta(seconds=1) for time in times)])
    return f"{at:%Y%m%dT%H%M%SZ}-{digest[:8]}"


def published_at(release_id: str) -> datetime | None:
    """When the release was published (UTC), according to its id; None if the text is not a release id."""
    try:
        at = datetime.strptime(release_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if RELEASE_ID.fullmatch(release_id) else None


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
    """The release that readers should use; None before the first. ReleaseDamaged if its manifest cannot be read."""
    while home.current.is_symlink() and home.current.exists():
        folder = home.current.resolve()
        try:
            return _read(folder)
        except ReleaseDamaged:
            if folder.exists():  # else it was replaced and removed after `current` was read
                raise
    return None


def problem_of_current(home: Home) -> str:
    """What is wrong with `current`, as a sentence; '' if nothing is wrong or nothing has been released."""
    if home.current.is_symlink() and not home.current.exists():
        return f"releases/current points to {os.readlink(home.current)}, which does not exist."
    if not home.current.is_symlink() and release_folders(home):
        return "releases/current does not exist, although there are releases."
    return ""


def find_folder(home: Home, release_id: str | None = None) -> Path:
    """Like `find_release`, but return the folder alone, whatever it contains."""
    if release_id in (None, CURRENT):
        if home.current.is_symlink() and home.current.exists():
            return home.current.resolve()
        if problem := problem_of_current(home):
            raise ReleaseDamaged(problem, "Run `registry refresh`, which makes a release, or name one with --release.")
        raise ReleaseUnknown("Nothing has been released yet.", "Run `registry refresh` first.")
    assert release_id is not None
    found = [f for f in release_folders(home) if f.name.startswith(release_id)]
    if not found and (made := [r for r in list_releases(home) if r.manifest.get("erased_from") == release_id]):
        raise ReleaseUnknown(
            "That release was made again without a patient who was erased.", f"Its id is now {made[0].release_id}."
        )
    if len(found) != 1:
        what = "There is no release" if not found else "More than one release begins with"
        raise ReleaseUnknown(f"{what} {release_id!r}.", "`registry releases` lists them.")
    return found[0]


def find_release(home: Home, release_id: str | None = None) -> Release:
    """The release with that id (or the start of one); for None or "current", the current release.

    ReleaseUnknown if there is none or more than one, ReleaseDamaged if its manifest cannot be read.
    """
    current = current_release(home) if release_id in (None, CURRENT) else None
    return current or _read(find_folder(home, release_id))


def _read(folder: Path) -> Release:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise ReleaseDamaged(
            f"The manifest of release {folder.name} cannot be read.",
            "Restore the release's folder from a backup, or remove it from releases/.",
        ) from None
    return Release(folder, manifest)


RELEASE = "release"
"""The release's step in the change log."""


def made_by(release: Release | None) -> str:
    """A text that names the release and today's code: the next release can only patch its file if both are the same."""
    return f"{release.release_id if release else None} {making_code()}"
