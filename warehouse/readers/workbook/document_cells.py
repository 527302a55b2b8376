"""Reads the cells of an OpenDocument spreadsheet as text (OpenDocument 1.3, part 3, 9.1 and 19.385)."""

from warehouse.readers import size_limits
from warehouse.readers.workbook.document_texts import Texts, shown_date, shown_duration, shown_number, shown_percent
from warehouse.readers.workbook.sheet import MAX_COLUMNS, Area
from warehouse.readers.workbook.units import unit_of
from warehouse.storage.errors import DeliveryRejected

TABLE, ROW, CELL, COVERED = "table:table", "table:table-row", "table:table-cell", "table:covered-table-cell"
TRUTH = {"of:=TRUE()": "yes", "of:=FALSE()": "no"}
"""Formulas into which LibreOffice turns the true and false of an Excel workbook; their type is number."""
SUB_TABLE_DEPTH = 1


class Places:
    """Counts tables, rows and columns while a document is parsed; rows and cells say how often they are repeated."""

    def __init__(self) -> None:
        self.table, self.row, self.column, self._depth = -1, 0, 0, 0

    def begin(self, prefix: str) -> None:
        """Do nothing: the prefixes of OpenDocument are always the same."""

    def enter(self, name: str, attributes: dict[str, str]) -> int:
        """Go on to a table, row or cell; return how often it is repeated, 0 for another element."""
        if name == TABLE:
            self._depth += 1
            if self._depth == SUB_TABLE_DEPTH:
                self.table, self.row = self.table + 1, 0
                return 1
        elif self._depth == SUB_TABLE_DEPTH and name == ROW:
            self.column = 0
            return _number(attributes, "table:number-rows-repeated")
        elif self._depth == SUB_TABLE_DEPTH and name in (CELL, COVERED):
            return _number(attributes, "table:number-columns-repeated")
        return 0

    def leave(self, name: str) -> None:
        """Note the end of a table."""
        self._depth -= name == TABLE

    def text(self, data: str) -> None:
        """Do nothing."""


def _number(attributes: dict[str, str], name: str) -> int:
    return max(int(attributes.get(name, "1")), 1)


class Merged(Places):
    """Collects `sheets` as (name, style), the `hidden_styles`, and each sheet's `areas` merged over rows."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.areas: list[list[Area]] = []
        self.hidden_styles: set[str] = set()
        self._style, self._repeated = "", 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Keep a sheet, the style of hidden ones, or a merge of cells below each other."""
        if name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self.hidden_styles.add(self._style)
        times = self.enter(name, attributes)
        if name == TABLE and times:
            self.sheets.append((attributes.get("table:name", ""), attributes.get("table:style-name", "")))
            self.areas.append([])
        elif name == ROW and times:
            self._repeated = times
        elif times:
            if (n_rows := _number(attributes, "table:number-rows-spanned")) > 1:
                self.areas[-1].append((self.row + 1, self.column + 1, self.row + n_rows, self.column + 1))
            self.column += times

    def end(self, name: str) -> None:
        """Go on to the next row."""
        if name == ROW and self._depth == SUB_TABLE_DEPTH:
            self.row += self._repeated
        self.leave(name)


class Cells(Places):
    """Collects the rows of the sheet `number`: `done` has (row number, times, cells) of rows that are not blank.

    The header is the first of them from row `header_row` on. `is_over` says that the sheet is read.
    """

    def __init__(self, number: int, header_row: int):
        super().__init__()
        self.done: list[tuple[int, int, list[str]]] = []
        self.n_hidden, self.is_over = 0, False
        self.days: set[int] = set()
        self._number, self._header_row = number, header_row
        self._units: dict[int, str] | None = None
        self._cells: list[str] = []
        self._repeated = self._times = 1
        self._cell: dict[str, str] | None = None
        self._texts = Texts()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of a row, a cell or its content."""
        times = self.enter(name, attributes)
        if self.table != self._number:
            return
        if name == ROW and times:
            self._repeated, self._cells = times, []
            self._is_hidden = attributes.get("table:visibility", "visible") != "visible"
        elif times and name != TABLE:
            self._times, self._cell = times, attributes
            self._texts = Texts()
        elif self._cell is not None:
            self._texts.start(name, attributes)

    def end(self, name: str) -> None:
        """Handle the end of a row, a cell or its content."""
        if self.table == self._number and self._depth == SUB_TABLE_DEPTH:
            if name == TABLE:
                self.is_over = True
            elif name == ROW:
                self._end_row()
            elif name in (CELL, COVERED):
                self._end_cell()
            elif self._cell is not None:
                self._texts.end(name)
        self.leave(name)

    def text(self, data: str) -> None:
        """Handle a part of a text."""
        if self._cell is not None:
            self._texts.text(data)

    def _end_cell(self) -> None:
        assert self._cell is not None
        if self._shown(self._cell, self._texts.found, self.column):
            if self.column + self._times > MAX_COLUMNS:
                raise DeliveryRejected(f"The sheet has columns beyond Excel's {MAX_COLUMNS:,}.")
            self._cells += [""] * (self.column - len(self._cells))
            places = range(self.column, self.column + self._times)
            self._cells += [self._shown(self._cell, self._texts.found, place) for place in places]
        self.column += self._times
        self._cell = None

    def _end_row(self) -> None:
        if any(not cell.isspace() for cell in self._cells if cell):
            if self.row + self._repeated > size_limits.MAX_SHEET_ROWS:
                raise DeliveryRejected(f"The sheet has rows beyond Excel's {size_limits.MAX_SHEET_ROWS:,}.")
            if self._units is None and self.row + 1 >= self._header_row:
                self._units = {column: unit_of(name) for column, name in enumerate(self._cells)}
                self.days.clear()
            self.n_hidden += self._repeated * self._is_hidden
            self.done.append((self.row + 1, self._repeated, self._cells))
        self.row += self._repeated

    def _shown(self, cell: dict[str, str], text: str, column: int) -> str:
        """Return what the cell shows in a column, from 0; a repeated cell may show a unit in one and not in another."""
        kind, value = cell.get("office:value-type", ""), cell.get("office:value", "")
        unit = (self._units or {}).get(column, "")
        if cell.get("calcext:value-type") == "error":
            return text
        if kind == "date":
            shown, is_day = shown_date(cell.get("office:date-value", ""), text, unit)
            if is_day:
                self.days.add(column + 1)
            return shown
        if kind == "boolean":
            return "yes" if cell.get("office:boolean-value") == "true" else "no"
        if kind == "time":
            return shown_duration(cell.get("office:time-value", ""))
        if kind == "percentage":
            return shown_percent(value, unit)
        if kind in ("float", "currency"):
            return TRUTH.get(cell.get("table:formula", "")) or shown_number(value, text, unit)
        return cell.get("office:string-value", text) if kind == "string" else text
