"""Number tables and figures from one in reading order, and renumber every mention of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analysis.report.blocks import Block, Callout, DataTable, FigureBlock, FigureGrid, Numbering, Paragraph, Section

_MENTION = re.compile(r"\b(?:Table|Figure)[ \u00a0]\d+\b")


def renumbered(sections: Sequence[Section]) -> list[Section]:
    """Return the sections with new numbers, also where their text mentions them."""
    numbering = Numbering()
    numbers = {
        block.number: numbering.table() if isinstance(block, DataTable) else numbering.figure()
        for section in sections
        for block in _numbered_blocks(section.blocks)
    }
    return [replace(one, blocks=[_block(block, numbers) for block in one.blocks]) for one in sections]


def _numbered_blocks(blocks: Sequence[Block]) -> Iterator[DataTable | FigureBlock]:
    for block in blocks:
        if isinstance(block, FigureGrid):
            yield from block.figures
        elif isinstance(block, DataTable | FigureBlock):
            yield block


def _block(block: Block, numbers: Mapping[str, str]) -> Block:
    def said(text: str) -> str:
        return _MENTION.sub(lambda found: numbers.get(found[0].replace("\u00a0", " "), found[0]), text)

    if isinstance(block, FigureGrid):
        figures = [replace(one, number=numbers[one.number], note=said(one.note)) for one in block.figures]
        return replace(block, figures=figures)
    if isinstance(block, FigureBlock):
        return replace(block, number=numbers[block.number], note=said(block.note))
    if isinstance(block, DataTable):
        return replace(block, number=numbers[block.number], notes=[said(note) for note in block.notes])
    return replace(block, text=said(block.text)) if isinstance(block, Paragraph | Callout) else block
