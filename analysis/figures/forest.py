"""Forest plot: ratios (hazard or odds) with their intervals on a log scale, one row per term."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.figures import style
from analysis.figures.figure_cache import drawn_once
from analysis.figures.words import said

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_INCHES, HEADER_INCHES, AXIS_INCHES, GAP_INCHES = 0.24, 0.28, 0.5, 0.1
USUAL_LEFT_INCHES, MOST_LEFT_INCHES = 1.75, 3.4
"""Room for the names of terms; for longer names than usual the figure grows."""
DECADE_LIMITS = (0.01, 100.0)
"""Intervals that reach further are cut there and get an arrow: the data cannot say where such an interval ends."""
TICKS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
DECADES = (0.01, 0.1, 1.0, 10.0, 100.0)
WIDEST_FULL_AXIS = 300
"""An axis that spans more than this ratio (highest over lowest) is labelled only at its decades."""


NOT_ESTIMATED = "not estimated"


@dataclass(frozen=True)
class ForestRow:
    """One line of the plot. A row without an estimate is a heading, or a term that could not be estimated
    (with a note). The note of a heading is beside it, on the right.
    """

    label: str
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    is_heading: bool = False
    note: str = NOT_ESTIMATED


@drawn_once
def forest_figure(rows: Sequence[ForestRow], x_label: str, title: str = "") -> Figure:
    """Draw squares with 95 % intervals against the line of no effect at 1, with the numbers on the right.

    Ratios are drawn on a log scale so that 0.5 and 2 are equally far from 1. Raises ValueError when no row
    has an estimate. The squares are of one size: size would suggest weights, which terms of one model do not
    have.
    """
    drawn = [row for row in rows if _is_number(row.estimate) and row.estimate > 0]  # type: ignore[operator]
    if not drawn:
        raise ValueError("no row has an estimate to draw")
    longest = max(style.text_width_inches(said(row.label)) for row in rows if not row.is_heading) + 0.12
    left = min(longest, MOST_LEFT_INCHES)
    width = style.FIGURE_WIDTH_INCHES + max(0.0, left - USUAL_LEFT_INCHES)
    right = max(1.32, 0.15 + max(style.text_width_inches(_numbers(row)) for row in drawn))
    height = HEADER_INCHES * (1 if not title else 1.8) + ROW_INCHES * len(rows) + AXIS_INCHES
    figure = style.new_figure(height, width)
    plot_height = ROW_INCHES * len(rows) + GAP_INCHES
    axes = figure.add_axes(
        (
            left / width,
            (AXIS_INCHES - GAP_INCHES / 2) / height,
            (width - left - right) / width,
            plot_height / height,
        )
    )
    low, high = _limits(drawn)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) - 0.5 + 0.2, -0.5 - 0.2)
    for top, bottom in _without_headings(rows):
        axes.plot([1.0, 1.0], [top, bottom], color=style.INK, linewidth=0.6)
    for place, row in enumerate(rows):
        _draw_row(axes, place, row, low, high, left, width - left - right)
    shown = TICKS if high / low <= WIDEST_FULL_AXIS else DECADES
    ticks = [tick for tick in shown if low * 0.999 <= tick <= high * 1.001]
    axes.set_xticks(ticks, [said(f"{tick:g}") for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks([])
    axes.tick_params(labelsize=style.FONT_SIZE_PT, colors=style.INK, length=3, width=0.6)
    axes.set_xlabel(said(x_label), fontsize=style.FONT_SIZE_PT, color=style.INK, labelpad=3)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_linewidth(0.6)
    axes.text(
        1 + 0.1 / (width - left - right),
        1.0,
        said("Ratio (95 % CI)"),
        transform=axes.transAxes,
        fontsize=style.FONT_SIZE_PT,
        color=style.SOFT_INK,
        ha="left",
        va="bottom",
    )
    if title:
        figure.text(
            0,
            1 - 0.06 / height,
            title,
            fontsize=style.FONT_SIZE_PT + 1,
            color=style.INK,
            fontweight="bold",
            ha="left",
            va="top",
        )
    return figure


def _without_headings(rows: Sequence[ForestRow]) -> list[tuple[float, float]]:
    """Return from where to where the line of no effect is drawn, in rows: headings would run across it."""
    found: list[tuple[float, float]] = []
    for place, row in enumerate(rows):
        if row.is_heading:
            continue
        is_next = bool(found) and found[-1][1] == place - 0.5
        found[-1:] = [*found[-1:], (place - 0.5, place + 0.5)] if not is_next else [(found[-1][0], place + 0.5)]
    last = len(rows) - 0.5
    return [(top, bottom + 0.2 if bottom == last else bottom) for top, bottom in found]


def _draw_row(axes, place: int, row: ForestRow, low: float, high: float, left: float, plot: float) -> None:  # type: ignore[no-untyped-def]
    """Draw one line: name, interval, square, numbers. Positions outside the axes are shares of the axes' width."""
    transform = axes.get_yaxis_transform()  # x as a share of the axes' width, y in rows
    axes.text(
        -left / plot,
        place,
        said(row.label),
        transform=transform,
        fontsize=style.FONT_SIZE_PT,
        color=style.INK,
        fontweight="bold" if row.is_heading else "normal",
        ha="left",
        va="center",
    )
    if row.is_heading and row.note == NOT_ESTIMATED:
        return
    if not _is_number(row.estimate) or row.estimate <= 0:  # type: ignore[operator]
        axes.text(
            1 + 0.1 / plot,
            place,
            said(row.note),
            transform=transform,
            fontsize=style.SMALL_SIZE_PT,
            color=style.SOFT_INK,
            ha="left",
            va="center",
        )
        return
    estimate = float(row.estimate)  # type: ignore[arg-type]
    if _is_number(row.lower) and _is_number(row.upper):
        lower, upper = float(row.lower), float(row.upper)  # type: ignore[arg-type]
        axes.plot([max(lower, low), min(upper, high)], [place, place], color=style.BLUE, linewidth=1.2)
        for bound, edge, marker in ((lower, low, "<"), (upper, high, ">")):
            if bound < low or bound > high:
                axes.plot([edge], [place], marker=marker, markersize=4, color=style.BLUE, clip_on=False)
    axes.plot([min(max(estimate, low), high)], [place], marker="s", markersize=4.2, color=style.BLUE)
    axes.text(
        1 + 0.1 / plot,
        place,
        _numbers(row),
        transform=transform,
        fontsize=style.FONT_SIZE_PT,
        color=style.INK,
        ha="left",
        va="center",
    )


