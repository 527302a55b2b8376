"""What a page shows at once and what a reader unfolds, and the order inside a section.

Open: sentences, warnings, one drawing. Folded: every table, further drawings, what follows a heading. Nothing is left
out, and a printed page shows all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.report.blocks import (
    Block,
    Command,
    DataTable,
    Definitions,
    FigureBlock,
    FigureGrid,
    Fold,
    Heading,
    Paragraph,
    Section,
)

MAIN_FIGURES = ("flow", "km-ltpfs-kras", "cif-kras", "margin-by-ras", "forest-cox", "forest-subgroups")
"""Drawings shown open, first in their section; of a grid without any of them, the first drawing is."""
TOP = ""
"""The part of sections on the first screen."""
ROWS_ON_TOP = 10
"""The first table of a section on the first screen is open if it has at most this many lines."""
READ_FIRST = 1
METHODS = "methods"


def main_first(sections: Sequence[Section]) -> list[Section]:
    """Return the sections with the main drawing of each grid first, so that numbers follow the reading order."""
    return [replace(section, blocks=[_ordered(block) for block in section.blocks]) for section in sections]


def _ordered(block: Block) -> Block:
    if not isinstance(block, FigureGrid) or block.is_open is not None:
        return block
    return replace(block, figures=sorted(block.figures, key=lambda one: not _is_main(one)))


def _is_main(figure: FigureBlock) -> bool:
    """Return whether the drawing is a main one. A single curve of a group is that of all patients, drawn elsewhere."""
    return figure.name in MAIN_FIGURES and len(figure.curves) != 1


def folded(section: Section) -> Section:
    """Return the section with its details in folds."""
    made: list[Block] = []
    blocks = list(section.blocks)
    while blocks:
        block = blocks.pop(0)
        if isinstance(block, Heading):
            own: list[Block] = []
            while blocks and not isinstance(blocks[0], Heading):
                own.append(blocks.pop(0))
            made += _under(block, own)
        else:
            is_first = section.part == TOP and not any(isinstance(one, DataTable) for one in made)
            made += _open_or_folded(block, is_first and _n_rows([block]) <= ROWS_ON_TOP)
    if section.anchor == METHODS and len(made) > READ_FIRST:
        made = [*made[:READ_FIRST], Fold("Every method, and the software", made[READ_FIRST:])]
    return replace(section, blocks=made)


def _under(heading: Heading, blocks: Sequence[Block]) -> list[Block]:
    if all(isinstance(block, Paragraph) for block in blocks):
        return [heading, *blocks]
    return [Fold(heading.text, blocks, hint=_hint(blocks))]


def _open_or_folded(block: Block, is_open: bool) -> list[Block]:
    if isinstance(block, DataTable):
        return [block] if is_open else [Fold(block.caption, [block], block.number, _hint([block]))]
    if isinstance(block, FigureGrid):
        if block.is_open is not None:
            if not block.is_open:
                return _folded_figures(block.figures)
            return [block] if len(block.figures) > 1 else [*block.figures]
        return _grid(block.figures)
    if isinstance(block, FigureBlock) and block.name not in MAIN_FIGURES:
        return [Fold(block.caption, [block], block.number)]
    if isinstance(block, Definitions):
        return [Fold("Definitions", [block], hint=f"{len(block.items)} terms")]
    return [block]


def _grid(figures: Sequence[FigureBlock]) -> list[Block]:
    """Show the main drawing open and the others in one fold."""
    return [*figures[:1], *_folded_figures(figures[1:])]


def _folded_figures(figures: Sequence[FigureBlock]) -> list[Block]:
    if len(figures) < 2:
        return [Fold(one.caption, figures, one.number) for one in figures]
    numbers = [figure.number.split()[-1] for figure in figures]
    title = "; ".join(_short(figure.caption) for figure in figures) + "."
    return [Fold(title, [FigureGrid(figures)], f"Figures {numbers[0]} to {numbers[-1]}")]


def _short(caption: str) -> str:
    return caption.rstrip(".").split(" (")[0]


def _hint(blocks: Sequence[Block]) -> str:
    if n := _n_rows(blocks):
        return f"{n} row{'' if n == 1 else 's'}"
    return f"{len(blocks)} commands" if all(isinstance(block, Command) for block in blocks) else ""


def _n_rows(blocks: Sequence[Block]) -> int:
    return sum(sum(not row.is_group for row in block.rows) for block in blocks if isinstance(block, DataTable))
