"""Reads an .xls (Excel 5 to 2003): values through calamine, what Excel shows of them from the records (records.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from warehouse.readers import size_limits
from warehouse.readers.workbook.book import NO_WORKBOOK, Sheet
from warehouse.readers.workbook.compound_file import stream_of
from warehouse.readers.workbook.damage import is_of_machine
from warehouse.readers.workbook.merges import Row, filled_down
from warehouse.readers.workbook.number_formats import duration, iso_moment, number_text
from warehouse.readers.workbook.records import Locked, Marks, Records
from warehouse.readers.workbook.sheet import Area
from warehouse.readers.workbook.units import unit_of
from warehouse.storage.errors import DeliveryRejected

STREAMS = ("Workbook", "Book")
LOCKED = DeliveryRejected(
    "The Excel workbook is protected by a password.", "Remove the password and deliver the file again."
)
PANIC = "PanicException"
"""What calamine raises on some damaged files: no Exception, but known by its name."""


class OldBook:
    """An open .xls."""

    def __init__(self, path: Path):
        from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

        size_limits.refuse_beyond(path.stat().st_size, size_limits.MAX_WORKBOOK_BYTES)
        self.bound_bytes = size_limits.bound_of(path.stat().st_size, size_limits.MAX_WORKBOOK_BYTES)
        content = path.read_bytes()
        self._records = Records(stream_of(content, STREAMS))
        self._book = load_workbook(BytesIO(content))  # by a path, calamine decides the format from the suffix
        if len(self._book.sheets_metadata) != self._records.n_sheets:
            raise DeliveryRejected(NO_WORKBOOK)
        self.sheets = [
            Sheet(found.name, str(number), found.visible == SheetVisibleEnum.Visible)
            for number, found in enumerate(self._book.sheets_metadata)
            if found.typ == SheetTypeEnum.WorkSheet
        ]

    def rows(self, sheet: Sheet, header_row: int = 1) -> "OldRows":
        """Return the sheet's rows."""
        number = int(sheet.part)
        return OldRows(self._book.get_sheet_by_index(number), self._records.marks(number), header_row)


class OldRows:
    """The rows of a sheet of an .xls."""

    def __init__(self, sheet: Any, marks: Marks, header_row: int):
        self._sheet, self._marks, self._header_row = sheet, marks, header_row
        self._units: dict[int, str] | None = None
        self.n_hidden = 0
        self.days: set[int] = set()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, with each merge's value in all of its rows."""
        ranges = self._sheet.merged_cell_ranges or []
        merged: list[Area] = [(a + 1, b + 1, c + 1, b + 1) for (a, b), (c, _) in ranges if a < c]
        return filled_down(merged, self._rows())

    def _rows(self) -> Iterator[Row]:
        # with the empty rows and columns before the first cell, so that places are those of the records
        for place, values in enumerate(self._sheet.to_python(skip_empty_area=False)):
            self.n_hidden += place in self._marks.hidden
            cells = [self._text(place, column, value) for column, value in enumerate(values)]
            while cells and not cells[-1]:
                cells.pop()
            if any(not cell.isspace() for cell in cells if cell):
                if self._units is None and place + 1 >= self._header_row:
                    self._units = {column: unit_of(name) for column, name in enumerate(cells)}
                    self.days.clear()
                yield place + 1, cells

    def _text(self, row: int, column: int, value: Any) -> str:
        place = row, column
        if error := self._marks.errors.get(place):
            return error
        if found := self._marks.numbers.get(place):
            stored, shown = found
            if shown.shows_days:
                self.days.add(column + 1)
            return shown.number(stored, (self._units or {}).get(column, ""))
        if isinstance(value, str):
            style = self._marks.texts.get(place)
            return value if style is None else style.text(value)
        if isinstance(value, date):
            self.days.add(column + 1)
        return plain_text(value)


def plain_text(value: Any) -> str:
    """Return a value of calamine as text: yes and no, whole numbers without a point, ISO dates."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number_text(repr(value))
    if isinstance(value, datetime):
        return iso_moment(value.isoformat())
    if isinstance(value, timedelta):
        return duration(value / timedelta(days=1))
    return value.isoformat() if isinstance(value, date | time) else str(value)


@contextmanager
def open_old_book(path: Path) -> Iterator[OldBook]:
    """Open the .xls at `path`; whatever is wrong with it while it is read becomes DeliveryRejected."""
    try:
        yield OldBook(path)
    except DeliveryRejected:
        raise
    except Locked:
        raise LOCKED from None
    except BaseException as error:
        if is_of_machine(error) or not (isinstance(error, Exception) or type(error).__name__ == PANIC):
            raise
        raise DeliveryRejected(NO_WORKBOOK) from None
