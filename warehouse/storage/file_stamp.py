"""Computes a file's stamp (size, times, inode) and its SHA-256; those of a folder that is one delivery likewise."""

import hashlib
import os
import stat
from pathlib import Path

from warehouse.storage.packed_folder import chunks_of_folder, stamp_of_folder

AT_ONCE_BYTES = 1 << 20


Stamp = tuple[int, int, int, int]


def stamp_of(path: Path | str) -> Stamp:
    """Return size, modification time, inode change time and inode of the file. Raises OSError if it is gone."""
    at = os.stat(path)
    if stat.S_ISDIR(at.st_mode):
        return stamp_of_folder(path)
    return (at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino)


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 of the file's content. Raises OSError if it cannot be read."""
    if os.path.isdir(path):
        whole = hashlib.sha256()
        for part in chunks_of_folder(path):
            whole.update(part)
        return whole.hexdigest()
    with open(path, "rb", buffering=0) as file:
        digest = hashlib.sha256(file.read(AT_ONCE_BYTES))
        while chunk := file.read(AT_ONCE_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
