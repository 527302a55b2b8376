"""Puts what was fetched into landing/, complete or not at all: a file by one rename, a study's folder as one.

A folder cannot take the place of another in one step: the one before goes aside first, under a name that intake passes
over. `mend` puts it back if the registry ended in between.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from warehouse.pulls.deliver import PART
from warehouse.storage.connection import private_files
from warehouse.storage.durable_files import copy_sharing_blocks, durable_rename, fsync
from warehouse.storage.packed_folder import IGNORED_PREFIXES, IGNORED_SUFFIXES

ASIDE = ".before"


def put_file(staged: Path, target: Path) -> None:
    """Move a private file to its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}{PART}")  # intake passes such names over
    part.unlink(missing_ok=True)
    try:
        _move(staged, part)
        fsync(part)
        durable_rename(part, target)
    finally:
        part.unlink(missing_ok=True)


def put_folder(staged: Path, target: Path) -> None:
    """Move a private folder to its place. What lay in the one before and is no part of a study stays: ZIPs, which are
    deliveries of their own, and files that are still being transferred.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    arriving, aside = _arriving(target), _aside(target)
    shutil.rmtree(arriving, ignore_errors=True)
    try:
        _move(staged, arriving)
        if target.is_dir():
            shutil.copymode(target, arriving)
            for one in (one for one in target.iterdir() if one.is_file() and _stays(one.name.lower())):
                with private_files():
                    copy_sharing_blocks(one, arriving / one.name)
                shutil.copymode(one, arriving / one.name)
        for folder, _, files in os.walk(arriving):
            for name in files:
                fsync(Path(folder, name))
            fsync(Path(folder))
        if target.is_dir():
            durable_rename(target, aside)
        durable_rename(arriving, target)
    finally:
        mend(target)


def mend(target: Path) -> None:
    """Put the folder before back if it went aside and nothing took its place; delete what else was left half done."""
    aside = _aside(target)
    if not target.exists():
        with suppress(FileNotFoundError):
            durable_rename(aside, target)
    for left in (aside, _arriving(target)):
        shutil.rmtree(left, ignore_errors=True)


def mend_all(folder: Path) -> None:
    """Mend a source's folder and those in it."""
    mend(folder)
    for aside in folder.glob(f".*{ASIDE}"):
        mend(folder / aside.name[1 : -len(ASIDE)])


def _stays(name: str) -> bool:
    return name.endswith((".zip", *IGNORED_SUFFIXES)) or name.startswith(IGNORED_PREFIXES)


def _arriving(target: Path) -> Path:
    return target.with_name(f".{target.name}{PART}")


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}{ASIDE}")


def _move(source: Path, target: Path) -> None:
    """Move a file or folder, by copying it where landing/ is on another disk."""
    with private_files():
        shutil.move(source, target)
