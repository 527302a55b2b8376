"""Opens a table parted by tabs whose rows may end early: many tools leave out the empty cells at the end of a row.

cBioPortal's importer and maftools fill such rows up. So does this, unless a row is short for another reason: the file
is cut off, or a cell within the row is lacking, so that what follows stands in the wrong columns.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from warehouse.readers.csv_text import open_table
from warehouse.readers.decoded import in_utf8, is_marked
from warehouse.readers.header_line import from_header_on
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.molecular.call_columns import START, call_columns
from warehouse.storage.errors import DeliveryRejected

TAB = "\t"
CHUNK_BYTES = 1 << 20
MOST_CELL_CHARS = 1 << 27
WHOLE = "Deliver the file whole, each row with as many cells as the header."


def open_tabbed(path: Path, reading: Reading) -> Source:
    """Return a Source for the table at `path`, of which a row may lack empty cells at its end.

    Raises DeliveryRejected if it is none, or if rows are shorter or longer than the header for another reason.
    """
    text, remark = in_utf8(path, reading.encoding)
    table, _ = from_header_on(text, reading.header_row)
    table, n_filled = (table, 0) if _is_even(table) else _filled(table)
    if n_filled:
        said = f"Rows that end before the last column, or have empty cells beyond it: {n_filled:,}."
        remark = " ".join(part for part in (remark, said) if part)
    source = open_table(table, TAB, remark, reading.header_row)
    return replace(source, encoding="" if is_marked(path) else reading.encoding)


def _is_even(table: Path) -> bool:
    """Return whether the file has as many tabs as rows of the header's length have, in one quick look."""
    n_tabs = n_lines = 0
    last = b"\n"
    with open(table, "rb") as file:
        n_of_header = file.readline(CHUNK_BYTES).count(b"\t")
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            n_tabs += chunk.count(b"\t")
            n_lines += chunk.count(b"\n")
            last = chunk[-1:]
    return n_of_header == 0 or n_tabs == n_of_header * (n_lines + (last != b"\n"))


def _filled(table: Path) -> tuple[Path, int]:
    """Return a copy with rows of the header's length, and how many were not; the file itself if quotes are wrong."""
    copy = table.with_name(f"whole-{table.name}")
    n_filled = number = last = 0
    limit = csv.field_size_limit(MOST_CELL_CHARS)
    try:
        with (
            open(table, encoding="utf-8-sig", newline="") as source,
            open(copy, "w", encoding="utf-8", newline="") as sink,
        ):
            rows = csv.reader(source, delimiter=TAB, strict=True)
            out = csv.writer(sink, delimiter=TAB, lineterminator="\n")
            header = next(rows, [])
            out.writerow(header)
            start = call_columns(header).get(START)
            for row in rows:
                if not row:
                    continue
                number += 1
                if len(row) != len(header):
                    row, n_filled = _whole(row, len(header), number, start), n_filled + 1
                    last = number
                out.writerow(row)
    except (csv.Error, UnicodeDecodeError):  # the reader says what is wrong with the quotes, or which encoding it is
        return table, 0
    finally:
        csv.field_size_limit(limit)
    if n_filled and last == number and not _ends_with_line(table):
        raise DeliveryRejected(
            "The last row ends before the last column, and without a line end: it is cut off.", WHOLE
        )
    return copy, n_filled


def _whole(row: Sequence[str], n_cells: int, number: int, start: int | None) -> list[str]:
    """Return the row with `n_cells` cells. Raises DeliveryRejected if cells are too many, or stand in wrong columns."""
    if len(row) > n_cells:
        if any(cell.strip() for cell in row[n_cells:]):
            raise DeliveryRejected(f"Row {number:,} has more cells than the header.", WHOLE)
        return list(row[:n_cells])
    if start is not None and start < len(row) and row[start].strip() and not row[start].strip().isdecimal():
        raise DeliveryRejected(
            f"Row {number:,} has fewer cells than the header, and its start position is no number: a cell is lacking.",
            WHOLE,
        )
    return [*row, *[""] * (n_cells - len(row))]


def _ends_with_line(table: Path) -> bool:
    with open(table, "rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"
