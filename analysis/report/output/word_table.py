"""A table as papers print it: three rules and no boxes, kept with its caption and notes.

A row is never split between two pages; the heading lines are repeated; the first and last rows stay with their
neighbours, so that no page holds a single row; an interval cannot be broken. The table is written as XML text and
parsed once: setting each property of thousands of cells by itself takes seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from analysis.report.arranging.joined_units import joined
from analysis.report.blocks import Cell, DataTable
from analysis.report.output.word_layout import MARGIN_CM, Layout, is_kept_whole, printed

if TYPE_CHECKING:
    from docx.document import Document

KEPT_TOGETHER = 2
"""Rows at either end of a table that stay on one page."""
WHOLE_ROWS = 14
"""A table of at most this many rows stays on one page."""
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that XML, and so a Word document, cannot hold."""
UNBROKEN = str.maketrans({" ": "\u00a0", "-": "\u2011"})
TWIPS_PER_CM = 1440 / 2.54
LINE_END = re.compile("\r\n?|\n")
RULE = '<w:{side} w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
SWITCHED_ON = '<w:{name} w:val="true"/>'
SPACED = '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>'


class Entry(NamedTuple):
    """One cell as printed: `mark` is a superscript after its words; `span` is how many columns it takes."""

    text: str
    mark: str = ""
    is_bold: bool = False
    side: str = ""
    """'right', 'center', or '' for left."""
    span: int = 1


def clean(text: str) -> str:
    """Return the text without characters that a Word document cannot hold, with numbers kept beside their units."""
    return joined(FORBIDDEN.sub("\ufffd", text))


def add_table(document: Document, block: DataTable, shape: Layout) -> None:
    """Append the table to the document, in the type and widths of its layout; the caller sets the orientation."""
    from docx.oxml import parse_xml

    document.element.body.sectPr.addprevious(parse_xml(table_xml(block, shape)))


def table_xml(block: DataTable, shape: Layout) -> str:
    """Return the table as the text of its w:tbl element."""
    from docx.oxml.ns import nsdecls

    widths, margin = [_twips(width) for width in shape.widths], _twips(MARGIN_CM)
    rows = [*_heading(block), *(_entries(block, place) for place in range(len(block.rows)))]
    n_head, last = len(rows) - len(block.rows), len(rows) - 1
    rules = [("top" * (k == 0), "bottom" * (k in (n_head - 1, last))) for k in range(len(rows))]
    kept = _kept(block, n_head)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:type="auto" w:w="0"/><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        f'<w:left w:w="{margin}" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="04A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="0" '
        'w:noVBand="1"/></w:tblPr>'
        f"<w:tblGrid>{''.join(_width('gridCol', width) for width in widths)}</w:tblGrid>"
        + "".join(
            _row(row, widths, k < n_head, kept[k], [side for side in rules[k] if side], round(2 * shape.size_pt))
            for k, row in enumerate(rows)
        )
        + "</w:tbl>"
    )


def _heading(block: DataTable) -> list[list[Entry]]:
    """Return the heading lines: the upper one, if there is one, and the columns' own."""
    upper = [Entry(label, is_bold=True, side="center", span=width) for label, width in block.spans]
    own = [Entry(column.label, is_bold=True, side="right" * column.is_number) for column in block.columns]
    return [upper, own] if upper else [own]


def _entries(block: DataTable, place: int) -> list[Entry]:
    """Return the cells of one row."""
    row = block.rows[place]
    if row.is_group:
        return [Entry(printed(row.cells[0]), _mark(row.cells[0]), is_bold=True, span=len(block.columns))]
    return [
        Entry(
            printed(value).translate(UNBROKEN) if is_kept_whole(column) else printed(value),
            _mark(value),
            side="right" * column.is_number,
        )
        for value, column in zip(row.cells, block.columns, strict=True)
    ]


def _kept(block: DataTable, n_head: int) -> list[bool]:
    """Return which rows are kept with the next: heading lines, group rows, lines that are continued, both ends of the
    table, and the last row if notes follow it.
    """
    last, found = n_head + len(block.rows) - 1, []
    for k in range(last + 1):
        own = block.rows[k - n_head] if k >= n_head else None
        follows = block.rows[k + 1 - n_head] if n_head <= k + 1 <= last else None
        is_kept = own is None or own.is_group or (follows is not None and follows.is_continued)
        is_kept |= k < n_head + KEPT_TOGETHER or last - KEPT_TOGETHER <= k < last or last < WHOLE_ROWS
        found.append(is_kept if k < last else bool(block.notes or block.footnotes))
    return found


def _row(
    entries: Sequence[Entry], widths: Sequence[int], is_heading: bool, is_kept: bool, sides: Sequence[str], size: int
) -> str:
    """Return one row; `sides` have a thin line, `size` is the type size in half points."""
    properties = SWITCHED_ON.format(name="cantSplit") + SWITCHED_ON.format(name="tblHeader") * is_heading
    lines = "".join(RULE.format(side=side) for side in sides)
    borders = f"<w:tcBorders>{lines}</w:tcBorders>" if lines else ""
    cells, place = [], 0
    for entry in entries:
        span = f'<w:gridSpan w:val="{entry.span}"/>' if entry.span > 1 else ""
        width = _width("tcW", sum(widths[place : place + entry.span]))
        cells.append(f"<w:tc><w:tcPr>{width}{span}{borders}</w:tcPr>{_paragraph(entry, is_kept, size)}</w:tc>")
        place += entry.span
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def _paragraph(entry: Entry, is_kept: bool, size: int) -> str:
    """Return the cell's words. The paragraph mark has the table's type too: otherwise an empty cell would make its row
    higher than the others.
    """
    side = f'<w:jc w:val="{entry.side}"/>' if entry.side else ""
    kept, type_size = "<w:keepNext/>" * is_kept, f'<w:sz w:val="{size}"/>'
    runs = _run(entry.text, "<w:b/>" * entry.is_bold + type_size)
    if entry.mark:
        runs += _run(entry.mark, f'{type_size}<w:vertAlign w:val="superscript"/>')
    return f"<w:p><w:pPr>{kept}{SPACED}{side}<w:rPr>{type_size}</w:rPr></w:pPr>{runs}</w:p>"


def _run(text: str, properties: str) -> str:
    lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in LINE_END.split(clean(text)))
    return f"<w:r><w:rPr>{properties}</w:rPr>{'<w:br/>'.join(lines)}</w:r>" if text else ""


def _mark(value: Cell | str) -> str:
    return "" if isinstance(value, str) else value.mark


def _width(name: str, twips: int) -> str:
    kind = ' w:type="dxa"' if name == "tcW" else ""
    return f'<w:{name}{kind} w:w="{twips}"/>'


def _twips(width_cm: float) -> int:
    return round(width_cm * TWIPS_PER_CM)
