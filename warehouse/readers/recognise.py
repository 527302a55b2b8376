"""What a file is that does not read as text in UTF-8: another encoding, or another format under a .csv name.

What belongs here: telling it by its bytes, and the cure. What does not: reading it all the same: an encoding is never
guessed in silence, since a wrong guess makes other names of patients and sites.
"""

import codecs

from warehouse.storage.errors import DeliveryRejected

SAVE = "Save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8) and deliver that."
STARTS = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Name an Excel workbook .xlsx, or save it as CSV UTF-8."),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old format", "Save it as .xlsx or as CSV UTF-8."),
    (b"PAR1", "a Parquet file", "Name it .parquet."),
    (b"\x1f\x8b", "packed with gzip", "Name it .csv.gz."),
    (b"%PDF", "a PDF", "Export the table itself, as CSV UTF-8."),
    (b"$FL2", "an SPSS file", SAVE),
    (b"$FL3", "an SPSS file", SAVE),
)
"""How files of other formats begin."""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MOSTLY = 0.3
"""Share of zero bytes from which a text is taken for UTF-16 without its mark: every second is, in Western text."""
NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"


def refused_binary(start: bytes) -> DeliveryRejected:
    """For a file that holds a zero byte, by its first bytes."""
    if found := other_format(start):
        return found
    if start.startswith(UTF16) or start.count(0) > MOSTLY * len(start):
        return DeliveryRejected("The file is binary or encoded in UTF-16 (Excel's Unicode text), not in UTF-8.", SAVE)
    return DeliveryRejected("The file is binary, not text.", SAVE)


def refused_encoding(chunk: bytes) -> DeliveryRejected:
    """For a file that is not UTF-8, by the chunk that is not."""
    if found := other_format(chunk):
        return found
    if chunk.startswith(UTF16):
        return DeliveryRejected("The file is binary or encoded in UTF-16 (Excel's Unicode text), not in UTF-8.", SAVE)
    high = [byte for byte in chunk if byte >= 0x80]
    is_western = bool(high) and not any(byte in NOT_IN_CP1252 for byte in high)
    looks = " It looks like Windows-1252 (ANSI, also called Latin-1)." if is_western else ""
    return DeliveryRejected(f"The file is not encoded in UTF-8.{looks}", SAVE)


def other_format(start: bytes) -> DeliveryRejected | None:
    """For a file that begins as another format does; None where it does not."""
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
