"""Counts the bytes that files take on disk, blocks that several of them share (reflinks, hard links) once. Linux only.

The file system is asked where each file lies (FIEMAP, Documentation/filesystems/fiemap.rst of the kernel).
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from pathlib import Path

FS_IOC_FIEMAP = 0xC020660B
SYNC, LAST, INLINE = 0x1, 0x1, 0x200
"""Flags: write the file out first; the file's last extent; content that is stored beside the file's own facts."""
REQUEST, EXTENT = struct.Struct("=QQLLLL"), struct.Struct("=QQQQQLLLL")
AT_ONCE = 500


def bytes_in(folder: Path) -> int:
    """Return the bytes on disk of all files below `folder`, shared ones once, in whole blocks.

    On a file system that cannot say where files lie (tmpfs), bytes of content, files with several hard links once.
    """
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    try:
        places = sorted({place for path in found for place in _places(path)})
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.ENOTTY):
            raise
        stats = [path.stat() for path in found]
        return sum({(stat.st_dev, stat.st_ino): stat.st_size for stat in stats}.values())
    total, disk, end = 0, -1, 0
    for device, begin, length in places:
        if device != disk:
            disk, end = device, 0
        total += max(0, begin + length - max(begin, end))
        end = max(end, begin + length)
    return total


def _places(path: Path) -> Iterator[tuple[int, int, int]]:
    """Yield where the file's content lies: device, first byte on it, number of bytes."""
    with open(path, "rb") as file:
        device, start = os.fstat(file.fileno()).st_dev, 0
        while True:
            answer = bytearray(REQUEST.size + AT_ONCE * EXTENT.size)
            REQUEST.pack_into(answer, 0, start, 2**64 - 1 - start, SYNC, 0, AT_ONCE, 0)
            fcntl.ioctl(file.fileno(), FS_IOC_FIEMAP, answer, True)
            n_found, flags = REQUEST.unpack_from(answer)[3], LAST
            for number in range(n_found):
                extent = EXTENT.unpack_from(answer, REQUEST.size + number * EXTENT.size)
                logical, physical, length, flags = *extent[:3], extent[5]
                if not flags & INLINE:
                    yield device, physical, length
                start = logical + length
            if flags & LAST:
                return
