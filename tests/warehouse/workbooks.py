"""Builds workbooks from raw XML, cell by cell, as other programs write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
CALCULATED = '<calcPr calcId="191029"/>'
"""What Excel leaves in a workbook that it has calculated."""


def text(value: str) -> str:
    """An inline text cell."""
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def number(stored: str, style: int = 0) -> str:
    """A number cell under a style."""
    return f'<c s="{style}"><v>{stored}</v></c>'


def sheet(rows: Sequence[Sequence[str]], after: str = "", namespace: str = MAIN) -> str:
    """A sheet's XML from cells that are XML already; a bare word is an inline text."""
    cells = ("".join(c if c.startswith("<") else text(c) if c else "<c/>" for c in row) for row in rows)
    lines = "".join(f"<row>{row}</row>" for row in cells)
    return f'<worksheet xmlns="{namespace}"><sheetData>{lines}</sheetData>{after}</worksheet>'


def book(
    *sheets: str,
    formats: Sequence[str | int] = (),
    states: Sequence[str] = (),
    calculation: str = CALCULATED,
    properties: str = "",
    shared: str = "",
    strict: bool = False,
    styles: str = "",
) -> bytes:
    """The workbook. Style n + 1 has the n-th of `formats`: a code, or the number of a built-in one."""
    main, relations = (STRICT, STRICT_RELATIONS) if strict else (MAIN, RELATIONS)
    codes = "".join(
        f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(code)}/>'
        for n, code in enumerate(formats)
        if isinstance(code, str)
    )
    numbers = ["0", *(str(164 + n) if isinstance(code, str) else str(code) for n, code in enumerate(formats))]
    used = "".join(f'<xf numFmtId="{n}"/>' for n in numbers)
    listed = "".join(
        f'<sheet name="S{n}" sheetId="{n}" state="{state}" r:id="r{n}"/>'
        for n, state in enumerate([*states, *["visible"] * (len(sheets) - len(states))], 1)
    )
    parts = {f"xl/worksheets/sheet{n}.xml": body for n, body in enumerate(sheets, 1)}
    links = {f"r{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)}
    links |= {"rs": ("styles", "styles.xml")} | ({"rt": ("sharedStrings", "/xl/sharedStrings.xml")} if shared else {})
    parts["xl/styles.xml"] = styles or (
        f'<styleSheet xmlns="{main}"><numFmts>{codes}</numFmts><fills><fill/></fills>'
        f'<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs>{used}</cellXfs></styleSheet>'
    )
    if shared:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{shared}</sst>'
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{main}" xmlns:r="{relations}"><workbookPr {properties}/>'
        f"<sheets>{listed}</sheets>{calculation}</workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = _relationships(relations, links)
    parts["_rels/.rels"] = _relationships(relations, {"r1": ("officeDocument", "xl/workbook.xml")})
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for name, body in parts.items():
            file.writestr(name, body)
    return sink.getvalue()


def _relationships(kinds: str, links: dict[str, tuple[str, str]]) -> str:
    each = "".join(f'<Relationship Id="{i}" Type="{kinds}/{kind}" Target="{to}"/>' for i, (kind, to) in links.items())
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{each}</Relationships>'