def ratio_text(value: float) -> str:
    """Print a ratio with about three digits: '0.052', '1.65', '12.9', '104'; '<0.001' and '>1000' beyond."""
    if value >= 1000:
        return ">1000"
    if value < 0.1:
        return f"{value:.3f}" if value >= 0.001 else "<0.001"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _numbers(row: ForestRow) -> str:
    """'3.97 (1.65–9.55)', or the estimate alone."""
    if row.estimate is None or row.lower is None or row.upper is None or not _is_number(row.lower + row.upper):
        return said(ratio_text(row.estimate)) if row.estimate is not None else ""
    return said(f"{ratio_text(row.estimate)} ({ratio_text(row.lower)}–{ratio_text(row.upper)})")


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(float(value))


def _limits(rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Return the axis limits, from tick to tick around everything drawn, within DECADE_LIMITS and always across 1."""
    values = [
        float(v)
        for row in rows
        for v in (row.estimate, row.lower, row.upper)
        if v is not None and _is_number(v) and v > 0
    ]
    smallest, largest = max(min(values), DECADE_LIMITS[0]), min(max(values), DECADE_LIMITS[1])
    low = max((tick for tick in TICKS if tick <= min(smallest, 0.3)), default=TICKS[0])
    high = min((tick for tick in TICKS if tick >= max(largest, 3.0)), default=TICKS[-1])
    return low, high
