"""Streams the rows of a sheet as text: what each cell shows, and for a formula the value that a program stored."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from warehouse.readers import size_limits
from warehouse.readers.workbook.book import TRUE, Book, Sheet
from warehouse.readers.workbook.markup import parse
from warehouse.readers.workbook.number_formats import NumberFormat, iso_moment, number_text
from warehouse.readers.workbook.texts import decoded
from warehouse.readers.workbook.units import unit_of
from warehouse.storage.errors import DeliveryRejected

FORMULA = "#FORMULA!"
"""Replaces a formula for which no spreadsheet program has stored a value; no type can read it (TYPE-01)."""
SPREADING = ("array", "dataTable")
"""Kinds of formula whose values fill an area; only the first cell names the formula."""
MAX_COLUMNS = 16_384
MOST_REMEMBERED = 50_000
"""The number of formatted numbers whose text is remembered, such as the days of an export."""
RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 1."""


@dataclass
class Rows:
    """Collects a sheet's rows. `done` has (row number, cells), '' for empty cells.

    The header is the first row from row `header_row` on. `days` are the columns, from 1, with a date cell below it.
    """

    book: Book
    trusts_formulas: bool = True
    units: dict[int, str] | None = None
    done: list[tuple[int, list[str]]] = field(default_factory=list)
    n_hidden: int = 0
    header_row: int = 1
    days: set[int] = field(default_factory=set)

    def begin(self, prefix: str) -> None:
        """Learn the names of this part's elements."""
        self._names = {prefix + name: name for name in ("row", "c", "v", "t", "f", "rPh")}
        self._row = self._column = 0
        self._cells: list[str] = []
        self._columns: dict[str, int] = {}
        self._areas: list[Area] = []
        self._data: list[str] = []
        self._is_taking = self._in_reading = self._is_formula = False
        self._kind, self._style = "n", 0
        self._shown: dict[tuple[int, str, str], str] = {}
        self._texts: list[str] | None = None
        self._formats = self.book.formats
        self._shows_days = [style is not None and style.shows_days for style in self._formats]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of a row, a cell or its content."""
        known = self._names.get(name)
        if known == "c":
            self._open_cell(attributes)
        elif known == "v" or known == "t":
            self._is_taking = not self._in_reading
        elif known == "f":
            self._is_formula = True
            if attributes.get("t") in SPREADING and (area := area_of(attributes.get("ref", ""))):
                self._areas.append(area)
        elif known == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() else self._row + 1
            if self._row > size_limits.MAX_SHEET_ROWS:
                raise DeliveryRejected(f"The sheet has rows beyond Excel's {size_limits.MAX_SHEET_ROWS:,}.")
            self._column, self._cells = 0, []
            self.n_hidden += attributes.get("hidden", "0").lower() in TRUE
        elif known == "rPh":
            self._in_reading = True

    def end(self, name: str) -> None:
        """Handle the end of a row, a cell or its content."""
        known = self._names.get(name)
        if known == "c":
            text = self._text_of_cell()
            if text:
                cells = self._cells
                while len(cells) < self._column:
                    cells.append("")
                cells[self._column - 1] = text
        elif known == "v" or known == "t":
            self._is_taking = False
        elif known == "row":
            if any(not cell.isspace() for cell in self._cells if cell):
                if self.units is None and self._row >= self.header_row:
                    self.days.clear()
                    self.units = {place: unit for place, name in enumerate(self._cells, 1) if (unit := unit_of(name))}
                self.done.append((self._row, self._cells))
        elif known == "rPh":
            self._in_reading = False

    def text(self, data: str) -> None:
        """Handle a part of a value."""
        if self._is_taking:
            self._data.append(data)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is None:
            self._column += 1
        else:
            letters = place.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = column_number(letters)
            self._column = column
        if not 0 < self._column <= MAX_COLUMNS:
            raise DeliveryRejected(f"The sheet has columns beyond Excel's {MAX_COLUMNS:,}.")
        self._kind = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self._style = int(style) if style.isdecimal() else 0
        self._is_formula = False
        self._data.clear()

    def _text_of_cell(self) -> str:
        """Return what the cell shows."""
        stored, kind = "".join(self._data), self._kind
        is_formula = self._is_formula or (bool(self._areas) and self._is_in_area())
        if is_formula and not self._is_trusted(stored, kind):
            return FORMULA
        if not stored:
            return ""
        if kind == "s":
            if self._texts is None:
                self._texts = self.book.texts
            return self._as_text(self._texts[_index(stored)])
        if kind == "inlineStr" or kind == "str":
            return self._as_text(decoded(stored))
        if kind == "b":
            return "yes" if stored.strip() in TRUE else "no"
        if kind == "e":
            return stored.strip()
        if kind == "d":
            self.days.add(self._column)
            return iso_moment(stored)
        return self._as_number(stored)

    def _format(self) -> NumberFormat | None:
        return self._formats[self._style] if self._style < len(self._formats) else None

    def _as_text(self, stored: str) -> str:
        style = self._format() if self._style else None
        return stored if style is None else style.text(stored)

    def _as_number(self, stored: str) -> str:
        style = self._format()
        if style is None:
            return number_text(stored)
        if self._shows_days[self._style]:
            self.days.add(self._column)
        unit = self.units.get(self._column, "") if self.units else ""
        key = self._style, stored, unit
        shown = self._shown.get(key)
        if shown is None:
            shown = style.number(stored, unit)
            if len(self._shown) < MOST_REMEMBERED:
                self._shown[key] = shown
        return shown

    def _is_in_area(self) -> bool:
        return any(a <= self._row <= c and b <= self._column <= d for a, b, c, d in self._areas)

    def _is_trusted(self, stored: str, kind: str) -> bool:
        """Return whether a spreadsheet program calculated the value that is stored for a formula.

        Libraries store nothing, or 0 together with a request to calculate the values when the workbook is opened.
        """
        if self.book.is_to_be_calculated or not self.trusts_formulas:
            return False
        if not stored:
            return kind == "str"
        return self.book.was_calculated or kind != "n" or number_text(stored) != "0"


def _index(stored: str) -> int:
    """Return the place of a shared text. Raises ValueError if it is none: -1 does not mean the last one."""
    if not stored.strip().isdecimal():
        raise ValueError("no place among the shared texts")
    return int(stored)


def column_number(letters: str) -> int:
    """Return the number of a column: 1 for A, 27 for AA, 0 if it is not a column."""
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - 64
    return number


def area_of(reference: str) -> Area | None:
    """Return the area of a reference such as A2:B9, or None if it is not a reference."""
    found = RANGE.fullmatch(reference)
    if found is None:
        return None
    return (
        int(found[2]),
        column_number(found[1]),
        int(found[4] or found[2]),
        column_number(found[3] or found[1]),
    )


def rows_of(book: Book, sheet: Sheet, events: Rows | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number from 1, cells) for the sheet's rows that are not blank; cells as text, '' if empty."""
    events = events or Rows(book)
    with book.part(sheet.part) as part:
        for _ in parse(part, events):
            if events.done:
                ready, events.done = events.done, []
                yield from ready
