"""Excel workbooks: the first sheet, cell by cell, as the CSV it would be saved as. Formulas are never run."""

import csv
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from warehouse.errors import DeliveryRejected


def xlsx_to_csv(path: Path, target: Path) -> None:
    """Write the first sheet of the workbook as CSV; DeliveryRejected where it is none."""
    with warnings.catch_warnings(), open(target, "w", encoding="utf-8", newline="") as file:
        warnings.simplefilter("ignore")  # the library's warnings quote cells
        writer = csv.writer(file)
        width = 0
        for cells in _rows(path):
            width = width or len(cells)
            writer.writerow(cells + [""] * (width - len(cells)))


def _rows(path: Path) -> Iterator[list[str]]:
    """The sheet's rows as text, without blank rows and without empty cells at a row's end."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            cells = [as_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield cells
        book.close()
    except Exception:  # a damaged workbook fails in any of the library's parsers, each with errors of its own
        raise DeliveryRejected("The file is not a whole Excel workbook.") from None


def as_text(cell: object) -> str:
    """A cell's text: ISO dates, yes/no, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
