"""Packs a folder that is one delivery, such as a study's, into one ZIP: the same files give the same bytes.

Names are in order, every time is 1980-01-01, and nothing is compressed, since the archive does that. Hidden files, and
those that are still being transferred, are left out.
"""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from warehouse.storage.errors import FileChanged

IGNORED_PREFIXES = (".", "~$")
IGNORED_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")
CHUNK_BYTES = 1 << 20
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o600 << 16
ZIP64_BYTES = 1 << 31


def files_within(folder: Path | str) -> list[tuple[str, os.DirEntry[str]]]:
    """Return the files in the folder and below it with their names there, in order. Links are no files.

    A ZIP in the folder itself is a delivery of its own.
    """
    found: list[tuple[str, os.DirEntry[str]]] = []
    _add_files(str(folder), "", found)
    return sorted(found, key=lambda one: one[0].encode("utf-8", "surrogateescape"))


def _add_files(folder: str, above: str, found: list[tuple[str, os.DirEntry[str]]]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(IGNORED_PREFIXES) or entry.name.endswith(IGNORED_SUFFIXES) or entry.is_symlink():
                continue
            if entry.is_dir():
                _add_files(entry.path, f"{above}{entry.name}/", found)
            elif entry.is_file() and (above or not entry.name.lower().endswith(".zip")):
                found.append((f"{above}{entry.name}", entry))


def stamp_of_folder(folder: Path | str) -> tuple[int, int, int, int]:
    """Return the size of all files, the latest times, and a number that changes with any file's name, size or inode."""
    size, modified, changed, digest = 0, 0, os.stat(folder).st_ctime_ns, hashlib.sha256()
    for name, entry in files_within(folder):
        at = os.stat(entry.path)
        size += at.st_size
        modified, changed = max(modified, at.st_mtime_ns), max(changed, at.st_ctime_ns)
        said = f"{name}\0{at.st_size}\0{at.st_mtime_ns}\0{at.st_ino}\0"
        digest.update(said.encode("utf-8", "surrogateescape"))
    return size, modified, changed, int.from_bytes(digest.digest()[:6], "big")


class _Sink:
    """Takes what zipfile writes, without seeking."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Do nothing: the parts are taken by `taken`."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        parts, self._parts = b"".join(self._parts), []
        return parts


def chunks_of_folder(folder: Path | str) -> Iterator[bytes]:
    """Yield the ZIP of the folder. Raises OSError if a file cannot be read, and FileChanged if it grows meanwhile."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as packed:  # type: ignore[call-overload]  # it needs write and flush only
        for name, entry in files_within(folder):
            info = zipfile.ZipInfo(name, FIRST_DAY)
            info.external_attr = PLAIN_FILE
            info.create_system = 3  # the same on every system
            size, written = os.stat(entry.path).st_size, 0
            with (
                open(entry.path, "rb") as source,
                packed.open(info, "w", force_zip64=size >= ZIP64_BYTES) as target,
            ):
                while chunk := source.read(CHUNK_BYTES):
                    written += len(chunk)
                    if written > size:
                        raise FileChanged("A file of the folder changed while it was read.", "Copy it, then rename it.")
                    target.write(chunk)
                    yield sink.taken()
    yield sink.taken()


def delivered_chunks(path: Path | str) -> Iterator[bytes]:
    """Yield the bytes of a delivery: those of the file, or the ZIP of the folder."""
    if os.path.isdir(path):
        yield from chunks_of_folder(path)
        return
    with open(path, "rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk
