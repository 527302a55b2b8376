"""Draw a decision curve: the net benefit of acting on a model's risks, on everybody and on nobody, by threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import style
from analysis.figures.calibration import dress
from analysis.figures.words import said

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT_INCHES = 2.9
BELOW_ZERO = 0.25
"""How far below nobody's line the axis goes, as a share of what is above it."""
LABELS = ("Model", "Everybody", "Nobody")


def decision_curve_figure(model: pd.DataFrame, everybody: pd.DataFrame) -> Figure:
    """Draw both curves and the line of acting on nobody.

    ``model``, ``everybody``: threshold (share) and estimate, in the order of threshold. What lies below the axis is cut
    off. Raises ValueError on rows without an estimate.
    """
    if not model["estimate"].notna().any():
        raise ValueError("no row has an estimate to draw")
    figure = style.new_figure(HEIGHT_INCHES)
    right = 0.985 - style.text_width_inches(said("Everybody")) / style.FIGURE_WIDTH_INCHES
    axes = figure.add_axes((0.115, 0.16, right - 0.115, 0.75))
    styles = style.strata_styles(LABELS[:2])
    ends: list[tuple[float, str, str]] = []
    top = max(float(model["estimate"].max()), float(everybody["estimate"].max()), 0.01) * 1.08
    bottom = -BELOW_ZERO * top
    for label, rows in zip(LABELS[:2], (model, everybody), strict=True):
        own = rows[rows["estimate"].notna()]
        x, y = 100.0 * own["threshold"].to_numpy(dtype=float), own["estimate"].to_numpy(dtype=float)
        shown = np.where(y < bottom, np.nan, y)
        axes.plot(x, shown, color=styles[label].colour, linestyle=styles[label].dash, linewidth=1.4)
        seen = np.flatnonzero(np.isfinite(shown))
        if len(seen):
            ends.append((float(shown[seen[-1]]), label, styles[label].colour))
    axes.axhline(0.0, color=style.INK, linewidth=0.8)
    axes.set_ylim(bottom, top)
    last = 100.0 * float(model["threshold"].max())
    axes.set_xlim(0.0, last)
    ends.append((0.0, LABELS[2], style.INK))
    gap = 0.085 * (top - bottom)
    at = -np.inf
    for height, label, colour in sorted(ends):
        at = max(height, at + gap)
        axes.annotate(
            said(label), (last, at), xytext=(4, 0), textcoords="offset points", va="center", color=colour,
            fontsize=style.FONT_SIZE_PT, annotation_clip=False,
        )  # fmt: skip
    dress(axes, figure, "Risk from which one would act, %", "Net benefit: events found per subject, less needless acts")
    return figure
