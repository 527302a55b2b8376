"""Love plot: how far two groups are apart in each confounder, before weighting (circle) and after (square)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures import style
from analysis.figures.figure_cache import drawn_once
from analysis.figures.words import said
from schemas.thresholds import BALANCED_DIFFERENCE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_INCHES, HEADER_INCHES, AXIS_INCHES = 0.22, 0.3, 0.5
MOST_LEFT_INCHES, USUAL_LEFT_INCHES, RIGHT_INCHES = 3.4, 1.75, 0.15
LEAST_REACH = 0.25
"""The axis reaches at least so far, so that groups that are alike look alike."""
BEFORE, AFTER = "Before weighting", "After weighting"


@dataclass(frozen=True)
class LoveRow:
    """One confounder, or one level of it; `after` is None where the groups were not weighted."""

    label: str
    before: float
    after: float | None = None


@drawn_once
def love_figure(rows: Sequence[LoveRow], x_label: str = "Standardised mean difference") -> Figure:
    """Draw the absolute differences, one line a confounder, with a hairline at the bound of 0.1. Raises ValueError
    without rows.
    """
    drawn = [row for row in rows if math.isfinite(row.before)]
    if not drawn:
        raise ValueError("no difference to draw")
    left = min(max(style.text_width_inches(said(row.label)) for row in drawn) + 0.14, MOST_LEFT_INCHES)
    width = style.FIGURE_WIDTH_INCHES + max(0.0, left - USUAL_LEFT_INCHES)
    height = HEADER_INCHES + ROW_INCHES * len(drawn) + AXIS_INCHES
    figure = style.new_figure(height, width)
    axes = figure.add_axes(
        (left / width, AXIS_INCHES / height, (width - left - RIGHT_INCHES) / width, ROW_INCHES * len(drawn) / height)
    )
    reach = max([LEAST_REACH, *(abs(value) for row in drawn for value in (row.before, row.after or 0.0))]) * 1.06
    axes.set_xlim(0.0, reach)
    axes.set_ylim(len(drawn) - 0.5, -0.5)
    axes.axvline(BALANCED_DIFFERENCE, color=style.SOFT_INK, linewidth=0.6, linestyle=(0, (3.0, 2.0)))
    places = range(len(drawn))
    axes.hlines(list(places), 0.0, reach, color=style.HAIRLINE, linewidth=0.5)
    shared: dict[str, Any] = {"linestyle": "none", "markersize": 4.6, "clip_on": False}
    axes.plot(
        [abs(row.before) for row in drawn],
        list(places),
        marker="o",
        markerfacecolor="white",
        markeredgecolor=style.VERMILLION,
        **shared,
    )
    weighted = [(place, abs(row.after)) for place, row in zip(places, drawn, strict=True) if row.after is not None]
    axes.plot(
        [value for _, value in weighted], [place for place, _ in weighted], marker="s", color=style.BLUE, **shared
    )
    axes.set_yticks(list(places), [said(row.label) for row in drawn])
    axes.tick_params(labelsize=style.FONT_SIZE_PT, colors=style.INK, length=3, width=0.6)
    axes.tick_params(axis="y", length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_linewidth(0.6)
    axes.set_xlabel(said(x_label), fontsize=style.FONT_SIZE_PT, color=style.INK, labelpad=3)
    _legend(figure, left / width, 1.0 - 0.14 / height, has_after=bool(weighted))
    return figure


def _legend(figure: Figure, x: float, y: float, *, has_after: bool) -> None:
    """Write what circle and square stand for, above the plot."""
    width = figure.get_figwidth()
    for marker, colour, text in (("\u25cb", style.VERMILLION, BEFORE), ("\u25a0", style.BLUE, AFTER)):
        if text == AFTER and not has_after:
            continue
        words = f"{marker} {said(text)}"
        figure.text(x, y, words, fontsize=style.FONT_SIZE_PT, color=colour, ha="left", va="center")
        x += (style.text_width_inches(words) + 0.2) / width
