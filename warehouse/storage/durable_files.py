"""Files that are on disk, whole, before anything goes on.

What belongs here: syncing, and replacing a file by one rename. What does not: what the files say.
"""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have the file's (or folder's) content on disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write the file whole or not at all: beside it first, synced, then renamed over it."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    sync(path.parent)
