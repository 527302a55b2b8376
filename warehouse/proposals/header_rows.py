"""Finds the header among the first rows of a table: below titles, it is the row with most known names."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from warehouse.proposals.units import split
from warehouse.proposals.words import is_known_name
from warehouse.readers.csv_text import DELIMITERS

LOOKED_AT_ROWS = 40
FEWEST_NAMES = 2
SHARE = 0.5
SEP = "sep="


class Header(NamedTuple):
    """Where a header is: its row from 1, its names, the delimiter of a CSV, and how many of its names are known."""

    row: int
    names: list[str]
    delimiter: str | None
    n_known: int


def header_of_rows(rows: Iterable[tuple[int, Sequence[str]]]) -> Header | None:
    """Return the header among numbered rows of cells: the first that has about as many known names as any.

    None if no row has two names. A row of data may have known names too: those of columns are words like others.
    """
    found: list[Header] = []
    for number, cells in rows:
        names = [cell.strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        filled = [name for name in names if name]
        different = {name.casefold() for name in filled}
        known = sum(is_known_name(split(name).name) for name in different)
        if len(different) < FEWEST_NAMES or (len(different) < len(filled) and known < FEWEST_NAMES):
            continue
        found.append(Header(number, names, None, known))
    most = max((header.n_known for header in found), default=0)
    return next((header for header in found if header.n_known >= SHARE * most), None)


def header_of_text(text: str) -> Header | None:
    """Return the header of a delimited text by its start; rows are counted by lines, `sep=` is not counted."""
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').lower().startswith(SEP):
        text = rest
    found = []
    for sign in DELIMITERS:
        header = header_of_rows(_cells(text, sign))
        if header is not None:
            found.append(header._replace(delimiter=sign))
    return max(found, key=lambda header: (header.n_known, len(header.names)), default=None)


def _cells(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first rows, each with the number of the line in which it begins: a quoted name may have line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for _ in range(LOOKED_AT_ROWS):
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except (StopIteration, csv.Error):
            return  # what is wrong is said when the file is read
