"""Recognises a pointer of Git LFS, which lies in place of a large file where a repository was copied without its data."""

from pathlib import Path

from warehouse.readers.near_names import shown
from warehouse.storage.errors import DeliveryRejected

POINTER = b"version https://git-lfs.github.com/spec/"
CURE = "Run `git lfs pull` where the files come from, and deliver them again."


def is_pointer(start: bytes) -> bool:
    """Return whether a file that begins so is a pointer."""
    return start.startswith(POINTER)


def refuse_pointer(path: Path, name: str = "") -> None:
    """Raise DeliveryRejected if the file is a pointer; `name` is said if it is one of several files."""
    with open(path, "rb") as file:
        if not is_pointer(file.read(len(POINTER))):
            return
    what = f"{shown(name)} is" if name else "The file is"
    raise DeliveryRejected(f"{what} a pointer of Git LFS and not the data that it stands for.", CURE)
