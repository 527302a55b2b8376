"""Excel workbooks: the first sheet, cell by cell, as the CSV it would be saved as. Formulas are never run."""

import csv
import zipfile
from datetime import date, datetime
from pathlib import Path

from warehouse.errors import DeliveryRejected


def xlsx_to_csv(path: Path, target: Path) -> None:
    """Write the first sheet of the workbook as CSV; DeliveryRejected where it is none."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        with open(target, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for row in book.worksheets[0].iter_rows(values_only=True):
                if any(cell is not None for cell in row):
                    writer.writerow([as_text(cell) for cell in row])
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError):
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
