"""Draw calibration: the observed risk of each group beside the mean of what was predicted for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures import style
from analysis.figures.words import said, said_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT_INCHES = 3.9
FINE_TICKS, COARSE_FROM = 10.0, 60.0
"""Percent between ticks, of axes up to so many percent; beyond, twice as far apart."""
ROUNDED_UP = 0.1
"""The axes end at the next tenth above the largest risk drawn."""


def calibration_figure(rows: pd.DataFrame, month: float, corrected: bool = False) -> Figure:
    """Draw a point with its interval for each group, and the line on which predicted risks are right.

    ``rows``: predicted, estimate, lower, upper (shares), and with ``corrected`` also corrected, which is drawn as an
    open point: the observed risk less optimism. Raises ValueError on rows without an estimate.
    """
    drawn = rows[rows["estimate"].notna() & rows["predicted"].notna()].sort_values("predicted")
    if drawn.empty:
        raise ValueError("no row has an estimate to draw")
    x, y, lower, upper = (
        100.0 * drawn[name].to_numpy(dtype=float) for name in ("predicted", "estimate", "lower", "upper")
    )
    lower, upper = (np.where(np.isnan(limit), y, limit) for limit in (lower, upper))
    largest = max(float(x.max()), float(upper.max())) / 100.0
    most = 100.0 * min(1.0, np.ceil(largest / ROUNDED_UP + 1e-9) * ROUNDED_UP)
    figure = style.new_figure(HEIGHT_INCHES)
    axes = figure.add_axes((0.115, 0.125, 0.74, 0.79))
    axes.plot([0.0, most], [0.0, most], color=style.SOFT_INK, linewidth=0.8, linestyle=(0, (4.0, 2.0)))
    axes.vlines(x, lower, upper, color=style.BLUE, linewidth=1.1)
    axes.plot(x, y, color=style.BLUE, linestyle="none", marker="o", markersize=4.6)
    if corrected and drawn["corrected"].notna().any():
        own = 100.0 * drawn["corrected"].to_numpy(dtype=float)
        axes.plot(
            x,
            own,
            marker="o",
            markersize=4.6,
            linestyle="none",
            markerfacecolor="white",
            markeredgecolor=style.VERMILLION,
        )
    axes.set_xlim(0.0, most)
    axes.set_ylim(0.0, most)
    axes.set_aspect("equal")
    axes.set_xticks(ticks := np.arange(0.0, most + 1.0, FINE_TICKS if most <= COARSE_FROM else 2.0 * FINE_TICKS))
    axes.set_yticks(ticks)
    dress(axes, figure, f"Predicted risk by {month:g} months, %", "Observed risk, %")
    return figure


def dress(axes: Any, figure: Figure, x_label: str, y_label: str) -> None:
    """Give axes of two numbers the look of the other figures: hairlines, two spines, the y label above."""
    for axis in (axes.xaxis, axes.yaxis):
        said_ticks(axis)
    axes.tick_params(labelsize=style.FONT_SIZE_PT, colors=style.INK, length=3, width=0.6)
    axes.grid(color=style.HAIRLINE, linewidth=0.5)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)
        spine.set_color(style.INK)
    axes.set_xlabel(said(x_label), fontsize=style.FONT_SIZE_PT, color=style.INK, labelpad=3)
    figure.text(0.0, 0.99, said(y_label), ha="left", va="top", fontsize=style.FONT_SIZE_PT, color=style.INK)
