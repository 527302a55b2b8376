"""The rows of a sheet as text, streamed: what each cell says, formulas by the value that a program stored for them.

What belongs here: cells and rows. What does not: which sheet is read, and what a number format shows.
"""

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
"""Stands for a formula whose value no spreadsheet program has stored; no type reads it (TYPE-01)."""
SPREADING = ("array", "dataTable")
"""Kinds of formula whose values stand in a whole area; the cells but the first name no formula."""
MAX_COLUMNS = 16_384
MOST_REMEMBERED = 50_000
"""Numbers under a format whose text is remembered, such as the days of an export."""
RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 1."""


@dataclass
class Rows:
    """Events of a sheet's part. `done` are (row number, cells); empty cells are ''. The first row names the columns."""

    book: Book
    trusts_formulas: bool = True
    units: dict[int, str] | None = None
    done: list[tuple[int, list[str]]] = field(default_factory=list)
    n_hidden: int = 0

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

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A row, a cell or what stands in it begins."""
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
                raise DeliveryRejected(f"The sheet has rows beyond the {size_limits.MAX_SHEET_ROWS:,} of Excel.")
            self._column, self._cells = 0, []
            self.n_hidden += attributes.get("hidden", "0").lower() in TRUE
        elif known == "rPh":
            self._in_reading = True

    def end(self, name: str) -> None:
        """A row or a cell ends."""
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
                if self.units is None:
                    self.units = {place: unit for place, name in enumerate(self._cells, 1) if (unit := unit_of(name))}
                self.done.append((self._row, self._cells))
        elif known == "rPh":
            self._in_reading = False

    def text(self, data: str) -> None:
        """Part of a value."""
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
            raise DeliveryRejected(f"The sheet has columns beyond the {MAX_COLUMNS:,} of Excel.")
        self._kind = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self._style = int(style) if style.isdecimal() else 0
        self._is_formula = False
        self._data.clear()

    def _text_of_cell(self) -> str:
        """What the cell says."""
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
        return iso_moment(stored) if kind == "d" else self._as_number(stored)

    def _format(self) -> NumberFormat | None:
        return self._formats[self._style] if self._style < len(self._formats) else None

    def _as_text(self, stored: str) -> str:
        style = self._format() if self._style else None
        return stored if style is None else style.text(stored)

    def _as_number(self, stored: str) -> str:
        style = self._format()
        if style is None:
            return number_text(stored)
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
        """Whether a spreadsheet program calculated the value that is stored for a formula.

        Libraries store nothing, or 0 and the wish that the values be calculated when the workbook is opened.
        """
        if self.book.is_to_be_calculated or not self.trusts_formulas:
            return False
        if not stored:
            return kind == "str"
        return self.book.was_calculated or kind != "n" or number_text(stored) != "0"


def _index(stored: str) -> int:
    """The place of a shared text. ValueError where it is none: -1 is not the last one."""
    if not stored.strip().isdecimal():
        raise ValueError("no place among the shared texts")
    return int(stored)


def column_number(letters: str) -> int:
    """1 for A, 27 for AA; 0 where it is no column."""
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - 64
    return number


def area_of(reference: str) -> Area | None:
    """The area of a reference such as A2:B9; None where it is none."""
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
    """(row number from 1, cells) of the sheet's rows that hold anything, in order; cells as text, '' where empty."""
    events = events or Rows(book)
    with book.part(sheet.part) as part:
        for _ in parse(part, events):
            if events.done:
                ready, events.done = events.done, []
                yield from ready
