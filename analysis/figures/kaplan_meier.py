"""Draw Kaplan-Meier curves with confidence bands, censoring marks and numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures import curve_axes, style
from analysis.figures.words import said

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_CENSOR_MARKS = 250
"""With more censored times per curve than this, marks would hide the curve, so none are drawn."""


def km_figure(
    km_curve_rows: pd.DataFrame,
    title: str = "",
    *,
    labels: Mapping[str, str] | None = None,
    y_label: str = "Event-free, %",
    x_label: str = "Months since first ablation",
    annotation: str = "",
) -> Figure:
    """Draw step curves of one endpoint, level and grouping.

    `km_curve_rows`: columns stratum, time_months, n_at_risk, n_censored, estimate, lower, upper (shares
    0..1), one row per time; strata are drawn in the order of first appearance. `labels` names the strata;
    `annotation` (a log-rank p, say) is written in the lower left, where a survival curve cannot be early on.
    Raises ValueError on an empty table.

    Misleads: in the right-hand part, where few are at risk, hence the numbers beneath and the cut (see
    curve_axes); and as an LTP-free share when death competes, because the dead are counted as if they could
    still progress.
    """
    if km_curve_rows.empty:
        raise ValueError("no rows to draw: the Kaplan-Meier table is empty")
    rows = km_curve_rows.assign(stratum=km_curve_rows["stratum"].astype(str))
    strata = list(dict.fromkeys(rows["stratum"]))
    names = {stratum: said((labels or {}).get(stratum, stratum.replace("_", " ") or "all")) for stratum in strata}
    styles = style.strata_styles(strata)
    horizons = curve_axes.horizons_months(rows)
    ticks = curve_axes.ticks_months(max(horizons.values()))
    line_names = [names[stratum] for stratum in strata] if len(strata) > 1 else []
    figure, axes = curve_axes.curve_axes([names[s] for s in strata], line_names, title, x_label, y_label, ticks)
    ends = []
    for stratum, part in rows.groupby("stratum", sort=False):
        line, horizon = styles[str(stratum)], horizons[str(stratum)]
        curve = curve_axes.drawable(part, horizon, value_at_zero=1.0)
        x, y = curve["time_months"].to_numpy(), 100 * curve["estimate"].to_numpy()
        lower, upper = 100 * curve["lower"].to_numpy(), 100 * curve["upper"].to_numpy()
        axes.fill_between(x, lower, upper, step="post", color=line.colour, alpha=style.BAND_ALPHA, linewidth=0)
        axes.plot(x, y, drawstyle="steps-post", color=line.colour, linestyle=line.dash, linewidth=1.4)
        censored = part[(part["n_censored"] > 0) & (part["time_months"].astype(float) <= horizon + 1e-9)]
        if len(censored) <= MAX_CENSOR_MARKS:
            axes.plot(
                censored["time_months"].to_numpy(dtype=float),
                100 * censored["estimate"].to_numpy(dtype=float),
                linestyle="none",
                marker="|",
                markersize=3.6,
                markeredgewidth=0.6,
                color=line.colour,
                clip_on=False,
            )
        ends.append((float(x[-1]), float(y[-1]), names[str(stratum)], line.colour))
    axes.set_ylim(0, 101.5)  # a line at 100 % keeps its full width
    axes.set_yticks([0, 25, 50, 75, 100])
    if len(strata) > 1:
        curve_axes.write_line_labels(axes, ends, y_max=100)
    if annotation:
        axes.text(
            0.025,
            0.03,
            said(annotation),
            transform=axes.transAxes,
            fontsize=style.FONT_SIZE_PT,
            color=style.INK,
            ha="left",
            va="bottom",
        )
    colours = {stratum: styles[stratum].colour if len(strata) > 1 else style.INK for stratum in strata}
    curve_axes.write_numbers_at_risk(axes, rows, ticks, names, colours)
    return figure
