"""Says a page in a language: its sections are made and arranged in English, and said block by block at the end.

Names stay: of sites, files, rules, columns and commands. So do the addresses on the page and the files of tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape, unescape

from analysis.figures.words import Speaker
from analysis.report.blocks import (
    Block,
    Callout,
    Cell,
    Command,
    DataTable,
    Definitions,
    FigureBlock,
    FigureGrid,
    Heading,
    Link,
    Paragraph,
    Row,
    Section,
)
from languages.phrases import phrases

Say = Callable[[str], str]
OF_NAMES = ("Delivery", "Site", "Export", "Rule", "Table", "SHA-256 (start)", "Until", "In SQL")
"""Columns of names, which stay."""
ALTERNATIVE = re.compile(r'(?<=aria-label=")[^"]*')


def speaker_of(code: str) -> Speaker | None:
    """Return who says the words of a page in the language; None for English, and for one without a catalogue."""
    found = phrases(code)
    return None if found.is_english else Speaker(code, found.say)


def spoken(sections: Sequence[Section], code: str) -> list[Section]:
    """Return the sections in the language."""
    speaker = speaker_of(code)
    return [_section(section, speaker.say) for section in sections] if speaker else list(sections)


def _section(section: Section, say: Say) -> Section:
    blocks = [_block(block, say) for block in section.blocks]
    return replace(section, title=say(section.title), part=say(section.part), blocks=blocks)


def _block(block: Block, say: Say) -> Block:
    if isinstance(block, Paragraph | Heading | Link):
        return replace(block, text=say(block.text))
    if isinstance(block, Callout):
        return replace(block, title=say(block.title), text=say(block.text))
    if isinstance(block, Command):
        return replace(block, meaning=say(block.meaning))
    if isinstance(block, Definitions):
        return replace(block, items=[(say(term), say(meaning)) for term, meaning in block.items])
    if isinstance(block, DataTable):
        return _table(block, say)
    if isinstance(block, FigureBlock):
        return _figure(block, say)
    if isinstance(block, FigureGrid):
        return replace(block, figures=[_figure(one, say) for one in block.figures])
    blocks = [_block(one, say) for one in block.blocks]
    return replace(block, title=say(block.title), number=say(block.number), hint=say(block.hint), blocks=blocks)


def _figure(block: FigureBlock, say: Say) -> FigureBlock:
    svg = ALTERNATIVE.sub(lambda found: escape(say(unescape(found[0])), quote=True), block.svg, count=1)
    return replace(block, number=say(block.number), caption=say(block.caption), note=say(block.note), svg=svg)


def _table(table: DataTable, say: Say) -> DataTable:
    are_names = [column.label in OF_NAMES for column in table.columns]
    return replace(
        table,
        number=say(table.number),
        caption=say(table.caption),
        columns=[column._replace(label=say(column.label)) for column in table.columns],
        rows=[_row(row, are_names, say) for row in table.rows],
        notes=[say(note) for note in table.notes],
        footnotes=[(mark, say(note)) for mark, note in table.footnotes],
        spans=[(say(label), width) for label, width in table.spans],
        english=table,
    )


def _row(row: Row, are_names: Sequence[bool], say: Say) -> Row:
    if row.is_group:
        return row._replace(cells=[_cell(row.cells[0], say), *row.cells[1:]])
    cells = zip(row.cells, are_names, strict=True)
    return row._replace(cells=[cell if is_name else _cell(cell, say) for cell, is_name in cells])


def _cell(cell: Cell | str, say: Say) -> Cell | str:
    if isinstance(cell, str):
        return say(cell)
    return cell if cell.tone == "code" else cell._replace(text=say(cell.text))
