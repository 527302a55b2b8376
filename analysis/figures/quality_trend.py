"""Draw how the rules fared over the last releases: one small line per Kahn category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures.style import (
    BLUE,
    FIGURE_WIDTH_INCHES,
    FONT_SIZE_PT,
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

ROW_INCHES = 0.37
HEAD_INCHES, FOOT_INCHES = 0.42, 0.3
LINES_LEFT, LINES_RIGHT = 0.40, 0.71
"""The lines begin further right where the names of the categories need more room."""
PER_1000_AT, FAILED_AT = 0.82, 1.0


def quality_trend_figure(trend: pd.DataFrame) -> Figure:
    """Draw a sparkline of violations per 1,000 rows for each category, with the newest figures beside it.

    ``trend``: release_id, kahn_category, n_rules, n_failed, per_1000; one row per release and category, oldest
    release first. Each line has its own scale from 0: it shows a course, not a comparison of categories. A category
    that a release did not have is a gap.
    """
    releases = list(dict.fromkeys(trend["release_id"]))
    categories = sorted(set(trend["kahn_category"]))
    height = HEAD_INCHES + ROW_INCHES * len(categories) + FOOT_INCHES
    figure = new_figure(height)
    small: dict[str, Any] = {"fontsize": SMALL_SIZE_PT, "color": SOFT_INK, "va": "bottom"}
    head = 1 - (HEAD_INCHES - 0.1) / height
    names = {category: said(category.capitalize()) for category in categories}
    left = max(LINES_LEFT, max(map(text_width_inches, names.values())) / FIGURE_WIDTH_INCHES)
    figure.text(left, head, said("violations per 1,000 rows"), **small)
    figure.text(PER_1000_AT, head, said("now"), ha="right", **small)
    figure.text(FAILED_AT, head, said("failed"), ha="right", **small)
    for place, category in enumerate(categories):
        own = trend[trend["kahn_category"] == category].set_index("release_id")
        values = own["per_1000"].astype(float).reindex(releases).to_numpy()
        bottom = 1 - (HEAD_INCHES + ROW_INCHES * (place + 1)) / height
        axes = figure.add_axes((left, bottom, LINES_RIGHT - left, 0.72 * ROW_INCHES / height))
        _sparkline(axes, values)
        middle = bottom + 0.36 * ROW_INCHES / height
        words: dict[str, Any] = {"fontsize": FONT_SIZE_PT, "color": INK, "va": "center"}
        figure.text(0.0, middle, names[category], **words)
        figure.text(PER_1000_AT, middle, said(_number(values[-1])), ha="right", **words)
        now = own[own.index == releases[-1]]
        failed = f"{int(now['n_failed'].iloc[0])} of {int(now['n_rules'].iloc[0])}" if len(now) else "–"
        figure.text(FAILED_AT, middle, said(failed), ha="right", **words)
    foot: dict[str, Any] = {"fontsize": SMALL_SIZE_PT, "color": SOFT_INK, "va": "bottom"}
    which = f"{len(releases)} releases, oldest left" if len(releases) > 1 else "first release"
    figure.text(left, 0.0, said(which), **foot)
    return figure


def _sparkline(axes: Axes, values: np.ndarray) -> None:
    """Draw a line from 0 without axes; the newest value is a dot."""
    places = np.arange(len(values))
    top = np.nanmax(values) if np.isfinite(values).any() else 1.0
    axes.set_xlim(-0.3, max(len(values) - 1, 1) + 0.3)
    axes.set_ylim(-0.08 * (top or 1.0), 1.15 * (top or 1.0))
    axes.axhline(0, color=HAIRLINE, linewidth=0.8)
    axes.plot(places, values, color=BLUE, linewidth=1.4, solid_joinstyle="round", marker="o", markersize=1.8)
    if np.isfinite(values[-1]):
        axes.plot(places[-1:], values[-1:], color=VERMILLION, marker="o", markersize=4.2, linestyle="none")
    axes.set_axis_off()


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:.1f}" if value else "0"
