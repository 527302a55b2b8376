"""Recognises by its bytes a file that is not UTF-8 text: another encoding, or another format under a .csv name.

Such a file is refused with a cure. An encoding is never guessed silently, since a wrong guess would change the names
of patients and sites.
"""

import codecs

from warehouse.storage.errors import DeliveryRejected

SAVE = "Save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8) and deliver that file."
STARTS = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Name an Excel workbook .xlsx, or save it as CSV UTF-8."),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook in the old format (.xls)", "Save it as .xlsx or as CSV UTF-8."),
    (b"PAR1", "a Parquet file", "Name it .parquet."),
    (b"\x1f\x8b", "packed with gzip", "Name it .csv.gz."),
    (b"%PDF", "a PDF", "Export the table itself, as CSV UTF-8."),
    (b"$FL2", "an SPSS file", SAVE),
    (b"$FL3", "an SPSS file", SAVE),
)
"""First bytes of other formats, what they are, and the cure."""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MOSTLY = 0.3
"""Share of zero bytes from which a text counts as UTF-16 without a mark; in Western text it is one half."""
NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"


def refused_binary(start: bytes) -> DeliveryRejected:
    """Return the refusal of a file that contains a zero byte, by its first bytes."""
    if found := other_format(start):
        return found
    if start.startswith(UTF16) or start.count(0) > MOSTLY * len(start):
        return DeliveryRejected("The file is binary or encoded in UTF-16 (Excel's Unicode text), not in UTF-8.", SAVE)
    return DeliveryRejected("The file is binary, not text.", SAVE)


def refused_encoding(chunk: bytes) -> DeliveryRejected:
    """Return the refusal of a file that is not UTF-8, by the chunk that is not."""
    if found := other_format(chunk):
        return found
    if chunk.startswith(UTF16):
        return DeliveryRejected("The file is binary or encoded in UTF-16 (Excel's Unicode text), not in UTF-8.", SAVE)
    high = [byte for byte in chunk if byte >= 0x80]
    is_western = bool(high) and not any(byte in NOT_IN_CP1252 for byte in high)
    looks = " It looks like Windows-1252 (ANSI, also called Latin-1)." if is_western else ""
    return DeliveryRejected(f"The file is not encoded in UTF-8.{looks}", SAVE)


def other_format(start: bytes) -> DeliveryRejected | None:
    """Return the refusal of a file that begins like another format, or None if it does not."""
    for begins, what, cure in STARTS:
        if start.startswith(begins):
            return DeliveryRejected(f"The file is {what}, not CSV.", cure)
    if (
        start[:512]
        .lstrip(b"\xef\xbb\xbf \r\n\t")
        .lower()
        .startswith((b"<html", b"<!doctype html", b"<table", b"<?xml"))
    ):
        return DeliveryRejected("The file is HTML or XML, not CSV.", SAVE)
    return None
