"""Writes one sheet of a workbook as CSV, each cell as the program shows it. Formulas are never run."""

import csv
from dataclasses import dataclass
from pathlib import Path

from schemas.header_names import looks_personal
from warehouse.readers import size_limits
from warehouse.readers.near_names import nearest, shown, shown_list
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.workbook.book import Sheet
from warehouse.readers.workbook.opened import Workbook, WorkbookFormat, open_workbook
from warehouse.storage.errors import BeyondHeader, DeliveryRejected

SHOW = "Unhide the sheet that is meant, and deliver the file again."
HEADER_ROW = "Write the right header_row for this source into site.toml; it counts from 1."


@dataclass(frozen=True)
class SheetText:
    """What was written: a `remark` about how the sheet was read, '' for none; the row of its header; `dates` are the
    positions of columns, from 0, with a date cell. Dates are written as ISO. `sheet` is the name of the sheet.
    """

    remark: str
    header_row: int
    dates: frozenset[int]
    sheet: str


def sheet_to_csv(path: Path, target: Path, kind: WorkbookFormat = "xlsx", reading: Reading = AS_USUAL) -> SheetText:
    """Write the sheet that `reading` names, or the first visible one with cells, as CSV from its header on.

    The header is the first row with cells, or row `header_row` of the sheet if that is above 1. Raises DeliveryRejected
    if the file is not a workbook, unpacks to too much, or has no such sheet or header.
    """
    with open_workbook(path, kind) as book:
        sheet, others = _named(book, reading.sheet) if reading.sheet is not None else _first(book)
        rows = book.rows(sheet, reading.header_row)
        with open(target, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            width, written, header_row, last = 0, 0, 0, 0
            for number, cells in rows:
                last = number
                if number < reading.header_row:
                    continue
                if not header_row:
                    header_row, width = number, len(cells)
                    _check_header_row(number, reading.header_row)
                if len(cells) > width:
                    writer.writerow(cells)  # the refusal looks for a header in the rows so far
                    raise BeyondHeader(
                        f"Row {number} has a cell beyond the last column that has a name.",
                        "Name its column in the first row, or clear the cell, and deliver the file again.",
                    )
                size_limits.refuse_beyond(written + sum(map(len, cells)), book.bound_bytes)
                # a text is stored once but may occur in a million cells, so the parts' sizes do not limit the CSV's
                written += writer.writerow(cells + [""] * (width - len(cells)))
                size_limits.refuse_beyond(written, book.bound_bytes)
        if not header_row and last:
            raise DeliveryRejected(
                f"The last row with cells is row {last}, so the header is not in row {reading.header_row}.", HEADER_ROW
            )
        dates = frozenset(column - 1 for column in rows.days)
        return SheetText(_remark(book, sheet, others, rows.n_hidden), header_row, dates, sheet.name)


def _check_header_row(found: int, wanted: int) -> None:
    if wanted > 1 and found != wanted:
        raise DeliveryRejected(f"Row {wanted} of the sheet is blank, so the header is not there.", HEADER_ROW)


def _named(book: Workbook, name: str) -> tuple[Sheet, int]:
    """Return the sheet of that name, compared trimmed and without regard to case; a hidden one was named as well."""
    wanted = name.strip().casefold()
    for sheet in book.sheets:
        if sheet.name.strip().casefold() == wanted:
            return sheet, 0
    names = [sheet.name for sheet in book.sheets if not looks_personal(sheet.name)]
    near = nearest(name, names)
    meant = f" Nearest: '{shown(near)}'." if near else f" It has: {shown_list(names)}." if names else ""
    raise DeliveryRejected(
        f"The workbook has no sheet {shown(name)!r}.{meant}", "Correct the sheet of this source in site.toml."
    )


def _first(book: Workbook) -> tuple[Sheet, int]:
    """Return the first visible sheet with cells, and how many more of them there are."""
    visible = [sheet for sheet in book.sheets if sheet.is_visible]
    if not visible:
        raise DeliveryRejected("The workbook has no visible sheet of cells.", SHOW)
    filled = [sheet for sheet in visible if _holds_cells(book, sheet)]
    if not filled and any(_holds_cells(book, sheet) for sheet in book.sheets if not sheet.is_visible):
        raise DeliveryRejected("The visible sheets of the workbook are empty; a hidden sheet has cells.", SHOW)
    return (filled or visible)[0], max(len(filled) - 1, 0)


def _holds_cells(book: Workbook, sheet: Sheet) -> bool:
    return next(iter(book.rows(sheet)), None) is not None


def _remark(book: Workbook, sheet: Sheet, n_others: int, n_hidden: int) -> str:
    parts = []
    if n_others:
        others = "1 more visible sheet with cells was" if n_others == 1 else f"{n_others} more with cells were"
        place = f"sheet {book.sheets.index(sheet) + 1} of {len(book.sheets)}"
        parts.append(f"Read from {place}, the first visible one with cells; {others} not read.")
    if n_hidden:
        parts.append(f"{n_hidden} hidden {'row was' if n_hidden == 1 else 'rows were'} read like the others.")
    return " ".join(parts)
