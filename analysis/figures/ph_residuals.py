"""Draw residuals over time: is an effect constant, as proportional hazards assume?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import style
from analysis.figures.figure_cache import drawn_once
from analysis.figures.words import said, said_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_INCHES, TITLE_INCHES, AXIS_INCHES = 1.25, 0.3, 0.48
LEFT_INCHES, BETWEEN_INCHES = 0.42, 0.42
MIN_POINTS_FOR_SMOOTH = 8
SPAN = 0.75
"""Share of the events used for each point of the smooth, as is usual for such a picture."""


@drawn_once
def ph_residuals_figure(rows: pd.DataFrame, labels: Mapping[str, str], model: Mapping[str, float | None]) -> Figure:
    """Draw points with their smooth (solid), the model's effect (dashed) and no effect (thin), two panels a line.

    ``rows``: term, time_months, n_events, estimate (log hazard ratio). ``labels`` names the terms in the order drawn,
    ``model`` gives each term's log hazard ratio. Raises ValueError without rows.
    """
    terms = [term for term in labels if (rows["term"] == term).any()]
    if not terms:
        raise ValueError("no residuals to draw")
    lines = -(-len(terms) // 2)
    height = lines * (PANEL_INCHES + TITLE_INCHES + AXIS_INCHES)
    figure = style.new_figure(height)
    width = style.FIGURE_WIDTH_INCHES
    panel = (width - 2 * LEFT_INCHES - BETWEEN_INCHES / 2) / 2
    latest = float(rows["time_months"].max())
    for place, term in enumerate(terms):
        line, side = divmod(place, 2)
        bottom = height - (line + 1) * (PANEL_INCHES + TITLE_INCHES) - line * AXIS_INCHES
        left = LEFT_INCHES + side * (panel + LEFT_INCHES + BETWEEN_INCHES / 4)
        axes = figure.add_axes((left / width, bottom / height, panel / width, PANEL_INCHES / height))
        _panel(axes, rows[rows["term"] == term], labels[term], model.get(term), latest)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, label: str, effect: float | None, latest: float) -> None:
    months, values = (rows[name].to_numpy(dtype=float) for name in ("time_months", "estimate"))
    axes.axhline(0, color=style.INK, linewidth=0.5)
    if effect is not None and np.isfinite(effect):
        axes.axhline(effect, color=style.VERMILLION, linewidth=1.1, linestyle=(0, (5.0, 1.6)))
    axes.plot(months, values, linestyle="none", marker="o", markersize=2.8, color=style.BLUE, fillstyle="none", mew=0.7)
    if len(months) >= MIN_POINTS_FOR_SMOOTH:
        axes.plot(months, smooth(months, values), color=style.BLUE, linewidth=1.4)
    axes.set_xlim(0, latest * 1.04)
    axes.set_title(said(label), fontsize=style.FONT_SIZE_PT, color=style.INK, loc="left", pad=3)
    axes.tick_params(labelsize=style.SMALL_SIZE_PT, colors=style.INK, length=3, width=0.6)
    axes.locator_params(axis="y", nbins=4)
    said_ticks(axes.yaxis)
    axes.set_xlabel(said("Months"), fontsize=style.SMALL_SIZE_PT, color=style.INK, labelpad=2)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)


def smooth(months: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return a local straight line at each month, fitted to the nearest SPAN of the points with tricube weights.

    Months ascend. If all near points share one month, the value is their mean.
    """
    near = max(int(np.ceil(SPAN * len(months))), 2)
    found = np.empty(len(months))
    for k, month in enumerate(months):
        distance = np.abs(months - month)
        reach = np.sort(distance)[near - 1] or 1.0
        weight = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3
        centre = np.average(months, weights=weight)
        spread = weight @ (months - centre) ** 2
        slope = weight @ ((months - centre) * values) / spread if spread > 1e-12 else 0.0
        found[k] = np.average(values, weights=weight) + slope * (month - centre)
    return found
