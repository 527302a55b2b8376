"""The refresh lock: one writer, and a clear word for the second.

The operating system holds the lock (flock), so that it is gone the moment its holder dies; the file only says who
holds it and since when.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from warehouse.errors import RefreshRunning
from warehouse.home import Home
from warehouse.home_format import check_format, mark_format

_held: dict[str, int] = {}


LOOK_AGAIN_SECONDS = 0.5


@contextmanager
def refresh_lock(home: Home, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock; RefreshRunning where another process still does after `wait_seconds`. Re-entrant in a process.

    RegistryError where a later version of the code has written the home.
    """
    check_format(home)
    home.create()
    key = str(home.lock_file.resolve())
    if key in _held:
        yield
        return
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + wait_seconds
        while not _is_taken(descriptor):
            if time.monotonic() >= until:
                raise RefreshRunning(
                    f"Another refresh is running ({describe_holder(home)}).", "Wait until it ends; nothing was changed."
                )
            time.sleep(LOOK_AGAIN_SECONDS)
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        _held[key] = descriptor
        mark_format(home)
        yield
    finally:
        if _held.pop(key, None) is not None:
            os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def describe_holder(home: Home) -> str:
    """Who holds the lock, in words."""
    try:
        holder = json.loads(home.lock_file.read_text())
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "by a process that did not say which"


def is_held_here(home: Home) -> bool:
    """Whether this process holds the lock."""
    return str(home.lock_file.resolve()) in _held


def is_held(home: Home) -> bool:
    """Whether some process refreshes right now."""
    if not home.lock_file.exists():
        return False
    descriptor = os.open(home.lock_file, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
