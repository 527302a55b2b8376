"""Recognises a pointer of Git LFS, which lies in place of a large file that was copied without its data."""

from pathlib import Path

from warehouse.readers.near_names import shown
from warehouse.storage.errors import DeliveryRejected

POINTER = b"version https://git-lfs.github.com/spec/"
CURE = "Run `git lfs pull` where the files come from, and deliver them again."


LOOKED_AT_BYTES = len(POINTER)


def refuse_start(start: bytes, name: str = "") -> None:
    """Raise DeliveryRejected if a file that begins so is a pointer; `name` is said if it is one of several files."""
    if start.startswith(POINTER):
        what = f"{shown(name)} is" if name else "The file is"
        raise DeliveryRejected(f"{what} a pointer of Git LFS and not the data that it stands for.", CURE)


def refuse_pointer(path: Path) -> None:
    """Raise DeliveryRejected if the file is a pointer."""
    with open(path, "rb") as file:
        refuse_start(file.read(LOOKED_AT_BYTES))
