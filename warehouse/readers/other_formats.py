"""Refuses by name the formats that look like tables but are not read: web pages, XML, binary workbooks, archives.

Hospital systems write web pages and XML under the name .xls. They are not read: what a browser shows of them depends on
styles and scripts, and nobody has said which of their tables is meant.
"""

from warehouse.storage.errors import DeliveryRejected

SAVE = "Save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8) and deliver that file."
OPEN = "Open it in Excel, save it as .xlsx or as CSV UTF-8, and deliver that file."
TABLE = "Export the table itself, as CSV UTF-8."
COMPOUND_HEAD_BYTES = 1 << 20
COMPOUND_NAMES = ("encryptedpackage", "workbook", "book")
"""Streams that decide what an old container holds, in lower case."""
WORKBOOK_PARTS = ("[content_types].xml", "xl/", "docprops/", "meta-inf/", "mimetype", "content.xml")
LOCKED = "Remove the password and deliver the file again."
SAS_CATALOGUE = bytes(12) + bytes.fromhex("c2ea8163b31411cfbd92080009c7318c181f1011")
STARTS = (
    (
        SAS_CATALOGUE,
        "a catalogue of SAS formats, not a table",
        "Put it beside site.toml, and name it as dictionary of the source of the SAS files that it belongs to.",
    ),
    (b"%PDF", "a PDF", TABLE),
    (b"{\\rtf", "a document (RTF)", TABLE),
    (b"MIME-Version:", "a web archive (MHTML)", OPEN),
    (b"ID;PWXL", "a table in the old format SYLK", OPEN),
    (b"ID;PSCALC3", "a table in the old format SYLK", OPEN),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and deliver the table itself."),
    (b"Rar!", "a RAR archive", "Unpack it and deliver the table itself."),
    (b"SQLite format 3\0", "an SQLite database", TABLE),
    *(
        (start, "an Excel workbook of a version before 5", OPEN)
        for start in (b"\x09\0\x04\0", b"\x09\x02\x06\0", b"\x09\x04\x06\0")
    ),
)
"""First bytes of other formats, what they are, and the cure."""
XML_TABLE = b"urn:schemas-microsoft-com:office:spreadsheet"
MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<body", b"<style", b"<!--", b"<workbook")


def refusal(head: bytes) -> DeliveryRejected | None:
    """Return the refusal of a file that begins like a format that is not read, or None if it does not."""
    for start, what, cure in STARTS:
        if head.startswith(start):
            return DeliveryRejected(f"The file is {what}.", cure)
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()  # without marks; UTF-16 as ASCII
    if not text.startswith(MARKUP):
        return None
    if XML_TABLE in text:
        return DeliveryRejected("The file is an Excel workbook as XML (XML Spreadsheet 2003).", OPEN)
    return DeliveryRejected("The file is a web page or other XML, not a table.", OPEN)


def refusal_of_compound_file(names: set[str]) -> DeliveryRejected | None:
    """Return the refusal of a file in the container of old Office programs, or None if it is an Excel workbook.

    `names` are those of its streams, in lower case.
    """
    encrypted, *workbooks = COMPOUND_NAMES
    if encrypted in names:
        return DeliveryRejected("The Excel workbook is protected by a password.", LOCKED)
    if names.isdisjoint(workbooks):
        return DeliveryRejected("The file is a document in the old format of Office, not an Excel workbook.", OPEN)
    return None


def refusal_of_zip(names: set[str], is_named_workbook: bool) -> DeliveryRejected | None:
    """Return the refusal of a zip archive with the parts `names` in lower case, or None if it may be an .xlsx.

    An archive named like a workbook with some of its parts is left to the reader of workbooks, which refuses it.
    """
    if any(name.endswith("xl/workbook.bin") for name in names):
        return DeliveryRejected("The file is a binary Excel workbook (.xlsb).", OPEN)
    if "content.xml" in names and "mimetype" in names:
        return DeliveryRejected("The file is a document of OpenOffice or LibreOffice, not a spreadsheet.", OPEN)
    is_part_of_one = is_named_workbook and any(name.startswith(WORKBOOK_PARTS) for name in names)
    if "_rels/.rels" not in names and not is_part_of_one:
        return DeliveryRejected("The file is a zip archive.", "Unpack it and deliver the table itself.")
    return None
