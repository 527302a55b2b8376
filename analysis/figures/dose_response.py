"""Draw a dose-response curve: the ratio of the hazard at each value to that at a reference, on a log scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import style
from analysis.figures.forest import DECADE_LIMITS, TICKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT_INCHES = 2.9


def dose_response_figure(rows: pd.DataFrame, reference: float, x_label: str, knots: Sequence[float] = ()) -> Figure:
    """Draw the curve with its band, the line of no effect at 1, and a tick where each knot is.

    `rows`: term_value, estimate, lower, upper, in the order of term_value; the limits may be missing at the reference.
    What reaches beyond DECADE_LIMITS is cut there. Raises ValueError on rows without an estimate.
    """
    drawn = rows[rows["estimate"].notna()]
    if drawn.empty:
        raise ValueError("no row has an estimate to draw")
    x = drawn["term_value"].to_numpy(dtype=float)
    middle = drawn["estimate"].to_numpy(dtype=float)
    lower, upper = (
        np.where(np.isnan(limit := drawn[name].to_numpy(dtype=float)), middle, limit) for name in ("lower", "upper")
    )
    figure = style.new_figure(HEIGHT_INCHES)
    axes = figure.add_axes((0.115, 0.16, 0.865, 0.74))
    axes.set_yscale("log")
    low = max(min(float(lower.min()), 0.3), DECADE_LIMITS[0])
    high = min(max(float(upper.max()), 3.0), DECADE_LIMITS[1])
    axes.fill_between(
        x, lower.clip(low, high), upper.clip(low, high), color=style.BLUE, alpha=style.BAND_ALPHA, linewidth=0
    )
    axes.plot(x, middle.clip(low, high), color=style.BLUE, linewidth=1.4)
    axes.axhline(1.0, color=style.INK, linewidth=0.6)
    if x.min() <= reference <= x.max():
        axes.plot([reference], [1.0], marker="s", markersize=4.2, color=style.BLUE)
    axes.set_ylim(low, high)
    axes.set_xlim(x.min(), max(x.max(), x.min() + 1.0))
    inside = [knot for knot in knots if x.min() <= knot <= x.max()]
    axes.plot(
        inside, [low] * len(inside), marker="|", markersize=9, linestyle="none", color=style.SOFT_INK, clip_on=False
    )
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.tick_params(labelsize=style.FONT_SIZE_PT, colors=style.INK, length=3, width=0.6)
    axes.grid(axis="y", color=style.HAIRLINE, linewidth=0.5)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)
        spine.set_color(style.INK)
    axes.set_xlabel(x_label, fontsize=style.FONT_SIZE_PT, color=style.INK, labelpad=3)
    figure.text(0.0, 0.99, "Hazard ratio, log scale", fontsize=style.FONT_SIZE_PT, color=style.INK, ha="left", va="top")
    return figure
