"""Makes sure that files are completely on disk before the program continues: syncs, and atomic replacement."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Flush the file's (or folder's) content to disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write the file completely or not at all: write a file beside it, sync it, then rename it over the old one."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    sync(path.parent)
