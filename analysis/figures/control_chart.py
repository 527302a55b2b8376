"""Draw a site's control charts: one small line per share, with its center and limits by quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.style import (
    BLUE,
    FIGURE_WIDTH_INCHES,
    FONT_SIZE_PT,
    GREY,
    HAIRLINE,
    INK,
    SMALL_SIZE_PT,
    SOFT_INK,
    VERMILLION,
    new_figure,
    text_width_inches,
)
from analysis.figures.words import said

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.52
HEAD_INCHES, FOOT_INCHES = 0.3, 0.28
LINES_LEFT, LINES_RIGHT = 0.30, 0.82
"""The lines begin further right where the names of the shares need more room."""
NEWEST_AT = 1.0
BAND_ALPHA = 0.10


@dataclass(frozen=True)
class Chart:
    """One share over quarters (numbers, ascending). ``center`` is None without limits; otherwise each quarter has a
    lower and an upper one. ``is_judged``: complete and after the run-in. Shares are 0 to 1.
    """

    label: str
    quarters: Sequence[int]
    shares: Sequence[float]
    center: float | None
    lower: Sequence[float | None]
    upper: Sequence[float | None]
    is_judged: Sequence[bool]
    is_signal: Sequence[bool]


def control_chart_figure(charts: Sequence[Chart], first: str, last: str) -> Figure:
    """Draw the charts below one another on one axis of time, which runs from quarter ``first`` to ``last``.

    Each has its own scale. A dot is filled if it is judged, hollow otherwise, and a diamond if it is a signal.
    """
    height = HEAD_INCHES + ROW_INCHES * len(charts) + FOOT_INCHES
    figure = new_figure(height)
    small: dict[str, Any] = {"fontsize": SMALL_SIZE_PT, "color": SOFT_INK}
    head = 1 - (HEAD_INCHES - 0.08) / height
    names = [said(chart.label) for chart in charts]
    left = max(LINES_LEFT, max(map(text_width_inches, names)) / FIGURE_WIDTH_INCHES)
    figure.text(left, head, said("share, center and limits"), va="bottom", **small)
    figure.text(NEWEST_AT, head, said("newest, %"), va="bottom", ha="right", **small)
    span = (min(chart.quarters[0] for chart in charts), max(chart.quarters[-1] for chart in charts))
    for place, chart in enumerate(charts):
        bottom = 1 - (HEAD_INCHES + ROW_INCHES * (place + 1)) / height
        axes = figure.add_axes((left, bottom, LINES_RIGHT - left, 0.8 * ROW_INCHES / height))
        _line(axes, chart, span)
        middle = bottom + 0.4 * ROW_INCHES / height
        words: dict[str, Any] = {"fontsize": FONT_SIZE_PT, "color": INK, "va": "center"}
        figure.text(0.0, middle, names[place], **words)
        figure.text(NEWEST_AT, middle, _newest(chart), ha="right", **words)
    figure.text(left, 0.0, first, va="bottom", **small)
    figure.text(LINES_RIGHT, 0.0, last, va="bottom", ha="right", **small)
    return figure


def _newest(chart: Chart) -> str:
    """The newest share that is judged, else the newest, with its limits if it has any."""
    judged = [place for place, is_judged in enumerate(chart.is_judged) if is_judged]
    place = judged[-1] if judged else len(chart.shares) - 1
    share, lower, upper = chart.shares[place], chart.lower[place], chart.upper[place]
    limits = f" ({100 * lower:.0f}–{100 * upper:.0f})" if lower is not None and upper is not None else ""
    return f"{100 * share:.0f}{limits}"


def _line(axes: Axes, chart: Chart, span: tuple[int, int]) -> None:
    quarters, shares = np.array(chart.quarters, dtype=float), np.array(chart.shares, dtype=float)
    judged, signal = np.array(chart.is_judged, dtype=bool), np.array(chart.is_signal, dtype=bool)
    lowest, highest = shares.min(), shares.max()
    if chart.center is not None:
        lower, upper = (np.array(bound, dtype=float) for bound in (chart.lower, chart.upper))
        axes.fill_between(quarters, lower, upper, step="mid", color=GREY, alpha=BAND_ALPHA, linewidth=0)
        axes.plot(span, [chart.center] * 2, color=GREY, linewidth=0.8, linestyle=(0, (4.0, 2.0)))
        lowest, highest = min(lowest, lower.min()), max(highest, upper.max())
    axes.plot(quarters, shares, color=HAIRLINE, linewidth=1.0, zorder=1)
    for mask, face in ((judged & ~signal, BLUE), (~judged, "white")):
        axes.plot(
            quarters[mask],
            shares[mask],
            marker="o",
            markersize=2.6,
            color=face,
            markeredgecolor=BLUE,
            markeredgewidth=0.7,
            linestyle="none",
        )
    axes.plot(quarters[signal], shares[signal], marker="D", markersize=4.0, color=VERMILLION, linestyle="none")
    room = 0.08 * ((highest - lowest) or 1.0)
    axes.set_ylim(lowest - room, highest + room)
    axes.set_xlim(span[0] - 0.7, span[1] + 0.7)
    axes.set_axis_off()
