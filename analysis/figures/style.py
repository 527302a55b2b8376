"""Colours, line styles and sizes that all figures share.

Colours: Okabe and Ito (2008), distinguishable with the common forms of colour blindness; dashes differ in
black and white.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"
"""It ships with matplotlib, so a figure looks the same on every machine; it is wide, so a narrower substitute
never overlaps.
"""
FONT_SIZE_PT = 8.5
SMALL_SIZE_PT = 7.5
FIGURE_WIDTH_INCHES = 4.6
"""Narrow on purpose: legible when a phone shrinks it to 360 px, and two fit side by side on a wide screen."""
CHARACTER_WIDTH_INCHES = 0.073
"""Mean width of a character of FONT at FONT_SIZE_PT, rounded up; it sets margins without a renderer."""

INK = "#1a1a1a"
SOFT_INK = "#595959"
HAIRLINE = "#d9d9d9"
BLUE, VERMILLION, GREEN, PURPLE, OCHRE = "#0072B2", "#C4500A", "#00795A", "#8F4A78", "#8A6A00"
GREY = "#7a7a7a"

BAND_ALPHA = 0.13
UNKNOWN_STRATA = frozenset({"unknown", "", "nan", "none", "null"})


@dataclass(frozen=True)
class LineStyle:
    """How one stratum is drawn: a colour and matplotlib's dash pattern (offset, on-off lengths in points)."""

    colour: str
    dash: Any


_CYCLE = (
    LineStyle(BLUE, "solid"),
    LineStyle(VERMILLION, (0, (5.0, 1.6))),
    LineStyle(GREEN, (0, (1.4, 1.2))),
    LineStyle(PURPLE, (0, (6.0, 1.4, 1.4, 1.4))),
    LineStyle(OCHRE, (0, (9.0, 2.0))),
)
_UNKNOWN = LineStyle(GREY, (0, (1.0, 2.0)))


def strata_styles(strata: Sequence[str]) -> dict[str, LineStyle]:
    """Return a style for each stratum, in the order given; unknown is always grey and dotted.

    More strata than styles repeat the cycle: the direct labels still distinguish them.
    """
    known = [stratum for stratum in strata if stratum.lower() not in UNKNOWN_STRATA]
    styles = {stratum: _CYCLE[place % len(_CYCLE)] for place, stratum in enumerate(known)}
    return {stratum: styles.get(stratum, _UNKNOWN) for stratum in strata}


def new_figure(height_inches: float, width_inches: float = FIGURE_WIDTH_INCHES) -> Figure:
    """Return an empty white figure that belongs to no window and no global list, so it need not be closed."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_inches, height_inches), facecolor="white")


def text_width_inches(text: str, size_pt: float = FONT_SIZE_PT) -> float:
    """Return an upper estimate of a text's width in inches, good enough for margins."""
    return letters(text) * CHARACTER_WIDTH_INCHES * size_pt / FONT_SIZE_PT


def letters(text: str) -> int:
    """Return the text's width in letters; one that is as wide as it is high, as in Chinese, counts twice.

    >>> letters("LTP"), letters("\u98ce\u9669\u6bd4")
    (3, 6)
    """
    return len(text) + sum(is_wide(letter) for letter in text)


def is_wide(letter: str) -> bool:
    """Return whether the letter is as wide as it is high."""
    return letter > "\u2e7f" and unicodedata.east_asian_width(letter) in "WF"
