"""A figure with its words, before it stands on a page: the report inlines it, the asset's page shows it as a picture.

Here: the hand-over. Not here: what is drawn (the sections), and how a page looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analysis.figures.render import to_svg
from analysis.report.blocks import FigureBlock, Numbering

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawing(NamedTuple):
    """`figure` is None where there is nothing to draw yet; `note` says why. `alt` is what a screen reader says."""

    figure: Figure | None
    name: str
    caption: str
    alt: str
    note: str


def on_page(drawing: Drawing, numbering: Numbering) -> FigureBlock:
    """The drawing as a block of the report."""
    svg = "" if drawing.figure is None else to_svg(drawing.figure, drawing.name, drawing.alt)
    return FigureBlock(numbering.figure(), drawing.caption, svg, drawing.note)
