"""Write files so that they are on disk before the next step begins; no other module calls fsync or os.replace."""

import fcntl
import os
from pathlib import Path

from warehouse.storage.home import PRIVATE_FILE


def fsync(path: Path) -> None:
    """Wait until the content of the file, or the entries of the folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def durable_rename(source: Path, target: Path) -> None:
    """Rename `source` to `target` in the same folder or another, replacing what was there; on disk on return.

    It syncs the rename alone: sync what `source` holds before.
    """
    os.replace(source, target)
    fsync(target.parent)


def atomic_write(path: Path, content: bytes, mode: int = PRIVATE_FILE) -> None:
    """Write the file completely or not at all, with exactly these rights: beside it first, synced, then renamed."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask leaves out
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    durable_rename(beside, path)


def append_line(path: Path, line: str) -> None:
    """Append one line to a journal and sync it; first cut off what a crash left of an unfinished line."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read()
        end = content.rfind(b"\n") + 1
        file.truncate(end)
        file.seek(end)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
