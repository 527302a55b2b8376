"""Draw cumulative incidence: the event of interest, death as its competitor, and numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures import curve_axes, style
from analysis.figures.words import said

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAUSE_LTP, CAUSE_DEATH, CAUSE_REMOVAL = 1, 2, 3
REMOVAL = "removal of the ablated area"
MIN_Y_MAX_PERCENT = 20
HEADROOM = 1.08


def incidence_figure(
    cumulative_incidence_rows: pd.DataFrame,
    title: str = "",
    *,
    labels: Mapping[str, str] | None = None,
    cause_labels: Mapping[int, str] | None = None,
    y_label: str = "Cumulative incidence, %",
    x_label: str = "Months since first ablation",
    annotation: str = "",
) -> Figure:
    """Draw step curves of the cumulative incidence of one endpoint, level and grouping.

    `cumulative_incidence_rows`: columns stratum, cause (1 the event, 2 death, 3 removal), time_months, n_at_risk,
    estimate, lower, upper (shares 0..1). The event has a thick line and a band, death a thin one without.
    The y axis is cut above the largest value, so compare its scale before comparing two figures. Raises
    ValueError on an empty table.
    """
    if cumulative_incidence_rows.empty:
        raise ValueError("no rows to draw: the cumulative incidence table is empty")
    rows = cumulative_incidence_rows.assign(
        stratum=cumulative_incidence_rows["stratum"].astype(str),
        cause=cumulative_incidence_rows["cause"].astype(int),
    )
    strata = list(dict.fromkeys(rows["stratum"]))
    causes = sorted(set(rows["cause"]))
    cause_names = {CAUSE_LTP: "LTP", CAUSE_DEATH: "death", CAUSE_REMOVAL: REMOVAL, **(cause_labels or {})}
    cause_names = {cause: said(name) for cause, name in cause_names.items()}
    names = {stratum: said((labels or {}).get(stratum, stratum.replace("_", " ") or "all")) for stratum in strata}
    styles = style.strata_styles(strata)
    counted = rows[rows["cause"] == causes[0]]
    horizons = curve_axes.horizons_months(counted)
    ticks = curve_axes.ticks_months(max(horizons.values()))
    line_names = {
        (stratum, cause): _line_name(names[stratum], cause_names.get(cause, f"cause {cause}"), len(strata), len(causes))
        for stratum in strata
        for cause in causes
    }
    shown_names = list(line_names.values()) if len(line_names) > 1 else []
    figure, axes = curve_axes.curve_axes([names[s] for s in strata], shown_names, title, x_label, y_label, ticks)
    ends = []
    highest = 0.0
    for stratum, cause in line_names:
        part = rows[(rows["stratum"] == stratum) & (rows["cause"] == cause)]
        if part.empty:
            continue
        line = styles[stratum]
        curve = curve_axes.drawable(part, horizons[stratum], value_at_zero=0.0)
        x, y = curve["time_months"].to_numpy(), 100 * curve["estimate"].to_numpy()
        main = cause == causes[0]
        if main:
            upper = 100 * curve["upper"].to_numpy()
            lower = 100 * curve["lower"].to_numpy()
            axes.fill_between(x, lower, upper, step="post", color=line.colour, alpha=style.BAND_ALPHA, linewidth=0)
            highest = max(highest, float(upper.max()))
        colour = line.colour if main or len(strata) > 1 else style.GREY
        dash = line.dash if main or len(strata) > 1 else (0, (1.4, 1.2))
        axes.plot(x, y, drawstyle="steps-post", color=colour, linestyle=dash, linewidth=1.4 if main else 0.8)
        highest = max(highest, float(y.max()))
        ends.append((float(x[-1]), float(y[-1]), line_names[(stratum, cause)], colour))
    y_max = _round_up(max(MIN_Y_MAX_PERCENT, min(100.0, highest * HEADROOM)))
    axes.set_ylim(0, y_max)
    axes.set_yticks([y_max * quarter / 4 for quarter in range(5)], [f"{y_max * quarter / 4:g}" for quarter in range(5)])
    if len(ends) > 1:
        curve_axes.write_line_labels(axes, ends, y_max=y_max)
    if annotation:
        axes.text(
            0.025,
            0.97,
            said(annotation),
            transform=axes.transAxes,
            fontsize=style.FONT_SIZE_PT,
            color=style.INK,
            ha="left",
            va="top",
        )
    colours = {stratum: styles[stratum].colour if len(strata) > 1 else style.INK for stratum in strata}
    curve_axes.write_numbers_at_risk(axes, counted, ticks, names, colours)
    return figure


def _line_name(stratum: str, cause: str, n_strata: int, n_causes: int) -> str:
    if n_strata == 1:
        return cause
    return f"{stratum}: {cause}" if n_causes > 1 else stratum


def _round_up(percent: float) -> int:
    """Round up to a multiple of 20, so that quarters of the axis are whole numbers."""
    return min(100, 20 * -int(-percent // 20))
