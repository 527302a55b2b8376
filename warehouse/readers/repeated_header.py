"""Refuses a table with a row that repeats its header: as a row it would be a patient of the header's name.

Below the header it may be a title; further below, files were put together.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from warehouse.storage.errors import DeliveryRejected

FEWEST = 2
"""A header with fewer names may occur as a cell."""
DATA = re.compile(r"^\W*\d[\d.,:/ -]*$|\d{3}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
"""What occurs in cells of data but hardly in column names: numbers, dates, identifiers with three digits."""
LINE_END = re.compile(rb"\r\n|\r|\n")
LOOKED_AT = 20
"""Rows in which the first one that is not blank is looked for."""


class HeaderLine:
    """Looks in the chunks of a text file for the bytes of its first line once more; `again` is where, None if nowhere.

    A byte order mark before it counts as part of the line end: it was the start of the second file.
    """

    def __init__(self) -> None:
        self.again: int | None = None
        self._line, self._text, self._before = b"", b"", 0

    def add(self, chunk: bytes) -> None:
        """Look at one more chunk; an empty one is the end."""
        if self._before == 0 and not self._line and chunk:
            start = len(codecs.BOM_UTF8) if chunk.startswith(codecs.BOM_UTF8) else 0
            end = LINE_END.search(chunk, start)
            self._line = chunk[start : end.start()] if end else b""
            self._before, chunk = (end.start(), chunk[end.start() :]) if end else (len(chunk), b"")
        if not self._line or self.again is not None:
            return
        text = self._text + chunk
        at = text.find(self._line)
        while at >= 0:
            above, below = text[:at].removesuffix(codecs.BOM_UTF8)[-1:], text[at + len(self._line) :][:1]
            if above in (b"\n", b"\r") and (below in (b"\n", b"\r") or (not below and not chunk)):
                self.again = self._before + at
                return
            at = text.find(self._line, at + 1)
        kept = text[-len(self._line) - len(codecs.BOM_UTF8) - 1 :]
        self._before += len(text) - len(kept)
        self._text = kept

    def refuse(self, path: Path, names: list[str], header_row: int) -> None:
        """Raise DeliveryRejected if the first line of the file at `path`, with these names, stands in it twice."""
        if self.again is None or not _is_header([name.strip() for name in names]):
            return
        with open(path, "rb") as file:
            number = header_row + len(LINE_END.findall(file.read(self.again)))
        raise DeliveryRejected(
            f"Line {number:,} repeats the header: several files were put together.",
            "Remove the line if all rows below it are in the same columns, or deliver each file by itself.",
        )


def _is_header(names: list[str]) -> bool:
    """Return whether names are a header for sure, and not two equal rows of a table without one."""
    return len([name for name in names if name]) >= FEWEST and not any(DATA.search(name) for name in names)


def refuse_repeated(header: list[str], rows: Iterator[list[str]], header_row: int) -> None:
    """Raise DeliveryRejected if the first of `rows` below the header has the header's names; `rows` begin with it.

    `header_row` is the row of the header as delivered, from 1.
    """
    names = [name.strip() for name in header]
    if not _is_header(names):
        return
    try:
        below = next((row for row in islice(rows, 1, LOOKED_AT) if any(cell.strip() for cell in row)), [])
    except csv.Error:
        return  # what is wrong with the row is said when it is read
    if [cell.strip() for cell in below] == names:
        raise DeliveryRejected(
            "The row below the header repeats it.",
            f"Write header_row = {header_row + 1} for this source into site.toml.",
        )
