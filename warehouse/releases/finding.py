"""Finds releases on disk. Every reader imports this, so it needs nothing that only writing needs."""

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.storage.errors import ReleaseDamaged, ReleaseUnknown
from warehouse.storage.home import Home

DATABASE, REPORT, MANIFEST = "registry.duckdb", "report.html", "manifest.json"
CURRENT = "current"
"""The word that names the current release wherever a release id is expected."""
RELEASE_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
LAKE_SCHEMA = "lake"
"""The schema in which a lake keeps what it says of itself (warehouse/lake/books.py); no table of a release."""


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


def published_at(release_id: str) -> datetime | None:
    """When the release was published (UTC), according to its id; None if the text is not a release id."""
    try:
        at = datetime.strptime(release_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if RELEASE_ID.fullmatch(release_id) else None


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
