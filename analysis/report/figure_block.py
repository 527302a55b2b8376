"""A drawing as a block of the page: the same figure as SVG text and, on request, as PNG."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from analysis.figures.render import to_png, to_svg
from analysis.figures.warning_band import with_warning
from analysis.figures.words import in_drawable_words
from analysis.report.blocks import FigureBlock, FigureGrid, Numbering, Section

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DOTS_PER_INCH = 200
"""For a release's pictures: sharp on a screen, in a slide and in Word."""
PAPER_DOTS_PER_INCH = 300
"""The resolution that journals ask for."""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


@dataclass(frozen=True)
class LaterFigure:
    """A figure that is made only when pixels are requested, because the page's SVG is made in another way. Its words
    are in the language of the page that is being made now; English if no font here has that language's letters.
    """

    make: Callable[[], Figure]
    context: Context = field(default_factory=copy_context, repr=False, compare=False)

    def made(self) -> Figure:
        """Make the figure."""
        return self.context.run(in_drawable_words, self.make)


class Drawing(NamedTuple):
    """A figure with its words, before it is placed on a page: the report inlines it, an asset shows it as a picture.

    `figure` is None if there is nothing to draw yet; `note` says why. `alt` is what a screen reader says. `curves`:
    what its lines are drawn from, one entry per line.
    """

    figure: Figure | None
    name: str
    caption: str
    alt: str
    note: str
    curves: frozenset[Hashable] = frozenset()


def on_page(drawing: Drawing, numbering: Numbering) -> FigureBlock:
    """Return the drawing as a block of the report, with the page's warning inside the picture."""
    if drawing.figure is None:
        return FigureBlock(numbering.figure(), drawing.caption, "", drawing.note)
    figure = with_warning(drawing.figure, numbering.warning)
    alt = f"{numbering.warning} {drawing.alt}".strip()
    block = figure_block(numbering.figure(), drawing.caption, figure, drawing.name, alt, drawing.note)
    return replace(block, curves=drawing.curves)


def file_name(text: str) -> str:
    """Return a name for a figure's files: lower-case letters, digits and hyphens.

    >>> file_name("km-LTPFS-diameter_ge_30")
    'km-ltpfs-diameter-ge-30'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def curve_of(rows: pd.DataFrame) -> Hashable:
    """Return what identifies a step curve, whatever it is called: its event times with the numbers at risk and of
    events, how many were at risk at first, and its last time.
    """
    events = rows[rows["n_events"] > 0]
    steps = tuple(zip(events["time_months"].round(6), events["n_at_risk"], events["n_events"], strict=True))
    return (rows["n_at_risk"].max(), float(rows["time_months"].max()), steps)


def figure_block(number: str, caption: str, figure: Figure, name: str, alt: str, note: str = "") -> FigureBlock:
    """Return the figure as a block; `name` ([a-z][a-z0-9-]*) is also the name of its files."""
    return FigureBlock(number, caption, to_svg(figure, name, alt), note, name=name, figure=figure)


def figures_of(sections: Sequence[Section]) -> Iterator[FigureBlock]:
    """Yield the figures that are drawn, in reading order; one that is only described in words is left out."""
    for section in sections:
        for block in section.blocks:
            if isinstance(block, FigureGrid):
                yield from (one for one in block.figures if one.svg)
            elif isinstance(block, FigureBlock) and block.svg:
                yield block


def drawings_of(sections: Sequence[Section]) -> dict[str, str]:
    """Return the drawings as SVG documents by name, in reading order."""
    return {block.name: svg_file(block) for block in figures_of(sections)}


def pictures_of(sections: Sequence[Section], dots_per_inch: int) -> dict[str, bytes]:
    """Return the same drawings as PNG by name."""
    return {block.name: png_file(block, dots_per_inch) for block in figures_of(sections)}


def svg_file(block: FigureBlock) -> str:
    """Return the block's drawing as an SVG document: the drawing on the page, with what a file of its own needs."""
    box = re.search(r'viewBox="([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)"', block.svg)
    size = f' width="{box[3]}pt" height="{box[4]}pt"' if box else ""
    return HEAD + block.svg.replace("<svg ", f"<svg {NAMESPACES}{size} ", 1) + "\n"


def png_file(block: FigureBlock, dots_per_inch: int = PAPER_DOTS_PER_INCH) -> bytes:
    """Return the block's drawing as a PNG; equal figures give equal bytes. Raises ValueError without a figure."""
    if block.figure is None:
        raise ValueError(f"{block.number} has no drawing")
    figure = block.figure.made() if isinstance(block.figure, LaterFigure) else block.figure
    return to_png(figure, dots_per_inch)
