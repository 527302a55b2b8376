"""Counts the records of a text file in its bytes, independently of the reader that loads the rows.

What was loaded is compared with this count, so that a reader that loses a row is noticed. A line end between quotes
does not end a record, and blank lines are not records if a row has more than one cell. Quotes are paired in order,
which costs almost nothing; a quote inside an unquoted cell is paired wrongly, so `csv_records_slowly` checks the count
before a file is refused.
"""

import csv
import re
from pathlib import Path

from warehouse.readers.bounds import MAX_CELL_BYTES
from warehouse.storage.errors import DeliveryRejected

LINE_END = re.compile(rb"\r\n|\r|\n")
# a chunk without CR can contain only the first of them
BLANK_LINES = (b"\n\n", b"\r\r", b"\r\n\r\n", b"\r\n\n", b"\n\r")
QUOTE, CR, LF = b'"', b"\r", b"\n"


class Records:
    """Counts the records of a CSV, including the header, from chunks that never split a CRLF.

    `longest` is the length of the longest line in bytes, exact for lines longer than a chunk.
    """

    def __init__(self) -> None:
        self.n_lines = 0
        self.n_blank = 0
        self.longest = 0
        self._is_quoted = False
        self._line_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Count the records of one more chunk."""
        if QUOTE not in chunk and not self._is_quoted and not self._has_blank(chunk):
            self._add_plain(chunk)
        else:
            self._add_closely(chunk)

    def _has_blank(self, chunk: bytes) -> bool:
        begins = self._line_bytes == 0 and chunk[:1] in (CR, LF)
        return begins or any(blank in chunk for blank in (BLANK_LINES if CR in chunk else BLANK_LINES[:1]))

    def _add_plain(self, chunk: bytes) -> None:
        """Count a chunk without quotes and blank lines: every line end ends a record."""
        n_ends = chunk.count(LF)
        if CR in chunk:
            n_ends += chunk.count(CR) - chunk.count(b"\r\n")
        last = max(chunk.rfind(LF), chunk.rfind(CR)) + 1
        if n_ends:
            first = LINE_END.search(chunk)
            self.longest = max(self.longest, self._line_bytes + (first.start() if first else 0))
            self._line_bytes = 0
        self._line_bytes += len(chunk) - last
        self.longest = max(self.longest, self._line_bytes)
        self.n_lines += n_ends

    def _add_closely(self, chunk: bytes) -> None:
        """Count a chunk with quotes: a line end ends a record if an even number of quotes precedes it."""
        import numpy as np

        of = np.frombuffer(chunk, dtype=np.uint8)
        quoted = np.bitwise_xor.accumulate(of == QUOTE[0]) ^ self._is_quoted
        is_lf = of == LF[0]
        is_end = is_lf | (of == CR[0])
        is_end[:-1] &= ~((of[:-1] == CR[0]) & is_lf[1:])  # of a CRLF, only its LF
        ends = np.flatnonzero(is_end & ~quoted)
        self._is_quoted = bool(quoted[-1])
        if not len(ends):
            self._line_bytes += len(chunk)
            self.longest = max(self.longest, self._line_bytes)
            return
        starts = np.concatenate([[0], ends[:-1] + 1])
        is_pair = (of[ends] == LF[0]) & (ends > 0) & (of[np.maximum(ends - 1, 0)] == CR[0])
        sizes = ends - starts - is_pair
        sizes[0] += self._line_bytes
        self.n_lines += len(ends)
        self.n_blank += int((sizes == 0).sum())
        self._line_bytes = len(chunk) - int(ends[-1]) - 1
        self.longest = max(self.longest, int(sizes.max()), self._line_bytes)

    def data_rows(self, n_columns: int) -> int:
        """Return the number of records below the header, including a last one without a line end."""
        last = 1 if self._line_bytes else 0
        return self.n_lines + last - (self.n_blank if n_columns > 1 else 0) - 1


def csv_records_slowly(path: Path, delimiter: str, n_columns: int) -> int:
    """Return the number of data rows of a CSV by Python's own reader, which is a hundred times slower than Records."""
    limit = csv.field_size_limit(1 << 30)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return sum(1 for row in csv.reader(file, delimiter=delimiter) if row or n_columns == 1) - 1
    finally:
        csv.field_size_limit(limit)


def json_lines(path: Path) -> int:
    """Return the number of lines that are not blank. Raises DeliveryRejected if one is too long to be read."""
    n_lines = 0
    with open(path, "rb") as file:
        while line := file.readline(MAX_CELL_BYTES):
            if len(line) == MAX_CELL_BYTES:
                raise DeliveryRejected("A line is too long to be read; is a line end missing?")
            n_lines += not line.isspace()
    return n_lines
