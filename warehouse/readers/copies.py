"""Names the copies that readers write beside a file, in the private folder in which it lies.

A file may be read in several ways at once (two sheets of a workbook), so a copy's name says how it was read.
"""

from hashlib import sha256
from pathlib import Path

from warehouse.readers.reading import AS_USUAL, Reading

GZ = ".gz"
NAME_CHARS = 16


def unpacked(path: Path) -> Path:
    """Return where the content of a gzip file is written: the suffix below .gz is kept, since it may say the format."""
    name = path.name[: -len(GZ)] if path.name.lower().endswith(GZ) else path.name
    return path.with_name(f"unpacked-{name}")


def as_utf8(path: Path, encoding: str) -> Path:
    """Return where a text file in an encoding, by Python's name of it, is written in UTF-8."""
    return path.with_name(f"utf8-{encoding}-{path.name}")


def below_title(path: Path, first_byte: int) -> Path:
    """Return where a text file is written from a byte on, which is the first of its header."""
    return path.with_name(f"table-{first_byte}-{path.name}")


def of_sheet(path: Path, reading: Reading) -> Path:
    """Return where a workbook's sheet is written as CSV."""
    told = sha256(repr((reading.sheet, reading.header_row)).encode()).hexdigest()[:NAME_CHARS]
    return path.with_name(f"sheet-{told}-{path.name}.csv")


def text_of(path: Path) -> Path:
    """Return the text that was read for a file of whose site nothing is said: the last copy of it, or itself."""
    if (copy := unpacked(path)).exists():
        path = copy
    return sheet if (sheet := of_sheet(path, AS_USUAL)).exists() else path
