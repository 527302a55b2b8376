"""Writes the workbook in which a site without files of its own fills in an export; the registry reads it as it is.

One sheet, so that nothing else can be taken for data. Identifiers and codes are texts, since Excel would drop a zero at
their beginning; dates are dates; a coded cell offers its codes as a list.
"""

from pathlib import Path

from schemas.export import Column, Export
from schemas.thresholds import EARLIEST_BIRTH_YEAR
from warehouse.storage.connection import private_files
from warehouse.storage.errors import RegistryError

FORMATS = {"date": "yyyy-mm-dd", "number": "0.###", "integer": "0"}
TEXT = "@"
MOST_ROWS = 10_000
"""Cells below this row have no lists."""
WIDTHS = {"date": 13, "number": 12, "integer": 12, "code": 16, "flag": 12}
LONGEST_LIST = 255
"""Characters that Excel takes as a list of its own."""
ASKED, OPTIONAL = "F8CBAD", "D9E2F3"


def write_workbook(path: Path, export: Export) -> None:
    """Write the workbook of an export. RegistryError if the file exists already."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = export.name
    for number, column in enumerate(export.columns, start=1):
        _add_column(sheet, number, column, column.name in export.key)
    sheet.freeze_panes = "A2"
    with private_files():
        try:
            with open(path, "xb") as file:
                book.save(file)
        except FileExistsError:
            raise RegistryError(f"{path} already exists.", "Name another folder with --out.") from None


def _add_column(sheet, number: int, column: Column, is_key: bool) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(number)
    head = sheet.cell(1, number, column.name)
    head.font = Font(bold=True)
    head.fill = PatternFill("solid", fgColor=ASKED if column.required else OPTIONAL)
    head.comment = Comment(explained(column, is_key), "registry", width=320, height=140)
    of_column = sheet.column_dimensions[letter]
    of_column.width = max(WIDTHS.get(column.kind, 14), len(column.name) + 2)
    of_column.number_format = FORMATS.get(column.kind, TEXT)
    if (allowed := _allowed(column)) is not None:
        sheet.add_data_validation(allowed)
        allowed.add(f"{letter}2:{letter}{MOST_ROWS}")


def explained(column: Column, is_key: bool) -> str:
    """Return the comment at a column's name: what it is, whether it is asked, and what a cell may hold."""
    asked = "Required." if column.required and column.kind != "flag" else "May be empty."
    of_key = " Part of the key: no two rows have the same." if is_key else ""
    codes = f"\nOne of: {', '.join(column.codes)}." if column.codes else ""
    date = "\nA date." if column.kind == "date" else ""
    return f"{column.prose}\n{asked}{of_key}{codes}{date}"


def _allowed(column: Column):
    """Return what Excel lets a person write into the column, None for text."""
    from openpyxl.worksheet.datavalidation import DataValidation

    offered = ",".join(column.codes)
    if column.codes and len(offered) <= LONGEST_LIST:
        allowed = DataValidation("list", formula1=f'"{offered}"')
        allowed.error = "Choose one of the list, or leave the cell empty."
    elif column.kind == "date":
        allowed = DataValidation("date", operator="greaterThan", formula1=f"DATE({EARLIEST_BIRTH_YEAR},1,1)")
        allowed.error = "Write a date."
    elif column.kind in ("number", "integer"):
        kind = "decimal" if column.kind == "number" else "whole"
        allowed = DataValidation(kind, operator="greaterThan", formula1="-1000000")
        allowed.error = "Write a number." if kind == "decimal" else "Write a whole number."
    else:
        return None
    allowed.errorTitle, allowed.showErrorMessage, allowed.allow_blank = column.name, True, True
    return allowed
