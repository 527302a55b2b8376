"""The page's sections as a Word document for a manuscript: the same sentences, tables, captions and drawings.

Here: from blocks to a .docx. Not here: what the blocks say. The same sections give the same bytes: no time, no author
and no order of the file system enters.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.report.blocks import (
    Callout,
    Cell,
    DataTable,
    Definitions,
    FigureBlock,
    FigureGrid,
    Heading,
    Paragraph,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.drawings import png_file

if TYPE_CHECKING:
    from docx.document import Document

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP file can hold, for every part of the document."""
PAGE_WIDTH_CM, PAGE_HEIGHT_CM, MARGIN_CM = 21.0, 29.7, 2.0
FIGURE_WIDTH_CM = 11.5
TEXT_PT, TABLE_PT, NOTE_PT = 10.5, 8, 8
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that XML, and so a Word document, cannot hold."""


def to_docx(content: ReportContent, sections: Sequence[Section], title: str = "") -> bytes:
    """The sections as one .docx file. Figures are 300 dots per inch."""
    from docx import Document

    document = Document()
    _set_up(document, content)
    document.add_heading(_clean(title or content.title), level=0)
    said = f"{content.kind} {content.release_id}, code version {content.code_version}."
    if content.is_synthetic:
        said += " Synthetic data: all patients are made up, and nothing here may be used as evidence."
    document.add_paragraph(_clean(said))
    part = ""
    for section in sections:
        if section.part != part:
            part = section.part
            document.add_heading(_clean(part), level=1)
        document.add_heading(_clean(section.title), level=2)
        for block in section.blocks:
            _add(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return _same_bytes(buffer.getvalue())


def _set_up(document: Document, content: ReportContent) -> None:
    from docx.shared import Cm, Pt

    page = document.sections[0]
    page.page_width, page.page_height = Cm(PAGE_WIDTH_CM), Cm(PAGE_HEIGHT_CM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    document.styles["Normal"].font.size = Pt(TEXT_PT)  # type: ignore[attr-defined]
    facts = document.core_properties
    facts.title, facts.author, facts.comments = _clean(content.title), "", content.release_id


def _add(document: Document, block: Any) -> None:
    if isinstance(block, Paragraph):
        document.add_paragraph(_clean(block.text))
    elif isinstance(block, Heading):
        document.add_heading(_clean(block.text), level=3)
    elif isinstance(block, Callout):
        paragraph = document.add_paragraph()
        paragraph.add_run(_clean(block.title) + " ").bold = True
        paragraph.add_run(_clean(block.text))
    elif isinstance(block, Definitions):
        for term, meaning in block.items:
            paragraph = document.add_paragraph()
            paragraph.add_run(_clean(f"{term}: ")).bold = True
            paragraph.add_run(_clean(meaning))
    elif isinstance(block, DataTable):
        _table(document, block)
    elif isinstance(block, FigureGrid):
        for figure in block.figures:
            _figure(document, figure)
    elif isinstance(block, FigureBlock):
        _figure(document, block)


def _caption(document: Document, number: str, caption: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run(f"{number}. ").bold = True
    paragraph.add_run(_clean(caption))


def _small(document: Document, text: str) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.add_run(_clean(text)).font.size = Pt(NOTE_PT)


def _figure(document: Document, block: FigureBlock) -> None:
    from docx.shared import Cm

    if block.figure is not None:
        picture = document.add_paragraph()
        picture.paragraph_format.keep_with_next = True
        picture.add_run().add_picture(io.BytesIO(png_file(block)), width=Cm(FIGURE_WIDTH_CM))
    _caption(document, block.number, block.caption)
    if block.note:
        _small(document, block.note)


def _table(document: Document, block: DataTable) -> None:
    _caption(document, block.number, block.caption)
    n_head = 2 if block.spans else 1
    table = document.add_table(rows=n_head + len(block.rows), cols=len(block.columns))
    place = 0
    for label, width in block.spans:
        cell = table.cell(0, place)
        if width > 1:
            cell = cell.merge(table.cell(0, place + width - 1))
        _write(cell, label, bold=True, centred=True)
        place += width
    rows = table.rows
    for cell, column in zip(rows[n_head - 1].cells, block.columns, strict=True):
        _write(cell, column.label, bold=True, right=column.is_number)
    for row, own in zip(list(rows)[n_head:], block.rows, strict=True):
        cells = row.cells
        if own.is_group:
            _write(cells[0].merge(cells[-1]), _text(own.cells[0]), bold=True, mark=_mark(own.cells[0]))
            continue
        for cell, value, column in zip(cells, own.cells, block.columns, strict=True):
            _write(cell, _text(value), right=column.is_number, mark=_mark(value))
    for k, sides in ((0, ("top",)), (n_head - 1, ("bottom",)), (len(rows) - 1, ("bottom",))):
        _rule(rows[k], sides)
    for row in list(rows)[:n_head]:
        _repeat(row)
    for note in block.notes:
        _small(document, note)
    for letter, note in block.footnotes:
        _small(document, f"{letter} {note}")
    document.add_paragraph()


def _text(value: Cell | str) -> str:
    """A cell's words; what is only read aloud is not printed."""
    return value if isinstance(value, str) else "" if value.tone == "unseen" else value.text


def _mark(value: Cell | str) -> str:
    return "" if isinstance(value, str) else value.mark


def _write(
    cell: Any, text: str, *, bold: bool = False, right: bool = False, centred: bool = False, mark: str = ""
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    if right or centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(_clean(text))
    run.bold, run.font.size = bold, Pt(TABLE_PT)
    if mark:
        letters = paragraph.add_run(mark)
        letters.font.superscript, letters.font.size = True, Pt(TABLE_PT)


def _rule(row: Any, sides: Sequence[str]) -> None:
    """A thin line along the row: a table of a paper has three of them and no boxes."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for element in row._tr.tc_lst:
        properties = element.get_or_add_tcPr()
        borders = properties.find(qn("w:tcBorders"))
        if borders is None:
            borders = OxmlElement("w:tcBorders")
            properties.append(borders)
        for side in sides:
            line = OxmlElement(f"w:{side}")
            for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
                line.set(qn(f"w:{name}"), value)
            borders.append(line)


def _repeat(row: Any) -> None:
    """The row stands again at the top of each page that its table reaches."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(header)


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)


def _same_bytes(document: bytes) -> bytes:
    """The document's parts in the order of their names, all of one fixed time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            part = zipfile.ZipInfo(name, FIXED_TIME)
            part.compress_type, part.external_attr, part.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            new.writestr(part, old.read(name))
    return buffer.getvalue()
