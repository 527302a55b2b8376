"""Makes sure that files are completely on disk before the program continues; no other module calls os.fsync."""

import fcntl
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from warehouse.storage.home import PRIVATE_FILE


def fsync(path: Path) -> None:
    """Flush the file's content, or the folder's entries, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_sharing_blocks(source: Path, target: Path) -> None:
    """Copy the content of a file to `target`, which must not exist. On a file system with reflinks (XFS, Btrfs) the
    copy takes no space: the two share every block until one of them is written to.
    """
    with open(source, "rb") as whole, open(target, "xb") as copy:
        left = os.fstat(whole.fileno()).st_size
        with suppress(OSError):  # not every file system can do this; what is left is copied in the usual way
            while left and (done := os.copy_file_range(whole.fileno(), copy.fileno(), left)):
                left -= done
        shutil.copyfileobj(whole, copy)


def durable_rename(source: Path, target: Path) -> None:
    """Rename `source` to `target`, replacing what was there, and sync the folder, not the content of `source`."""
    os.replace(source, target)
    fsync(target.parent)


def atomic_write(path: Path, content: bytes, mode: int = PRIVATE_FILE) -> None:
    """Write the file completely or not at all, with exactly these permissions: write a file beside it, sync it, then
    rename it over the old one.
    """
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask leaves out
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    durable_rename(beside, path)


def append_line(path: Path, line: str) -> None:
    """Append one line to a journal and sync it; an unfinished line left by a crash is removed first."""
    append_lines(path, [line])


def append_lines(path: Path, lines: Sequence[str]) -> None:
    """Append the lines to a journal in one write, and sync them, as append_line does."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read()
        end = content.rfind(b"\n") + 1
        file.truncate(end)
        file.seek(end)
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
