"""Says what a file is that should be an .xlsx and is not, in a sentence with its cure."""

from pathlib import Path

from warehouse.readers.formats import format_of
from warehouse.readers.other_formats import OPEN
from warehouse.storage.errors import DeliveryRejected

HEAD_BYTES = 512
OTHERS = {
    "xls": ("The file is an Excel workbook in the old format (.xls), despite its name.", OPEN),
    "ods": ("The file is an OpenDocument spreadsheet (.ods), not an Excel workbook.", OPEN),
    "csv": ("The file is text, not an Excel workbook.", "If it is a CSV, name it .csv."),
}
"""Format -> what is said of it, and the cure."""


def what_it_is(path: Path) -> DeliveryRejected | None:
    """Return the refusal that says what the file is, or None if it may be a damaged .xlsx."""
    try:
        kind = format_of(path)
    except DeliveryRejected as refused:
        return refused
    if kind == "csv" and not _has_delimiter(path):
        return None
    return DeliveryRejected(*OTHERS[kind]) if kind in OTHERS else None


def _has_delimiter(path: Path) -> bool:
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    return any(sign in head for sign in (b",", b";", b"\t"))
