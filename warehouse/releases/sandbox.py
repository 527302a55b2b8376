"""Provides the sandbox in which a release is queried: limits, and a private folder for what does not fit into memory.

DuckDB lets SQL read and write its temporary folder, so that folder is a separate one outside the home, holds nothing
else, and is removed with the process.
"""

import fcntl
import os
import shutil
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.releases.limits import MEMORY_LIMIT, TEMPORARY_LIMIT

Settings = dict[str, str | bool | int | float | list[str]]

PREFIX = "ablation-registry-"
SETTLED_SECONDS = 60
"""A younger folder may not have its lock yet."""

LIMITS: Settings = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": MEMORY_LIMIT,
    "max_temp_directory_size": TEMPORARY_LIMIT,
}
READ_ONLY: Settings = {**LIMITS, "enable_external_access": False, "lock_configuration": True}
"""Access to the opened database and nothing else, within LIMITS; no statement can change these settings."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Create a folder of this process, readable by its user alone, and remove it afterwards. Folders left by processes
    that were killed are removed too: the operating system releases a process's lock when it ends.
    """
    import tempfile  # only where a release is opened

    base = Path(tempfile.gettempdir())
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


@contextmanager
def folder_of(database: Path) -> Iterator[Path]:
    """The temporary folder of a database within this process: one, however often the database is open at a time, since
    DuckDB opens a file again only with the settings it has; and none that two databases share, whose files would mix.
    """
    with _lock:
        if database not in _folders:
            made = ExitStack()
            _folders[database] = _Shared(made, made.enter_context(temporary_folder()))
        _folders[database].users += 1
    try:
        yield _folders[database].folder
    finally:
        with _lock:
            _folders[database].users -= 1
            if not _folders[database].users:
                _folders.pop(database).made.close()


@dataclass
class _Shared:
    """A temporary folder, what removes it, and how many have its database open."""

    made: ExitStack
    folder: Path
    users: int = 0


_lock = threading.Lock()
_folders: dict[Path, _Shared] = {}


def within(folder: Path) -> Settings:
    """READ_ONLY with `folder` for what does not fit into memory."""
    return {**READ_ONLY, "temp_directory": str(folder)}


def while_attaching(folder: Path) -> Settings:
    """Settings for a connection that attaches releases before `close_sandbox`: LIMITS with `folder`."""
    return {**LIMITS, "temp_directory": str(folder)}


def close_sandbox(con: duckdb.DuckDBPyConnection) -> None:
    """Restrict the connection to what it has attached; no statement can lift the restriction."""
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _sweep(base: Path) -> None:
    """Remove this user's folders whose process is gone."""
    with suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and _is_left_over(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_left_over(entry: os.DirEntry) -> bool:
    facts = entry.stat(follow_symlinks=False)
    is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid()
    if not is_ours or time.time() - facts.st_mtime < SETTLED_SECONDS:
        return False
    descriptor = os.open(entry.path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
