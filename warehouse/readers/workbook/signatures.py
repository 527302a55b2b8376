"""Recognises what a file named .xlsx really is if it is not such a workbook, in a sentence with its cure."""

import zipfile
from pathlib import Path

from warehouse.storage.errors import DeliveryRejected

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD_BYTES = 1 << 20
CURE = "Open it in Excel, save it as .xlsx or as CSV UTF-8, and deliver that file."


def what_it_is(path: Path) -> DeliveryRejected | None:
    """Return the refusal that says what the file is, or None if it is not recognised."""
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in head:
            return DeliveryRejected(
                "The Excel workbook is protected by a password.", "Remove the password and deliver the file again."
            )
        return DeliveryRejected("The file is an Excel workbook in the old format (.xls), despite its name.", CURE)
    names = _names_in(path)
    if any(name.lower().endswith("xl/workbook.bin") for name in names):
        return DeliveryRejected("The file is a binary Excel workbook (.xlsb), despite its name.", CURE)
    if "content.xml" in names and "mimetype" in names:
        return DeliveryRejected("The file is an OpenDocument spreadsheet (.ods), not an Excel workbook.", CURE)
    start = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta")):
        return DeliveryRejected("The file is a web page or an XML table, despite its name.", CURE)
    is_text = not any(byte < ord("\t") for byte in head[:512]) and not head.startswith(b"PK")
    if is_text and (b"," in start or b";" in start or b"\t" in start):
        return DeliveryRejected("The file is text, not an Excel workbook.", "If it is a CSV, name it .csv.")
    return None


def _names_in(path: Path) -> set[str]:
    try:
        with zipfile.ZipFile(path) as parts:
            return set(parts.namelist())
    except Exception:  # a damaged directory fails with errors of many kinds
        return set()
