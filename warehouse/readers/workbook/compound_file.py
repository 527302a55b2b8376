"""Takes a stream out of a compound file, the container of Excel 5 to 2003 ([MS-CFB] version 3 and 4)."""

from mmap import mmap
from struct import iter_unpack, unpack_from

FREE = 0xFFFFFFFA
"""Sector numbers from here on are marks, such as the end of a chain."""
ENTRY_BYTES = 128
HEADER_SECTORS = 109
"""Sectors of the allocation table that the header lists; others are in a chain of their own."""
STREAM = 2
SECTOR_SHIFTS = (9, 12)
"""Sectors have 512 or 4096 bytes."""


class NoStream(ValueError):
    """The file has no such stream, or is damaged."""


def stream_of(content: bytes, names: tuple[str, ...]) -> bytes:
    """Return the first stream at any place that has one of the names, compared without regard to case.

    Raises NoStream or struct.error if there is none or the file is damaged.
    """
    file = CompoundFile(content)
    for name in names:
        for entry in file.entries():
            found, kind, start, size = entry
            if kind == STREAM and found.lower() == name.lower():
                return file.stream(start, size)
    raise NoStream


class CompoundFile:
    """A compound file. Raises NoStream or struct.error if its allocation table is damaged."""

    def __init__(self, content: bytes | mmap):
        self._content = content
        shift, self._mini_shift = unpack_from("<HH", content, 30)
        if shift not in SECTOR_SHIFTS or self._mini_shift > shift:
            raise NoStream
        self._size = 1 << shift
        self._directory, _, self._mini_limit, mini_table = unpack_from("<IIII", content, 48)
        listed = [n for n in unpack_from(f"<{HEADER_SECTORS}I", content, 76) if n < FREE]
        more, n_more = unpack_from("<II", content, 68)
        for _ in range(min(n_more, len(content) // self._size)):
            if more >= FREE:
                break
            *numbers, more = unpack_from(f"<{self._size // 4}I", self._sector(more))
            listed += [n for n in numbers if n < FREE]
        self._table = [n for sector in listed for (n,) in iter_unpack("<I", self._sector(sector))]
        self._mini_table = [n for (n,) in iter_unpack("<I", self._chain(mini_table))] if mini_table < FREE else []

    def entries(self) -> list[tuple[str, int, int, int]]:
        """Return (name, kind, first sector, size in bytes) of the entries of the directory; the root is the first."""
        directory, found = self._chain(self._directory), []
        for at in range(0, len(directory) - ENTRY_BYTES + 1, ENTRY_BYTES):
            (length,) = unpack_from("<H", directory, at + 64)
            name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
            start, size = unpack_from("<II", directory, at + 116)
            found.append((name, directory[at + 66], start, size))
        return found

    def stream(self, start: int, size: int) -> bytes:
        """Return the bytes of a stream; a small one is in sectors of the root's stream."""
        if size >= self._mini_limit:
            return self._chain(start)[:size]
        _, _, root, root_size = self.entries()[0]
        within, mini_size, parts = self._chain(root)[:root_size], 1 << self._mini_shift, []
        for number in self._numbers(start, self._mini_table):
            parts.append(within[number * mini_size : (number + 1) * mini_size])
        return b"".join(parts)[:size]

    def _sector(self, number: int) -> bytes:
        found = self._content[(number + 1) * self._size : (number + 2) * self._size]
        if not found:
            raise NoStream
        return found.ljust(self._size, b"\0")  # some programs do not fill the last one

    def _chain(self, start: int) -> bytes:
        return b"".join(map(self._sector, self._numbers(start, self._table)))

    def _numbers(self, start: int, table: list[int]) -> list[int]:
        """Return the sectors of a chain. Raises NoStream if it runs in a circle or out of the table."""
        numbers: list[int] = []
        while start < FREE:
            if start >= len(table) or len(numbers) > len(table):
                raise NoStream
            numbers.append(start)
            start = table[start]
        return numbers
