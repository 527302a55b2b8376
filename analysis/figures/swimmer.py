"""Swimmer plot: the course of each lesion from its ablation, as one thin line.

Groups are named; lesions are not, and no date is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures import curve_axes, style
from analysis.figures.figure_cache import drawn_once
from analysis.figures.words import said

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_LESIONS = 240
"""Most lines that can be distinguished on a page; of more lesions, every k-th is drawn, by group and time."""
LINE_INCHES, GAP_LINES, HEAD_INCHES, AXIS_INCHES = 0.021, 6, 0.34, 0.44
LTP, DEATH, REMOVED = 1, 2, 3


@drawn_once
def swimmer_figure(courses: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Draw lines from 0 to the end of each course, longest first within its group, with marks for LTP and for death.

    ``courses``: stratum, months, event (0 still free when last seen, 1 LTP, 2 death without LTP, 3 removal of the area,
    which the key names only if there is one), at most MAX_LESIONS rows. ``labels`` names the groups in the order drawn.
    Raises ValueError without rows.
    """
    if courses.empty:
        raise ValueError("no lesions to draw")
    labels = {stratum: said(name) for stratum, name in labels.items()}
    strata = [stratum for stratum in labels if (courses["stratum"] == stratum).any()]
    styles = style.strata_styles(strata)
    n_lines = len(courses) + GAP_LINES * (len(strata) - 1)
    height = HEAD_INCHES + max(1.2, LINE_INCHES * n_lines) + AXIS_INCHES
    width = style.FIGURE_WIDTH_INCHES
    left = 0.16 + max(style.text_width_inches(labels[stratum]) for stratum in strata)
    figure = style.new_figure(height)
    plot = height - HEAD_INCHES - AXIS_INCHES
    axes = figure.add_axes((left / width, AXIS_INCHES / height, (width - left - 0.15) / width, plot / height))
    first = 0
    for stratum in strata:
        part = courses[courses["stratum"] == stratum].sort_values(["months", "event"], ascending=[False, True])
        months, events = part["months"].to_numpy(dtype=float), part["event"].to_numpy(dtype=int)
        places = [first + k for k in range(len(part))]
        line = styles[stratum]
        axes.hlines(places, 0, months, color=line.colour, linewidth=0.9, alpha=0.55)
        for event, marker, face in ((LTP, "D", style.INK), (DEATH, "x", style.INK), (REMOVED, "s", style.GREY)):
            at = [k for k, own in enumerate(events) if own == event]
            ends, rows = [months[k] for k in at], [places[k] for k in at]
            axes.plot(ends, rows, linestyle="none", marker=marker, color=face, markersize=3.0, mew=0.8, clip_on=False)
        axes.text(
            -0.06 / (width - left),
            first + (len(part) - 1) / 2,
            labels[stratum],
            transform=axes.get_yaxis_transform(),
            color=line.colour,
            fontsize=style.FONT_SIZE_PT,
            ha="right",
            va="center",
        )
        first += len(part) + GAP_LINES
    ticks = curve_axes.ticks_months(float(courses["months"].max()))
    axes.set_xlim(0, ticks[-1])
    axes.set_ylim(first - GAP_LINES + 1, -2)
    axes.set_xticks(ticks)
    axes.set_yticks([])
    axes.grid(axis="x", color=style.HAIRLINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel(
        said("Months since first ablation of the lesion"), fontsize=style.FONT_SIZE_PT, color=style.INK, labelpad=3
    )
    axes.tick_params(labelsize=style.FONT_SIZE_PT, colors=style.INK, length=3, width=0.6)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_linewidth(0.6)
    _key(figure, height, has_removal=bool((courses["event"] == REMOVED).any()))
    return figure


def _key(figure: Figure, height: float, *, has_removal: bool) -> None:
    """Explain the marks, above the lines."""
    width = style.FIGURE_WIDTH_INCHES
    axes = figure.add_axes((0, 1 - 0.24 / height, 1, 0.2 / height))
    axes.set_xlim(0, width)
    axes.set_ylim(0, 1)
    axes.set_axis_off()
    place = 0.1
    marks = [("D", "LTP"), ("x", "death without LTP"), *([("s", "removed")] if has_removal else [])]
    for marker, words in (*marks, ("", "no mark: free of LTP when last seen")):
        if marker:
            ink = style.GREY if marker == "s" else style.INK
            axes.plot([place], [0.5], marker=marker, color=ink, markersize=3.6, mew=0.9)
            place += 0.1
        words = said(words)
        axes.text(place, 0.5, words, fontsize=style.SMALL_SIZE_PT, color=style.SOFT_INK, va="center")
        place += style.text_width_inches(words, style.SMALL_SIZE_PT) + (0.1 if has_removal else 0.22)
