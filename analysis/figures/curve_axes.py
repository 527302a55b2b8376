"""What step curves over time share: axes, ticks, labels beside the curves, numbers at risk beneath them.

Numbers at risk are printed under every tick (Morris et al., BMJ Open 2019;9:e030215). Each curve is drawn while at
least a tenth of its own group is at risk (Pocock et al., Lancet 2002;359:1686): beyond that a step says more
about one patient than about the group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures import style
from analysis.figures.words import said
from schemas.thresholds import MIN_SHARE_AT_RISK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_TICKS = 7
TICK_STEPS_MONTHS = (3, 6, 12, 24, 36, 60, 120)
MAX_POINTS = 800
"""Most steps drawn per curve; more cannot be distinguished at this size."""

TOP_INCHES, TITLE_INCHES, PLOT_INCHES, AXIS_INCHES, ROW_INCHES = 0.30, 0.20, 2.15, 0.42, 0.165
AT_RISK = "At risk"
USUAL_LEFT_INCHES, USUAL_RIGHT_INCHES, MOST_LABEL_INCHES = 1.3, 1.5, 3.2
"""Room for the names of groups and curves, left and right; for longer names than usual the figure grows."""
MIN_LEFT_INCHES, PAD_INCHES, DIGIT_INCHES = 0.42, 0.12, 0.08


def horizons_months(rows: pd.DataFrame) -> dict[str, float]:
    """Return stratum -> where its curve ends: the last time with MIN_SHARE_AT_RISK of its subjects still at risk."""
    found = {}
    for stratum, part in rows.groupby("stratum", sort=False):
        counts = part["n_at_risk"].to_numpy(dtype=float)
        enough = counts >= MIN_SHARE_AT_RISK * counts.max()
        found[str(stratum)] = float(part["time_months"].to_numpy(dtype=float)[enough].max())
    return found


def ticks_months(horizon: float) -> list[int]:
    """Return ticks from 0 in whole quarters or years, at most MAX_TICKS; the last is not before the horizon."""
    for step in TICK_STEPS_MONTHS:
        last = max(1, -int(-(horizon - 1e-9) // step))
        if last < MAX_TICKS:
            break
    return [step * place for place in range(last + 1)]


def at_risk(stratum_rows: pd.DataFrame, time_months: float) -> int:
    """Return how many subjects of one stratum are still at risk just before a time: the count at the first row not
    earlier than it.
    """
    is_later = stratum_rows["time_months"].to_numpy(dtype=float) >= time_months - 1e-9
    return int(stratum_rows["n_at_risk"].to_numpy()[is_later.argmax()]) if is_later.any() else 0


def drawable(stratum_rows: pd.DataFrame, horizon: float, value_at_zero: float) -> pd.DataFrame:
    """Return the rows of one curve in order of time, from 0 to the horizon, thinned to MAX_POINTS; where limits are
    null, the band has no width.
    """
    columns = ["time_months", "estimate", "lower", "upper"]
    rows = stratum_rows.sort_values("time_months")[columns].astype(float)
    rows = rows[rows["estimate"].notna() & (rows["time_months"] <= horizon + 1e-9)]
    rows = rows.assign(lower=rows["lower"].fillna(rows["estimate"]), upper=rows["upper"].fillna(rows["estimate"]))
    if rows.empty or rows["time_months"].iloc[0] > 0:
        start = pd.DataFrame([[0.0, value_at_zero, value_at_zero, value_at_zero]], columns=columns)
        rows = start if rows.empty else pd.concat([start, rows], ignore_index=True)
    end = min(horizon, float(stratum_rows["time_months"].max()))
    if rows["time_months"].iloc[-1] < end:
        rows = pd.concat([rows, rows.iloc[[-1]].assign(time_months=end)], ignore_index=True)
    if len(rows) > MAX_POINTS:
        keep = sorted({round(place * (len(rows) - 1) / (MAX_POINTS - 1)) for place in range(MAX_POINTS)})
        rows = rows.iloc[keep]
    return rows


def curve_axes(
    strata_labels: Sequence[str],
    line_labels: Sequence[str],
    title: str,
    x_label: str,
    y_label: str,
    ticks: Sequence[int],
) -> tuple[Figure, Axes]:
    """Return a figure with room for everything, and its axes with the time axis drawn. Margins fit the longest
    labels. The labels of groups and lines are in the drawing's language already.
    """
    widest_left = max(style.text_width_inches(label) for label in (said(AT_RISK), *strata_labels))
    widest_right = max((style.text_width_inches(label) for label in line_labels), default=0.0)
    left = max(MIN_LEFT_INCHES, min(widest_left, MOST_LABEL_INCHES) + PAD_INCHES + 0.16)
    right = PAD_INCHES + (0.1 + min(widest_right, MOST_LABEL_INCHES) if line_labels else 0.1)
    growth = max(0.0, widest_left - USUAL_LEFT_INCHES) + max(0.0, widest_right - USUAL_RIGHT_INCHES)
    top = TOP_INCHES + (TITLE_INCHES if title else 0.0)
    bottom = AXIS_INCHES + ROW_INCHES * (len(strata_labels) + 1) + 0.12
    height = top + PLOT_INCHES + bottom
    width = style.FIGURE_WIDTH_INCHES + min(growth, 2 * MOST_LABEL_INCHES - USUAL_LEFT_INCHES - USUAL_RIGHT_INCHES)
    figure = style.new_figure(height, width)
    axes = figure.add_axes((left / width, bottom / height, (width - left - right) / width, PLOT_INCHES / height))
    axes.set_xlim(0, ticks[-1])
    axes.set_xticks(list(ticks))
    axes.set_xlabel(said(x_label), fontsize=style.FONT_SIZE_PT, color=style.INK, labelpad=3)
    axes.tick_params(labelsize=style.FONT_SIZE_PT, colors=style.INK, length=3, width=0.6)
    axes.grid(axis="y", color=style.HAIRLINE, linewidth=0.5)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)
        spine.set_color(style.INK)
    lift = 0.11 / PLOT_INCHES
    axes.text(
        -left / (width - left - right),
        1 + lift,
        said(y_label),
        transform=axes.transAxes,
        color=style.INK,
        fontsize=style.FONT_SIZE_PT,
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
    return figure, axes


def write_numbers_at_risk(
    axes: Axes,
    rows: pd.DataFrame,
    ticks: Sequence[int],
    labels: Mapping[str, str],
    colours: Mapping[str, str],
) -> None:
    """Write the numbers at risk, one row per stratum, each number centred under its tick."""
    transform = axes.get_xaxis_transform()  # x in months, y as a share of the axes' height
    first = -(AXIS_INCHES + 0.06) / PLOT_INCHES
    step = ROW_INCHES / PLOT_INCHES
    largest = int(rows["n_at_risk"].max())
    gap_months = (0.08 + DIGIT_INCHES * len(str(largest)) / 2) * ticks[-1] / _axes_width_inches(axes)
    size = style.FONT_SIZE_PT
    axes.text(
        -gap_months,
        first,
        said(AT_RISK),
        transform=transform,
        fontsize=size,
        color=style.SOFT_INK,
        ha="right",
        va="top",
    )
    for place, (stratum, part) in enumerate(rows.groupby("stratum", sort=False), start=1):
        ordered = part.sort_values("time_months")
        y = first - place * step
        axes.text(
            -gap_months,
            y,
            labels[str(stratum)],
            transform=transform,
            fontsize=size,
            color=colours[str(stratum)],
            ha="right",
            va="top",
        )
        for tick in ticks:
            axes.text(
                tick,
                y,
                f"{at_risk(ordered, tick)}",
                transform=transform,
                fontsize=size,
                color=style.INK,
                ha="center",
                va="top",
            )


def write_line_labels(axes: Axes, labels: Sequence[tuple[float, float, str, str]], y_max: float) -> None:
    """Write each curve's name at its right end: (end time, end value, text, colour). Names that would touch are
    moved apart.
    """
    gap = y_max * 1.5 * style.FONT_SIZE_PT / 72 / PLOT_INCHES
    places = spread([value for _, value, _, _ in labels], gap, lower=gap / 2, upper=y_max - gap / 4)
    x_max = axes.get_xlim()[1]
    offset = 0.12 * x_max / _axes_width_inches(axes)
    for (end, value, text, colour), y in zip(labels, places, strict=True):
        axes.plot([end, x_max + offset * 0.75], [value, y], color=colour, linewidth=0.5, alpha=0.6, clip_on=False)
        axes.text(x_max + offset, y, text, color=colour, fontsize=style.FONT_SIZE_PT, ha="left", va="center")


def spread(values: Sequence[float], gap: float, lower: float, upper: float) -> list[float]:
    """Move the values apart as little as needed for neighbours to differ by `gap`, in the same order, within
    the limits.
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    moved = [min(max(values[place], lower), upper) for place in order]
    for place in range(1, len(moved)):
        moved[place] = max(moved[place], moved[place - 1] + gap)
    if moved and moved[-1] > upper:
        moved[-1] = upper
        for place in range(len(moved) - 2, -1, -1):
            moved[place] = min(moved[place], moved[place + 1] - gap)
    result = [0.0] * len(values)
    for place, value in zip(order, moved, strict=True):
        result[place] = value
    return result


def _axes_width_inches(axes: Axes) -> float:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(axes.get_position().width * figure.get_figwidth())
