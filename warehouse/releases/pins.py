"""Reads and writes releases/pins.json, the list of releases that retention never removes.

A person can read and edit the file. It lies beside the releases, which are immutable. Writing pins and removing
releases take the same lock, so that a release cannot be removed while it is being pinned.
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.releases.file_rights import SHARED_PINS
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, Home

FILE_NAME = "pins.json"


@dataclass(frozen=True)
class Pin:
    """Why a release is kept, since when, and who pinned it; empty where not recorded."""

    reason: str = ""
    since: str = ""
    by: str = ""


def path_of(home: Home) -> Path:
    """The home's pins.json."""
    return home.releases / FILE_NAME


def read(home: Home) -> dict[str, Pin]:
    """Read the pins: release id -> pin, empty without a file. RegistryError if the file is not valid."""
    try:
        listed = json.loads(path_of(home).read_text(encoding="utf-8-sig"))
        return {
            release_id: Pin(**{name: str(text) for name, text in pin.items()}) for release_id, pin in listed.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        raise RegistryError(
            f"releases/{FILE_NAME} is not a list of pins.", 'Correct the file: {"<release>": {"reason": "..."}}.'
        ) from None


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold the lock of the pins while the block runs; wait for another holder, which is never for long."""
    descriptor = os.open(home.releases, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def pin(home: Home, release_id: str, reason: str = "", by: str = "") -> Pin:
    """Pin the release and return its pin. A release that is already pinned keeps its reason if no new one is given.

    RegistryError if the release no longer exists.
    """
    with locked(home):
        pins = read(home)
        if not (home.releases / release_id).is_dir():
            raise RegistryError(f"Release {release_id} has been removed.", "`registry releases` lists the others.")
        before = pins.get(release_id, Pin())
        since = datetime.now(UTC).isoformat(timespec="seconds")
        pins[release_id] = Pin(reason.strip() or before.reason, since, by)
        _write(home, pins)
        return pins[release_id]


def unpin(home: Home, release_id: str) -> str:
    """Remove the pin of the release with that id (or the start of one) and return its id.

    RegistryError if no pinned release, or more than one, begins with it.
    """
    with locked(home):
        pins = read(home)
        found = [pinned for pinned in pins if pinned.startswith(release_id)]
        if len(found) != 1:
            what = "No pinned release begins" if not found else "More than one pinned release begins"
            raise RegistryError(f"{what} with {release_id!r}.", "`registry releases` shows which are pinned.")
        del pins[found[0]]
        _write(home, pins)
        return found[0]


def move(home: Home, old_id: str, new_id: str) -> None:
    """Move the pin of a release, if it has one, to the release that replaces it."""
    with locked(home):
        pins = read(home)
        if old_id in pins:
            pins[new_id] = pins.pop(old_id)
            _write(home, pins)


def _write(home: Home, pins: dict[str, Pin]) -> None:
    """Write the file, readable by its owner and by the group, if any, that may read the releases."""
    listed = {release_id: vars(pin) for release_id, pin in sorted(pins.items())}
    text = json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
    is_shared = home.releases.stat().st_mode & stat.S_IRGRP  # with a group (sharing.py), which the file inherits
    atomic_write(path_of(home), text.encode(), SHARED_PINS if is_shared else PRIVATE_FILE)
