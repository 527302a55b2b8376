"""Names the copies that readers write beside a file, in the private folder in which it lies."""

from pathlib import Path

GZ = ".gz"


def unpacked(path: Path) -> Path:
    """Return where the content of a gzip file is written: the suffix below .gz is kept, since it may say the format."""
    name = path.name[: -len(GZ)] if path.name.lower().endswith(GZ) else path.name
    return path.with_name(f"unpacked-{name}")


def as_utf8(path: Path) -> Path:
    """Return where a text file is written in UTF-8."""
    return path.with_name(f"utf8-{path.name}")


def below_title(path: Path) -> Path:
    """Return where a text file is written without what is above its header."""
    return path.with_name(f"table-{path.name}")


def of_sheet(path: Path) -> Path:
    """Return where a workbook's sheet is written as CSV."""
    return path.with_name(f"sheet-{path.name}.csv")


def text_of(path: Path) -> Path:
    """Return the text that was read for the file at `path`: of the copies that were written, the last, or itself."""
    for copy_of in (unpacked, of_sheet, as_utf8):
        if (copy := copy_of(path)).exists():
            path = copy
    return path
