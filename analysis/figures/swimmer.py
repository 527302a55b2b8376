"""Swimmer plot: the course of each lesion from its ablation, as one thin line.

Groups are named; lesions are not, and no date is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import curve_axes, style
from analysis.figures.figure_cache import drawn_once
from analysis.figures.words import said
from analysis.removals import REMOVED, are_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_LESIONS = 240
"""Most lines that can be distinguished on a page; of more lesions, every k-th is drawn, by group and time."""
LINE_INCHES, GAP_LINES, HEAD_INCHES, AXIS_INCHES = 0.021, 6, 0.34, 0.44
LTP, DEATH = 1, 2
SYSTEMIC = "systemic"
SYSTEMIC_POINTS = 0.5
"""Thickness of the line of systemic therapy, on the lesion's own."""
KEY_LINE_INCHES = 0.2


@drawn_once
def swimmer_figure(courses: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Draw lines from 0 to the end of each course, longest first within its group, with marks for LTP and for death.

    ``courses``: stratum, months, event (0 still free when last seen, 1 LTP, 2 death without LTP, 3 removal of the area,
    which the key names only if there is one), at most MAX_LESIONS rows; where there is a column systemic, pairs of
    months during which systemic therapy was given, drawn thin on the lesion's line. ``labels`` names the groups in the
    order drawn. Raises ValueError without rows.
    """
    if courses.empty:
        raise ValueError("no lesions to draw")
    labels = {stratum: said(name) for stratum, name in labels.items()}
    strata = [stratum for stratum in labels if (courses["stratum"] == stratum).any()]
    styles = style.strata_styles(strata)
    n_lines = len(courses) + GAP_LINES * (len(strata) - 1)
    courses = courses.reset_index(drop=True)
    spans = systemic_spans(courses)
    head = HEAD_INCHES + (KEY_LINE_INCHES if spans else 0.0)
    height = head + max(1.2, LINE_INCHES * n_lines) + AXIS_INCHES
    width = style.FIGURE_WIDTH_INCHES
    left = 0.16 + max(style.text_width_inches(labels[stratum]) for stratum in strata)
    figure = style.new_figure(height)
    plot = height - head - AXIS_INCHES
    axes = figure.add_axes((left / width, AXIS_INCHES / height, (width - left - 0.15) / width, plot / height))
    first = 0
    for stratum in strata:
        part = courses[courses["stratum"] == stratum].sort_values(["months", "event"], ascending=[False, True])
        months, events = part["months"].to_numpy(dtype=float), part["event"].to_numpy(dtype=int)
        places = [first + k for k in range(len(part))]
        line = styles[stratum]
        axes.hlines(places, 0, months, color=line.colour, linewidth=0.9, alpha=0.55)
        given = [(place, *span) for place, row in zip(places, part.index, strict=True) for span in spans.get(row, ())]
        if given:
            at_rows, since, until = zip(*given, strict=True)
            axes.hlines(at_rows, since, until, color=style.INK, linewidth=SYSTEMIC_POINTS)
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
    _key(figure, height, has_removal=are_in(courses["event"]))
    if spans:
        _key_of_systemic(figure, height)
    return figure


def systemic_spans(courses: pd.DataFrame) -> dict[int, list[tuple[float, float]]]:
    """Return place of the row -> the spans of months of its systemic therapy; only rows that have any."""
    if SYSTEMIC not in courses:
        return {}
    return {
        place: [(float(since), float(until)) for since, until in spans]
        for place, spans in enumerate(courses[SYSTEMIC])
        if isinstance(spans, list | np.ndarray)
    }


def _key_of_systemic(figure: Figure, height: float) -> None:
    """Explain the thin lines, on a line of their own below the marks."""
    axes = _key_axes(figure, height, line=2)
    axes.hlines([0.5], 0.06, 0.26, color=style.INK, linewidth=SYSTEMIC_POINTS)
    words = said("systemic therapy (thin line)")
    axes.text(0.32, 0.5, words, fontsize=style.SMALL_SIZE_PT, color=style.SOFT_INK, va="center")


def _key_axes(figure: Figure, height: float, line: int = 1) -> Axes:
    top = 0.04 + KEY_LINE_INCHES * line
    axes = figure.add_axes((0, 1 - top / height, 1, KEY_LINE_INCHES / height))
    axes.set_xlim(0, style.FIGURE_WIDTH_INCHES)
    axes.set_ylim(0, 1)
    axes.set_axis_off()
    return axes


def _key(figure: Figure, height: float, *, has_removal: bool) -> None:
    """Explain the marks, above the lines."""
    axes = _key_axes(figure, height)
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
