"""Builds .xls workbooks record by record ([MS-XLS], [MS-CFB]), and .ods spreadsheets from raw XML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from struct import pack

SECTOR = 512
END, FAT = 0xFFFFFFFE, 0xFFFFFFFD


def record(kind: int, body: bytes = b"") -> bytes:
    """One record."""
    return pack("<HH", kind, len(body)) + body


def text(value: str) -> bytes:
    """A string with a length of two bytes, as UTF-16."""
    return pack("<HB", len(value), 1) + value.encode("utf-16-le")


def label(row: int, column: int, value: str, style: int = 0) -> bytes:
    """A text cell."""
    return record(0x0204, pack("<HHH", row, column, style) + text(value))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    """A number cell under a style."""
    return record(0x0203, pack("<HHHd", row, column, style, value))


def short_number(row: int, column: int, packed: int, style: int = 0) -> bytes:
    """A number cell in its short form of four bytes."""
    return record(0x027E, pack("<HHHI", row, column, style, packed))


def error(row: int, column: int, code: int) -> bytes:
    """A cell with an error."""
    return record(0x0205, pack("<HHHBB", row, column, 0, code, 1))


def formula(row: int, column: int, value: float, flags: int = 0) -> bytes:
    """A formula (1+1) with the value that a program stored."""
    parsed = bytes([0x1E, 1, 0, 0x1E, 1, 0, 0x03])
    return record(6, pack("<HHHdHIH", row, column, 0, value, flags, 0, len(parsed)) + parsed)


def empty_formula(row: int, column: int) -> bytes:
    """A formula whose stored value is an empty text."""
    body = bytearray(formula(row, column, 0.0))
    body[10:18] = b"\x03\0\0\0\0\0\xff\xff"
    return bytes(body)


def merge(first_row: int, last_row: int, first: int, last: int) -> bytes:
    """Merged cells."""
    return record(0x00E5, pack("<HHHHH", 1, first_row, last_row, first, last))


def xls(
    *sheets: bytes,
    formats: Sequence[str] = (),
    states: Sequence[int] = (),
    kinds: Sequence[int] = (),
    is_1904: bool = False,
    locked: bool = False,
) -> bytes:
    """The workbook of sheets S1, S2, ...; style n + 1 has the n-th of `formats`.

    A state of 1 hides a sheet; a kind of 2 makes it a chart.
    """
    begin = record(0x0809, pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    if locked:
        begin += record(0x002F, pack("<HHHHHH", 0, 1, 0, 0, 0, 0) + bytes(42))
    begin += record(0x0022, pack("<H", is_1904))
    begin += b"".join(record(0x041E, pack("<H", 164 + n) + text(code)) for n, code in enumerate(formats))
    numbers = [0, *(164 + n for n in range(len(formats)))]
    begin += b"".join(record(0x00E0, pack("<HH", 0, number) + bytes(16)) for number in numbers)
    names = [f"S{n}" for n in range(1, len(sheets) + 1)]
    at = len(begin) + sum(4 + 8 + len(name) for name in names) + 4
    listed, parts = b"", b""
    every_state, every_kind = ([*said, *[0] * (len(sheets) - len(said))] for said in (states, kinds))
    for name, sheet, state, kind in zip(names, sheets, every_state, every_kind, strict=True):
        listed += record(0x0085, pack("<IBBBB", at + len(parts), state, kind, len(name), 0) + name.encode())
        parts += record(0x0809, pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + sheet + record(0x000A)
    return compound_file({"Workbook": begin + listed + record(0x000A) + parts})


def compound_file(streams: dict[str, bytes]) -> bytes:
    """The container of old Office programs with these streams, each of at least 4096 bytes."""
    bodies = [body.ljust(4096, b"\0") for body in streams.values()]
    n_sectors = [-(-len(body) // SECTOR) for body in bodies]
    table, starts, at = [FAT, END], [], 2
    for count in n_sectors:
        starts.append(at)
        table += [*range(at + 1, at + count), END]
        at += count
    assert len(table) <= SECTOR // 4
    entries = _entry("Root Entry", 5, END, 0, child=1)
    for place, (name, body) in enumerate(zip(streams, bodies, strict=True), 1):
        entries += _entry(name, 2, starts[place - 1], len(body), right=place + 1 if place < len(bodies) else -1)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0) + pack("<I", 0) + b"\xff" * (4 * 108)
    body = b"".join(body.ljust(count * SECTOR, b"\0") for body, count in zip(bodies, n_sectors, strict=True))
    return head + b"".join(pack("<I", n) for n in table).ljust(SECTOR, b"\xff") + entries.ljust(SECTOR, b"\0") + body


def _entry(name: str, kind: int, start: int, size: int, child: int = -1, right: int = -1) -> bytes:
    """An entry of the directory."""
    coded = name.encode("utf-16-le").ljust(64, b"\0")
    links = pack("<HBBiii", 2 * len(name) + 2, kind, 1, -1, right, child)
    return (coded + links + bytes(36) + pack("<IQ", start, size)).ljust(128, b"\0")


NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {"office": "office", "table": "table", "text": "text", "style": "style"}.items()
)


def ods(*tables: str, manifest: str = "<manifest/>") -> bytes:
    """The spreadsheet with these tables' XML; the style "hidden" hides one."""
    content = (
        f'<office:document-content {NAMESPACES} xmlns:calcext="urn:x"><office:automatic-styles>'
        '<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/>'
        f"</style:style></office:automatic-styles><office:body><office:spreadsheet>{''.join(tables)}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", manifest)
        file.writestr("content.xml", content)
    return sink.getvalue()


def table(*rows: Sequence[str], name: str = "S1", style: str = "shown") -> str:
    """A table's XML from cells that are XML already; a bare word is a text."""
    cells = ("".join(c if c.startswith("<") else words(c) for c in row) for row in rows)
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    return f'<table:table table:name="{name}" table:style-name="{style}">{lines}</table:table>'


def words(value: str, attributes: str = "") -> str:
    """A text cell."""
    return (
        f'<table:table-cell office:value-type="string" {attributes}><text:p>{value}</text:p></table:table-cell>'
        if value
        else f"<table:table-cell {attributes}/>"
    )


def value(kind: str, stored: str, shown: str, attributes: str = "") -> str:
    """A cell of a kind, with its stored value and what the program shows."""
    name = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(kind, "value")
    said = f'office:value-type="{kind}" office:{name}="{stored}" {attributes}'
    return f"<table:table-cell {said}><text:p>{shown}</text:p></table:table-cell>"
