"""Locks a home for a refresh: there is one writer, and a second one gets a clear message.

The operating system holds the lock (flock, through filelock), so it is released the moment its holder dies. A file
beside it says who holds it and since when.
"""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.storage.errors import RefreshRunning
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.home_format import check_format, mark_format

LOOK_AGAIN_SECONDS = 0.5
_held: set[str] = set()


@contextmanager
def refresh_lock(home: Home, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock during the block. It is re-entrant within a process.

    Raises RefreshRunning if another process still holds it after `wait_seconds`, and RegistryError if a later version
    of the code has written the home.
    """
    check_format(home)
    home.create()
    key = _key(home)
    if key in _held:
        yield
        return
    lock = file_lock(home.lock_file)
    try:
        lock.acquire(timeout=wait_seconds, poll_interval=LOOK_AGAIN_SECONDS)
    except Timeout:
        raise RefreshRunning(
            f"Another refresh is running ({describe_holder(home)}).", "Wait until it ends; nothing was changed."
        ) from None
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        _holder_file(home).write_text(json.dumps(holder), encoding="utf-8")
        _held.add(key)
        mark_format(home)
        yield
    finally:
        _held.discard(key)
        _holder_file(home).unlink(missing_ok=True)
        lock.release()


def describe_holder(home: Home) -> str:
    """Say who holds the lock."""
    try:
        holder = json.loads(_holder_file(home).read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "by a process that did not say which"


def is_held_here(home: Home) -> bool:
    """Return whether this process holds the lock."""
    return _key(home) in _held


def is_held(home: Home) -> bool:
    """Return whether any process is refreshing right now. A home that this process cannot write answers too."""
    if is_held_here(home):
        return True
    try:
        with open(home.lock_file, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except PermissionError:  # another user's home
        return _holder_file(home).exists()


def file_lock(path: Path) -> FileLock:
    """Make a new lock object for each use, since one that waits must not be the one that is held."""
    return FileLock(path, mode=PRIVATE_FILE, preserve_lock_file=True, fallback_to_soft=False)


def _holder_file(home: Home) -> Path:
    return home.lock_file.with_suffix(".json")


def _key(home: Home) -> str:
    return str(home.lock_file.resolve())
