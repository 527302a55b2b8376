"""A table as a paper prints it: three rules and no boxes, kept with its caption and its notes.

Here: from a block to a table of a Word document. Not here: widths (word_layout.py), what the table says. A row is never
split between two pages; the heading lines are repeated; the first and last rows stand with their neighbours, so that no
page holds a single row; an interval has no place where it could be broken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.report.blocks import Cell, DataTable
from analysis.report.word_layout import MARGIN_CM, Layout, is_kept_whole, layout, printed

if TYPE_CHECKING:
    from docx.document import Document

KEPT_TOGETHER = 2
"""Rows at either end of a table that stand on one page."""
WHOLE_ROWS = 14
"""A table of so many rows or fewer stands on one page."""
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that XML, and so a Word document, cannot hold."""
UNBROKEN = str.maketrans({" ": "\u00a0", "-": "\u2011"})


def clean(text: str) -> str:
    """The text without what a Word document cannot hold."""
    return FORBIDDEN.sub("\ufffd", text)


def add_table(document: Document, block: DataTable) -> None:
    """The table at the document's end, in the type and the widths of its layout; the page is turned by the caller."""
    from docx.shared import Cm

    shape = layout(block)
    n_head = 2 if block.spans else 1
    table = document.add_table(rows=n_head + len(block.rows), cols=len(block.columns))
    table.autofit = False
    _margins(table)
    for column, width in zip(table.columns, shape.widths, strict=True):
        column.width = Cm(width)
    rows = list(table.rows)
    for row in rows:
        for cell, width in zip(row.cells, shape.widths, strict=True):
            cell.width = Cm(width)
    _heading(rows[:n_head], block, shape)
    for row, own in zip(rows[n_head:], block.rows, strict=True):
        cells = row.cells
        if own.is_group:
            first = own.cells[0]
            _write(cells[0].merge(cells[-1]), printed(first), shape, bold=True, mark=_mark(first))
            continue
        for cell, value, column in zip(cells, own.cells, block.columns, strict=True):
            text = printed(value).translate(UNBROKEN) if is_kept_whole(column) else printed(value)
            _write(cell, text, shape, right=column.is_number, mark=_mark(value))
    for k, sides in ((0, ("top",)), (n_head - 1, ("bottom",)), (len(rows) - 1, ("bottom",))):
        _rule(rows[k], sides)
    for row in rows:
        _property(row, "w:cantSplit")
    for row in rows[:n_head]:
        _property(row, "w:tblHeader")
    _keep(rows, block, n_head)


def _heading(rows: Sequence[Any], block: DataTable, shape: Layout) -> None:
    place = 0
    for label, width in block.spans:
        cell = rows[0].cells[place]
        if width > 1:
            cell = cell.merge(rows[0].cells[place + width - 1])
        _write(cell, label, shape, bold=True, centred=True)
        place += width
    for cell, column in zip(rows[-1].cells, block.columns, strict=True):
        _write(cell, column.label, shape, bold=True, right=column.is_number)


def _keep(rows: Sequence[Any], block: DataTable, n_head: int) -> None:
    """Keep with the next: heading lines, group rows and lines that are continued, both ends of the table, and the last
    row where notes follow it.
    """
    last = len(rows) - 1
    for k, row in enumerate(rows):
        own = block.rows[k - n_head] if k >= n_head else None
        follows = block.rows[k + 1 - n_head] if n_head <= k + 1 <= last else None
        is_kept = own is None or own.is_group or (follows is not None and follows.is_continued)
        is_kept |= k < n_head + KEPT_TOGETHER or last - KEPT_TOGETHER <= k < last or len(rows) <= WHOLE_ROWS
        if k == last:
            is_kept = bool(block.notes or block.footnotes)
        for cell in row.cells if is_kept else ():
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _mark(value: Cell | str) -> str:
    return "" if isinstance(value, str) else value.mark


def _write(
    cell: Any,
    text: str,
    shape: Layout,
    *,
    bold: bool = False,
    right: bool = False,
    centred: bool = False,
    mark: str = "",
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.line_spacing = 1.0
    if right or centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.RIGHT
    _set_mark(paragraph, shape.size_pt)
    run = paragraph.add_run(clean(text))
    run.bold, run.font.size = bold, Pt(shape.size_pt)
    if mark:
        letters = paragraph.add_run(mark)
        letters.font.superscript, letters.font.size = True, Pt(shape.size_pt)


def _set_mark(paragraph: Any, size_pt: float) -> None:
    """The paragraph's own mark in the table's type: an empty cell would else make its row higher than the others."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark, size = OxmlElement("w:rPr"), OxmlElement("w:sz")
    size.set(qn("w:val"), str(round(2 * size_pt)))
    mark.append(size)
    paragraph._p.get_or_add_pPr().append(mark)


def _margins(table: Any) -> None:
    """What stands left and right of a cell's text: the layout counts on it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(Cm(MARGIN_CM).twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = table._tbl.tblPr
    looks = properties.find(qn("w:tblLook"))
    if looks is None:
        properties.append(margins)
    else:
        looks.addprevious(margins)  # the schema's order of elements


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


def _property(row: Any, name: str) -> None:
    """Switch a property of the row on: w:cantSplit (never split it between pages), w:tblHeader (repeat it)."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)
