"""Decides which format a file has: its first bytes say so if they can, otherwise the suffix of its name.

Programs and people give files false names: a workbook named .csv, a CSV named .xls, gzip without .gz. Text has no mark
of its own, so a text file is NDJSON if it begins with an object, CSV under the suffix of CSV or of a workbook, and
otherwise what its suffix says. A format that the registry does not read is refused by name (other_formats.py).
"""

import struct
import zipfile
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Literal

from warehouse.readers import copies, other_formats
from warehouse.readers.workbook.compound_file import CompoundFile
from warehouse.storage.errors import DeliveryRejected

Format = Literal["csv", "gzip", "ndjson", "parquet", "xlsx", "xls", "ods", "statistics"]
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".csv.gz": "gzip",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".ods": "ods",
    ".sav": "statistics",
    ".zsav": "statistics",
    ".por": "statistics",
    ".dta": "statistics",
    ".sas7bdat": "statistics",
    ".xpt": "statistics",
}
"""Suffix of a name, in lower case -> format."""
WORKBOOKS = ("xlsx", "xls", "ods")
NO_HEADER_ROW = ("ndjson", "parquet", "statistics")
"""Formats whose columns have names of their own."""
ROWS_ALONE = ("csv", "ndjson", "parquet")
"""Formats that hold the rows that are read and nothing else; others may have hidden sheets, comments and history."""
LOOKED_AT_BYTES = 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAS7BDAT = b"\0" * 12 + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"$FL2", "statistics"),
    (b"$FL3", "statistics"),
    (b"<stata_dta>", "statistics"),
    (b"HEADER RECORD*******LIB", "statistics"),
    (SAS7BDAT, "statistics"),
)
"""First bytes of formats: Parquet, gzip, SPSS, Stata from version 13, SAS transport files, SAS."""
PORTABLE_BYTES, PORTABLE = 464, b"SPSSPORT"
"""An SPSS portable file has its mark after 456 characters, in lines of 80."""
STATA_VERSIONS = (105, 108, 110, 111, 112, 113, 114, 115)


def format_of(path: Path) -> Format:
    """Return the format of the file at `path`.

    Raises DeliveryRejected, with the name of the format and a cure, if the file is empty or the registry does not read
    what it is.
    """
    with open(path, "rb") as file:
        head = file.read(LOOKED_AT_BYTES)
    if not head:
        raise DeliveryRejected("The file is empty.")
    by_name = suffix_format(path.name)
    for recognise in (_marked, _stata, _portable):
        if found := recognise(head):
            return found
    if head.startswith(OLE):
        return _in_compound_file(path, by_name)
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(path, by_name)
    if refused := other_formats.refusal(head):
        raise refused
    return _of_text(head, by_name)


def format_within(path: Path) -> Format | None:
    """Return the format of the file, or of what a reader unpacked beside it; None if it has none that is read."""
    try:
        kind = format_of(path)
        return format_of(copies.unpacked(path)) if kind == "gzip" else kind
    except (DeliveryRejected, OSError):
        return None


def suffix_format(name: str) -> Format | None:
    """Return the format that a file's name promises, or None if its suffix is not in SUFFIXES."""
    longest = sorted(SUFFIXES, key=len, reverse=True)
    return next((SUFFIXES[suffix] for suffix in longest if name.lower().endswith(suffix)), None)


def _marked(head: bytes) -> Format | None:
    return next((found for start, found in STARTS if head.startswith(start)), None)


def _stata(head: bytes) -> Format | None:
    """Return whether the file is Stata's before version 13: version, byte order (1 or 2), type 1, nothing."""
    is_stata = head[0] in STATA_VERSIONS and head[1:4] in (b"\1\1\0", b"\2\1\0")
    return "statistics" if is_stata else None


def _portable(head: bytes) -> Format | None:
    text = head.replace(b"\r", b"").replace(b"\n", b"")
    return "statistics" if text[:PORTABLE_BYTES].endswith(PORTABLE) else None


def _in_compound_file(path: Path, by_name: Format | None) -> Format:
    with open(path, "rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        try:
            names = {name.lower() for name, *_ in CompoundFile(content).entries()}
        except (ValueError, IndexError, struct.error):  # a damaged directory: what is named at its start, if anything
            head = content[: other_formats.COMPOUND_HEAD_BYTES]
            names = {name for name in other_formats.COMPOUND_NAMES if name.encode("utf-16-le") in head.lower()}
            names |= {"workbook"} if by_name == "xls" else set()  # its reader says what is wrong
    if refused := other_formats.refusal_of_compound_file(names):
        raise refused
    return "xls"


def _in_zip(path: Path, by_name: Format | None) -> Format:
    try:
        with zipfile.ZipFile(path) as parts:
            names = {name.lower().lstrip("/") for name in parts.namelist()}
            kind = parts.read("mimetype")[:80] if "mimetype" in names else b""
    except Exception:  # a damaged directory fails with errors of many kinds
        if by_name in ("xlsx", "ods"):
            return by_name  # whose reader says what is wrong
        raise DeliveryRejected(
            "The file is a damaged workbook or zip archive.", "Export the complete file again and deliver it."
        ) from None
    if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    if refused := other_formats.refusal_of_zip(names, by_name in WORKBOOKS):
        raise refused
    return "xlsx"


def _of_text(head: bytes, by_name: Format | None) -> Format:
    is_object = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b'{"', b"{}", b'{ "'))
    if is_object and by_name is not None:
        return "ndjson"
    if by_name in WORKBOOKS and _is_text(head):
        return "csv"
    if by_name is None:
        raise DeliveryRejected(f"The file's format is not one of {', '.join(SUFFIXES)}.", "Save it as CSV UTF-8.")
    return by_name


def _is_text(head: bytes) -> bool:
    """Return whether the start of the file may be text in any encoding: UTF-16 with its mark, or no control bytes."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or not any(byte < ord("\t") for byte in head)
