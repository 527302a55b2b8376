"""Excel workbooks: the first sheet, cell by cell, as the CSV it would be saved as. Formulas are never run."""

import csv
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from warehouse.errors import DeliveryRejected
from warehouse.readers import unpacking

NO_WORKBOOK = "The file is not a whole Excel workbook."


def xlsx_to_csv(path: Path, target: Path) -> None:
    """Write the first sheet of the workbook as CSV; DeliveryRejected where it is none or unpacks without end."""
    bound = unpacking.bound_of(path.stat().st_size, unpacking.MAX_WORKBOOK_BYTES)
    unpacking.refuse_beyond(_bytes_of_parts(path), bound)
    with warnings.catch_warnings(), open(target, "w", encoding="utf-8", newline="") as file:
        warnings.simplefilter("ignore")  # the library's warnings quote cells
        writer = csv.writer(file)
        width, written = 0, 0
        for cells in _rows(path):
            width = width or len(cells)
            # a text is kept once and may stand in a million cells, so the parts' sizes do not bound the CSV's
            written += writer.writerow(cells + [""] * (width - len(cells)))
            unpacking.refuse_beyond(written, bound)


def _bytes_of_parts(path: Path) -> int:
    """What the parts say they unpack to; reading stops there, whatever is in them."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(part.file_size for part in archive.infolist())
    except Exception:  # a damaged directory fails with errors of many kinds
        raise DeliveryRejected(NO_WORKBOOK) from None


def _rows(path: Path) -> Iterator[list[str]]:
    """The sheet's rows as text, without blank rows and without empty cells at a row's end."""
    from openpyxl import load_workbook

    try:
        with open(path, "rb") as file:  # the library leaves a file that it fails on open
            sheet = load_workbook(file, read_only=True, data_only=True).worksheets[0]
            sheet.reset_dimensions()  # what a workbook says of its size may be too small, and rows would be lost
            for number, row in enumerate(sheet.iter_rows(values_only=True)):
                if number >= unpacking.MAX_SHEET_ROWS:
                    raise DeliveryRejected(f"The sheet has rows beyond the {unpacking.MAX_SHEET_ROWS:,} of Excel.")
                cells = [as_text(cell) for cell in row]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    yield cells
    except DeliveryRejected:
        raise
    except Exception:  # a damaged workbook fails in any of the library's parsers, each with errors of its own
        raise DeliveryRejected(NO_WORKBOOK) from None


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
