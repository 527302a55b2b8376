"""Writes the first visible sheet of an Excel workbook as CSV, each cell as Excel shows it. Formulas are never run."""

import csv
from collections.abc import Iterator
from pathlib import Path

from warehouse.readers import size_limits
from warehouse.readers.workbook.book import Book, Sheet, open_book
from warehouse.readers.workbook.merges import filled_down
from warehouse.readers.workbook.sheet import Rows, rows_of
from warehouse.storage.errors import BeyondHeader, DeliveryRejected

SHOW = "Unhide the sheet that is meant, and deliver the file again."


def xlsx_to_csv(path: Path, target: Path) -> str:
    """Write the first visible sheet with cells as CSV, and return a remark about how it was read, or ''.

    Raises DeliveryRejected if the file is not a workbook, unpacks to too much, or has no visible cells.
    """
    with open_book(path) as book:
        sheet, others = _sheet_of(book)
        events = Rows(book)
        with open(target, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            width, written = 0, 0
            for number, cells in filled_down(book, sheet, rows_of(book, sheet, events)):
                width = width or len(cells)
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
        return _remark(book, sheet, others, events.n_hidden)


def _sheet_of(book: Book) -> tuple[Sheet, int]:
    """Return the first visible sheet with cells, and how many more of them there are."""
    visible = [sheet for sheet in book.sheets if sheet.is_visible]
    if not visible:
        raise DeliveryRejected("The workbook has no visible sheet of cells.", SHOW)
    filled = [sheet for sheet in visible if _holds_cells(book, sheet)]
    if not filled and any(_holds_cells(book, sheet) for sheet in book.sheets if not sheet.is_visible):
        raise DeliveryRejected("The visible sheets of the workbook are empty; a hidden sheet has cells.", SHOW)
    return (filled or visible)[0], max(len(filled) - 1, 0)


def _holds_cells(book: Book, sheet: Sheet) -> bool:
    rows: Iterator[tuple[int, list[str]]] = rows_of(book, sheet)
    return next(rows, None) is not None


def _remark(book: Book, sheet: Sheet, n_others: int, n_hidden: int) -> str:
    parts = []
    if n_others:
        others = "1 more visible sheet with cells was" if n_others == 1 else f"{n_others} more with cells were"
        place = f"sheet {book.sheets.index(sheet) + 1} of {len(book.sheets)}"
        parts.append(f"Read from {place}, the first visible one with cells; {others} not read.")
    if n_hidden:
        parts.append(f"{n_hidden} hidden {'row was' if n_hidden == 1 else 'rows were'} read like the others.")
    return " ".join(parts)
