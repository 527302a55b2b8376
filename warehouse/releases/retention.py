"""Decides which releases are kept (docs/decisions/0009), and removes the others.

Months and order are those of the release ids, in UTC. A release is renamed before it is deleted, so that no reader
finds half of one; the next removal deletes what a crash leaves behind. A reader who has one of its files open keeps
that file until it is closed.
"""

import os
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from warehouse.releases import pins
from warehouse.releases.release import published_at, release_folders
from warehouse.storage.durable_files import durable_rename
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

KEEP_NEWEST = 30
"""The newest releases, this many of them, are kept: a month of nights."""
REMOVING = ".removing-"


@dataclass(frozen=True)
class Verdict:
    """Why a release is kept, in words; without any reason it is removed."""

    release_id: str
    reasons: tuple[str, ...]
    size_bytes: int = 0

    @property
    def stays(self) -> bool:
        """Whether anything keeps it."""
        return bool(self.reasons)


def reasons_to_keep(
    release_ids: Iterable[str], current: str | None, pinned: Collection[str], keep_newest: int = KEEP_NEWEST
) -> dict[str, tuple[str, ...]]:
    """Release id -> why it is kept, newest first; () for one to remove. A folder with any other name is always kept.

    >>> reasons_to_keep(["20260102T020000Z-0000000a", "20260103T020000Z-0000000b"], None, [], keep_newest=0)
    {'20260103T020000Z-0000000b': (), '20260102T020000Z-0000000a': ('first of 2026-01',)}
    """
    newest_first = sorted(release_ids, reverse=True)
    at = {name: moment for name in newest_first if (moment := published_at(name))}
    first_of = {f"{moment:%Y-%m}": name for name, moment in at.items()}  # the oldest of a month is seen last
    return {
        name: tuple(
            reason
            for reason, holds in (
                ("current", name == current),
                ("pinned", name in pinned),
                (f"newest {keep_newest}", name in list(at)[:keep_newest]),
                *((f"first of {month}", True) for month, first in first_of.items() if first == name),
                ("not a release's name", name not in at),
            )
            if holds
        )
        for name in newest_first
    }


def judge(home: Home, keep_newest: int = KEEP_NEWEST) -> list[Verdict]:
    """Return a verdict on every release, newest first. RegistryError if the pins cannot be read."""
    folders = {folder.name: folder for folder in release_folders(home)}
    current = os.readlink(home.current) if home.current.is_symlink() else None
    reasons = reasons_to_keep(folders, current, pins.read(home), keep_newest)
    return [Verdict(name, why, size_of(folders[name])) for name, why in reasons.items()]


def size_of(folder: Path) -> int:
    """Total bytes of the files in the folder; files that vanish meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def prune(home: Home, keep_newest: int = KEEP_NEWEST) -> list[Verdict]:
    """Remove the releases that nothing keeps, and return the verdicts. Call it under the refresh lock.

    RegistryError if the pins cannot be read (nothing is removed then), or if something removed still takes up disk
    space (it is no longer a release then, and the next removal tries again).
    """
    with pins.locked(home):
        verdicts = judge(home, keep_newest)
        for verdict in verdicts:
            if not verdict.stays:
                durable_rename(home.releases / verdict.release_id, home.releases / f"{REMOVING}{verdict.release_id}")
    if left := sweep(home):
        raise RegistryError(
            f"{len(left)} removed release{'s' if len(left) > 1 else ''} could not be deleted from disk.",
            f"Correct the rights of releases/{REMOVING}*; the next removal tries again.",
        )
    return verdicts


def sweep(home: Home) -> list[Path]:
    """Delete what removals, including interrupted ones, have set aside, and return what could not be deleted."""
    aside = list(home.releases.glob(f"{REMOVING}*"))
    for folder in aside:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder for folder in aside if folder.exists()]
