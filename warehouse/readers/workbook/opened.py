"""Opens a workbook of any format that is read: .xlsx (book.py), .xls (old_excel.py), .ods (open_document.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

from warehouse.readers.workbook.book import Book, Sheet, open_book
from warehouse.readers.workbook.merges import Row, filled_down, merges_of
from warehouse.readers.workbook.sheet import Rows, rows_of

WorkbookFormat = Literal["xlsx", "xls", "ods"]


class SheetRows(Protocol):
    """The rows of one sheet that are not blank: row number from 1, and cells as text, '' for empty ones.

    While they are read, `n_hidden` counts hidden rows, and `days` collects the columns, from 1, that have a date cell
    below the header.
    """

    @property
    def n_hidden(self) -> int:
        """Return how many hidden rows were read so far."""

    @property
    def days(self) -> set[int]:
        """Return the columns, from 1, in which a date cell was read so far."""

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, with each merge's value in all of its rows."""


class Workbook(Protocol):
    """An open workbook; `bound_bytes` limits what may be read from it."""

    @property
    def bound_bytes(self) -> int:
        """Return how many bytes may be read."""

    @property
    def sheets(self) -> list[Sheet]:
        """Return the sheets of cells in order."""

    def rows(self, sheet: Sheet, header_row: int = 1) -> SheetRows:
        """Return the sheet's rows; its header is the first one from `header_row` on."""


@contextmanager
def open_workbook(path: Path, kind: WorkbookFormat) -> Iterator[Workbook]:
    """Open the workbook at `path`; whatever is wrong with it while it is read becomes DeliveryRejected."""
    if kind == "xls":
        from warehouse.readers.workbook.old_excel import open_old_book

        with open_old_book(path) as old:
            yield old
    elif kind == "ods":
        from warehouse.readers.workbook.open_document import open_document

        with open_document(path) as document:
            yield document
    else:
        with open_book(path) as book:
            yield XlsxSheets(book)


class XlsxSheets:
    """The sheets of an .xlsx."""

    def __init__(self, book: Book):
        self._book = book
        self.bound_bytes = book.bound_bytes

    @property
    def sheets(self) -> list[Sheet]:
        """Return the sheets of cells in order."""
        return self._book.sheets

    def rows(self, sheet: Sheet, header_row: int = 1) -> "XlsxRows":
        """Return the sheet's rows."""
        return XlsxRows(self._book, sheet, header_row)


class XlsxRows:
    """The rows of a sheet of an .xlsx."""

    def __init__(self, book: Book, sheet: Sheet, header_row: int):
        self._book, self._sheet = book, sheet
        self._events = Rows(book, header_row=header_row)

    @property
    def days(self) -> set[int]:
        """Return the columns, from 1, in which a date cell was read so far."""
        return self._events.days

    @property
    def n_hidden(self) -> int:
        """Return how many hidden rows were read so far."""
        return self._events.n_hidden

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, with each merge's value in all of its rows."""
        rows = rows_of(self._book, self._sheet, self._events)
        return filled_down(merges_of(self._book, self._sheet), rows)
