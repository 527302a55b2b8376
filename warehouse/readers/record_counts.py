"""How many records a text file holds, counted in its bytes, apart from whoever reads the rows.

What belongs here: counting. What does not: reading cells. A reader that loses a row must not pass unseen, so that what
was loaded is held against this count. A line end between quotes ends no record, and blank lines are none where a row
has more than one cell. Quotes are paired as they come, which costs next to nothing; a quote inside a bare cell is
paired wrongly, so `csv_records_slowly` is asked before anybody is accused.
"""

import csv
import re
from pathlib import Path

from warehouse.readers.bounds import MAX_CELL_BYTES
from warehouse.storage.errors import DeliveryRejected

LINE_END = re.compile(rb"\r\n|\r|\n")
# the first of them alone can stand where no CR does
BLANK_LINES = (b"\n\n", b"\r\r", b"\r\n\r\n", b"\r\n\n", b"\n\r")
QUOTE, CR, LF = b'"', b"\r", b"\n"


class Records:
    """Counts the records of a CSV, header included, from chunks none of which parts a CRLF.

    `longest` are the bytes of the longest line, exact for lines longer than a chunk.
    """

    def __init__(self) -> None:
        self.n_lines = 0
        self.n_blank = 0
        self.longest = 0
        self._is_quoted = False
        self._line_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Count one more chunk."""
        if QUOTE not in chunk and not self._is_quoted and not self._has_blank(chunk):
            self._add_plain(chunk)
        else:
            self._add_closely(chunk)

    def _has_blank(self, chunk: bytes) -> bool:
        begins = self._line_bytes == 0 and chunk[:1] in (CR, LF)
        return begins or any(blank in chunk for blank in (BLANK_LINES if CR in chunk else BLANK_LINES[:1]))

    def _add_plain(self, chunk: bytes) -> None:
        """No quotes, no blank lines: what is between two line ends is a record."""
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
        """With quotes: the ends that an even number of quotes precedes."""
        import numpy as np

        of = np.frombuffer(chunk, dtype=np.uint8)
        quoted = np.bitwise_xor.accumulate(of == QUOTE[0]) ^ self._is_quoted
        is_lf = of == LF[0]
        is_end = is_lf | (of == CR[0])
        is_end[:-1] &= ~((of[:-1] == CR[0]) & is_lf[1:])  # of a CRLF, its LF
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
        """Records below the header, a last one without a line end included."""
        last = 1 if self._line_bytes else 0
        return self.n_lines + last - (self.n_blank if n_columns > 1 else 0) - 1


def csv_records_slowly(path: Path, delimiter: str, n_columns: int) -> int:
    """Data rows of a CSV by Python's own reader, a hundred times as slow as Records."""
    limit = csv.field_size_limit(1 << 30)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return sum(1 for row in csv.reader(file, delimiter=delimiter) if row or n_columns == 1) - 1
    finally:
        csv.field_size_limit(limit)


def json_lines(path: Path) -> int:
    """Lines of a file that are not blank. DeliveryRejected where one is longer than can be read."""
    n_lines = 0
    with open(path, "rb") as file:
        while line := file.readline(MAX_CELL_BYTES):
            if len(line) == MAX_CELL_BYTES:
                raise DeliveryRejected("A line is longer than can be read; is a line end missing?")
            n_lines += not line.isspace()
    return n_lines
