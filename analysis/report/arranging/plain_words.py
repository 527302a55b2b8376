"""Reword a section for readers from outside the registry: without names of tables, columns and rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis.report.blocks import Block, Callout, DataTable, FigureBlock, FigureGrid, Paragraph, Section

INTERNAL = re.compile(
    r"\b[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+\b|\b(?:analysis|quality|derived|clean|raw|meta)\.[a-z]+\b|\b[A-Z]{2,6}-\d{2}\b"
)
"""Names that nobody outside knows: snake_case, schema.table, rule ids."""
FILE_OF_TABLE = "the table's file"
"""The words of a sentence that refers to a download of the page."""
_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z\u2013])")


def plain(section: Section) -> Section:
    """Return the section without sentences that name something internal or refer to a download."""
    blocks = [_block(block) for block in section.blocks]
    return replace(section, blocks=[block for block in blocks if not _is_silent(block)])


def sentences(text: str) -> str:
    """Return the sentences of a text that name nothing internal.

    >>> sentences("Shown by site. Other groups are in analysis.km_summary.")
    'Shown by site.'
    """
    return " ".join(one for one in _SENTENCE.split(text) if not INTERNAL.search(one) and FILE_OF_TABLE not in one)


def _block(block: Block) -> Block:
    if isinstance(block, Paragraph | Callout):
        return replace(block, text=sentences(block.text))
    if isinstance(block, FigureBlock):
        return replace(block, note=sentences(block.note))
    if isinstance(block, FigureGrid):
        return replace(block, figures=[replace(one, note=sentences(one.note)) for one in block.figures])
    return replace(block, notes=_said(block.notes)) if isinstance(block, DataTable) else block


def _said(notes: Sequence[str]) -> list[str]:
    return [said for note in notes if (said := sentences(note))]


def _is_silent(block: Block) -> bool:
    return isinstance(block, Paragraph) and not block.text
