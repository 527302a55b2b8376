"""Writes cells of a workbook for a site: as text whatever they look like, with headings, widths and heights."""

import re
from collections.abc import Sequence
from unicodedata import east_asian_width

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MAX_CELL = 32_767
LINE_POINTS, MOST_POINTS = 15, 409
"""Height of a line of text, and the most that a row can have."""


def put(sheet, line: int, column: int, text: str):
    """Write text as text, whatever it looks like: never as a formula, a number or a date. Return the cell."""
    cell = sheet.cell(line, column)
    cell.value = NOT_IN_XML.sub("\ufffd", text)[:MAX_CELL]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA_STARTS)
    return cell


def put_table(sheet, columns: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]]) -> None:
    """Write a table that is only read: a bold heading, wrapped text, all cells locked."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for number, (name, width) in enumerate(zip(columns, widths, strict=True), start=1):
        put(sheet, 1, number, name).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = width_for(name, width)
    for line, cells in enumerate(rows, start=2):
        for number, text in enumerate(cells, start=1):
            put(sheet, line, number, text).alignment = Alignment(vertical="top", wrap_text=True)
    sheet.protection.enable()


def places(text: str) -> int:
    """Return how many letters wide the text is; a Chinese letter is as wide as two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def width_for(heading: str, width: int) -> int:
    """Return a column's width: the given one, or what its bold heading needs."""
    return max(width, places(heading) + 3)


def fit_heights(sheet) -> None:
    """Give each row the height that its longest text needs, since not every program adjusts it by itself."""
    for cells in sheet.iter_rows():
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in cells]
        n_lines = max(
            sum(-(-places(line) // max(int(width), 1)) or 1 for line in str(cell.value or "").split("\n"))
            for cell, width in zip(cells, widths, strict=True)
        )
        if n_lines > 1:
            sheet.row_dimensions[cells[0].row].height = min(n_lines * LINE_POINTS, MOST_POINTS)
