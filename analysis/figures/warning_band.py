"""A warning inside a picture, across its top, so that a figure that is passed on alone still carries it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.figures import style
from analysis.figures.words import can_draw, instead_of, said
from analysis.figures.wrapped_text import wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILL, EDGE, WORDS = "#fdf6ea", "#c77700", "#6b3a00"
LINE_INCHES, PAD_INCHES, GAP_INCHES, BAR_INCHES = 0.165, 0.09, 0.10, 0.05


def wrapped(text: str, width_inches: float, size_pt: float = style.SMALL_SIZE_PT) -> Sequence[str]:
    """Return the warning's lines for a band of that width."""
    room = int((width_inches - 3 * PAD_INCHES) / style.text_width_inches("n", size_pt))
    return textwrap.wrap(text, max(room, 20)) if style.letters(text) == len(text) else wrap(text, max(room, 20))


def with_warning(figure: Figure, text: str) -> Figure:
    """Put the warning above all that is drawn, in the figure itself, which grows by the height of the band; '' changes
    nothing.
    """
    from matplotlib.patches import Rectangle

    if not text:
        return figure
    width, before = figure.get_size_inches()
    lines, english = list(wrapped(said(text), width)), wrapped(text, width)
    n_lines = len(lines)
    if not can_draw(said(text)):  # a picture shows the English lines, in as much room
        n_lines = max(n_lines, len(english))
        for place, line in enumerate(lines):
            instead_of(line, "\n".join(english[place:] if place == len(lines) - 1 else english[place : place + 1]))
    band = LINE_INCHES * n_lines + 2 * PAD_INCHES
    height = before + band + GAP_INCHES
    share = before / height
    figure.set_size_inches(width, height)
    for axes in figure.axes:
        box = axes.get_position()
        axes.set_position((box.x0, box.y0 * share, box.width, box.height * share))
    for words in figure.texts:
        x, y = words.get_position()
        words.set_position((x, y * share))
    whole = figure.transFigure
    low = 1 - band / height
    figure.add_artist(Rectangle((0, low), 1, 1 - low, facecolor=FILL, edgecolor="none", transform=whole))
    figure.add_artist(
        Rectangle((0, low), BAR_INCHES / width, 1 - low, facecolor=EDGE, edgecolor="none", transform=whole)
    )
    for place, line in enumerate(lines):
        top = 1 - (PAD_INCHES + LINE_INCHES * place) / height
        size = style.SMALL_SIZE_PT
        figure.text(2 * PAD_INCHES / width, top, line, fontsize=size, color=WORDS, ha="left", va="top")
    return figure
