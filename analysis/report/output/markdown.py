"""Blocks of a page as Markdown, for a note that is read without a browser.

Text of a table cell is shown as it is: Markdown's own characters are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.report.blocks import Block, Callout, Cell, DataTable, Heading, Link, Paragraph, Section

_OBEYED = re.compile(r"[\\`*\[\]|<>#]|(?<!\w)_|_(?!\w)")


def markdown(section: Section) -> str:
    """Return the section as Markdown, ending with a newline. Raises TypeError for a block that has no form here."""
    return "\n\n".join([f"# {_escaped(section.title)}", *(_block(block) for block in section.blocks)]) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _escaped(block.text)
    if isinstance(block, Heading):
        return f"## {_escaped(block.text)}"
    if isinstance(block, Callout):
        return f"> **{_escaped(block.title)}** {_escaped(block.text)}"
    if isinstance(block, Link):
        return f"[{_escaped(block.text)}](<{block.address}>)"
    if isinstance(block, DataTable):
        return _table(block)
    raise TypeError(f"Markdown cannot show a block of type {type(block).__name__}: show it on the page instead.")


def _table(table: DataTable) -> str:
    lines = [_line([column.label for column in table.columns])]
    lines.append("|" + "|".join(" ---: " if column.is_number else " --- " for column in table.columns) + "|")
    for row in table.rows:
        cells = [cell_text(cell) for cell in row.cells]
        if row.is_group:
            cells = [cells[0], *[""] * (len(table.columns) - 1)]
        lines.append(_line(cells))
    parts = [f"**{_escaped(table.caption)}**", "\n".join(lines), *map(_escaped, table.notes)]
    return "\n\n".join(parts)


def cell_text(cell: Cell | str) -> str:
    """Return the text of a table cell."""
    return cell.text if isinstance(cell, Cell) else cell


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    return " ".join(_OBEYED.sub(r"\\\g<0>", text).split())
