"""Draw a funnel: each centre's share by its number of cases, with exact limits around the share of all centres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.estimates.funnel_limits import Centre, limits, outside, pooled_share
from analysis.figures.style import (
    BLUE,
    FONT_SIZE_PT,
    GREY,
    HAIRLINE,
    INK,
    SMALL_SIZE_PT,
    SOFT_INK,
    VERMILLION,
    new_figure,
)
from analysis.figures.words import said, said_ticks
from schemas.thresholds import FUNNEL_LIMITS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_INCHES = 2.9
ROOM = 1.06
"""Of the axis, for the most cases."""
FEW_NAMES = 8
"""With more centres, only those outside the limits are named."""
MAX_STEPS = 400
"""Points of a limit; with more cases, every few of them has one."""
DASHES = ("solid", (0, (4.0, 2.0)))


def funnel_figure(
    centres: Sequence[Centre], property_label: str, unit: str, levels: Sequence[float] = FUNNEL_LIMITS
) -> Figure:
    """Draw the centres: share with the property against number of cases.

    ``property_label`` and ``unit`` name the axes ("Margin known", "lesions"). A centre without a case is left out.
    Raises ValueError if all are.
    """
    shown = [centre for centre in centres if centre.n]
    share = pooled_share(shown)
    figure = new_figure(HEIGHT_INCHES)
    axes = figure.add_axes((0.115, 0.15, 0.86, 0.76))
    most = max(centre.n for centre in shown)
    bounds = _limits(axes, share, most, levels)
    for centre in shown:
        beyond = outside(centre, share, levels)
        is_out = beyond == max(levels)
        colour = VERMILLION if is_out else BLUE
        axes.plot(
            [centre.n],
            [100 * centre.k / centre.n],
            marker="D" if is_out else "o",
            markersize=4.4 if is_out else 3.8,
            color=colour if beyond else "white",
            markeredgecolor=colour,
            markeredgewidth=1.1,
            linestyle="none",
        )
        if beyond or len(shown) <= FEW_NAMES:
            _name(axes, centre, most)
    smallest = min(centre.n for centre in shown)
    heights = [bound[cases >= smallest] for cases, bound in bounds] + [np.array([c.k / c.n for c in shown])]
    axes.set_ylim(*_room(100 * np.concatenate(heights)))
    axes.set_xlim(0, most * ROOM + 1)
    _dress(axes, figure, property_label, unit)
    return figure


def _limits(axes: Axes, share: float, most: int, levels: Sequence[float]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw the share of all centres and the limits from one case up; return each limit as cases and shares."""
    cases = np.unique(np.linspace(1, most * ROOM + 1, MAX_STEPS).astype(int))
    drawn = []
    axes.axhline(100 * share, color=SOFT_INK, linewidth=0.9)
    for level, dash in zip(sorted(levels), reversed(DASHES), strict=False):
        for bound in limits(cases, share, level):
            axes.plot(cases, 100 * bound / cases, color=GREY, linewidth=0.8, linestyle=dash, drawstyle="steps-mid")
            drawn.append((cases, bound / cases))
    return drawn


def _room(heights: np.ndarray) -> tuple[float, float]:
    """Return the range of the axis in percent: what is drawn, with room on both sides."""
    lowest, highest = float(heights.min()), float(heights.max())
    room = 0.06 * ((highest - lowest) or 1.0)
    return max(lowest, 0.0) - room, min(highest, 100.0) + room


def _name(axes: Axes, centre: Centre, most: int) -> None:
    is_right = 2 * centre.n > most
    axes.annotate(
        centre.name,
        (centre.n, 100 * centre.k / centre.n),
        xytext=(-5 if is_right else 5, 3),
        textcoords="offset points",
        ha="right" if is_right else "left",
        fontsize=SMALL_SIZE_PT,
        color=INK,
    )


def _dress(axes: Axes, figure: Figure, property_label: str, unit: str) -> None:
    small: dict[str, Any] = {"fontsize": SMALL_SIZE_PT, "color": SOFT_INK}
    axes.locator_params(nbins=5)
    said_ticks(axes.yaxis)
    axes.tick_params(labelsize=SMALL_SIZE_PT, colors=SOFT_INK, length=2.5, color=HAIRLINE)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(HAIRLINE)
    axes.set_xlabel(said(unit.capitalize()), **small)
    figure.text(0.0, 0.99, said(f"{property_label}, % of {unit}"), fontsize=FONT_SIZE_PT, color=INK, va="top")
