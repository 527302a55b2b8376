"""Pins: releases that retention never removes.

What belongs here: releases/pins.json, which a person can read and edit. What does not: what else is kept
(retention.py). Pins lie beside the releases, which are immutable. Whoever writes pins or removes releases holds the
same lock, so that nobody removes what is being pinned.
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
    """Why a release stays, since when, and who said so; empty where nobody wrote it down."""

    reason: str = ""
    since: str = ""
    by: str = ""


def path_of(home: Home) -> Path:
    """The home's pins.json."""
    return home.releases / FILE_NAME


def read(home: Home) -> dict[str, Pin]:
    """Release id -> its pin; empty without a file. RegistryError where the file does not hold."""
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
    """Hold the pins for the time of the block; waits for whoever holds them, which is never for long."""
    descriptor = os.open(home.releases, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def pin(home: Home, release_id: str, reason: str = "", by: str = "") -> Pin:
    """Pin the release. One that is pinned already keeps its reason where no other is given.

    RegistryError where the release is gone.
    """
    with locked(home):
        pins = read(home)
        if not (home.releases / release_id).is_dir():
            raise RegistryError(f"Release {release_id} has been removed.", "`registry releases` lists those there are.")
        before = pins.get(release_id, Pin())
        since = datetime.now(UTC).isoformat(timespec="seconds")
        pins[release_id] = Pin(reason.strip() or before.reason, since, by)
        _write(home, pins)
        return pins[release_id]


def unpin(home: Home, release_id: str) -> str:
    """Take the pin of the release of that id (or the start of one) away; its id. RegistryError where there is none."""
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
    """Give the pin of a release, if it has one, to the release that replaces it."""
    with locked(home):
        pins = read(home)
        if old_id in pins:
            pins[new_id] = pins.pop(old_id)
            _write(home, pins)


def _write(home: Home, pins: dict[str, Pin]) -> None:
    """Write the file, readable by its owner, and by the group that may read the releases."""
    listed = {release_id: vars(pin) for release_id, pin in sorted(pins.items())}
    text = json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
    is_shared = home.releases.stat().st_mode & stat.S_IRGRP  # with a group (sharing.py), which the folder hands on
    atomic_write(path_of(home), text.encode(), SHARED_PINS if is_shared else PRIVATE_FILE)
