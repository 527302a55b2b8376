"""A comparison of two treatments, as the section on the registry's own plan shows it.

Ratio and E-value in sentences, a love plot, weighted curves, and the balance as a table; a refused one says why.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.comparison.compare import (
    AFTER,
    BEFORE,
    CRUDE,
    E_LIMIT,
    E_VALUE,
    ESTIMANDS,
    RATIO,
    SIZE,
    WEIGHTED,
)
from analysis.figures.kaplan_meier import km_figure
from analysis.figures.love_plot import LoveRow, love_figure
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, FigureGrid, Footnotes, Numbering, Paragraph, Row
from analysis.report.figure_block import Drawing, curve_of, on_page
from analysis.report.own_plan import OwnPlan, PlannedItem, without_day
from analysis.report.sections import selection
from schemas.own_plan import PREFIX
from schemas.thresholds import BALANCED_DIFFERENCE

LEFT_OVER = (
    "The weights balance what is in the table and nothing else: why one treatment was chosen over the other may still "
    "explain the difference."
)
LOVE = "How far the groups are apart, before weighting and after."
DRAWN = "The hairline marks {bound:g}, up to which groups count as alike."


def blocks(plan: OwnPlan, item: PlannedItem, caption: str, numbering: Numbering) -> list[Block]:
    """Return the comparison; `caption` names it."""
    own = f"{PREFIX}{item.name}"
    table = selection.where(plan.table("comparisons"), model=own)
    ratio = selection.one(table, quantity=RATIO)
    if numbers.is_missing(ratio.get("estimate")):
        why = labels.remark(without_day(ratio.get("note"))) or "nobody has this endpoint"
        found: list[Block] = [Paragraph(f"{caption}: not compared. {why[:1].upper()}{why[1:]}.")]
        return found + balance_table(table, caption, numbering)
    said = [f"{caption}.", sentence(table, ratio, item), e_values(table), LEFT_OVER]
    drawings = [love(table, item), curves(plan, item, caption)]
    drawn = [on_page(one, numbering) for one in drawings if one is not None]
    grid: list[Block] = [FigureGrid(drawn)] if drawn else []
    return [Paragraph(" ".join(filter(None, said))), *grid, *balance_table(table, caption, numbering)]


def sentence(table: pd.DataFrame, ratio: dict[str, Any], item: PlannedItem) -> str:
    """The weighted ratio, the unweighted one, and how many effective subjects the weights leave."""
    crude = selection.one(table, quantity=CRUDE)
    sizes = "; ".join(
        f"{labels.stratum(row['grouping'], row['stratum'])}: {numbers.count(row['n'])} with "
        f"{numbers.counted(row['n_events'], 'event')}, effectively {float(row['estimate']):.1f}"
        for row in selection.records(selection.where(table, quantity=SIZE))
    )
    name = labels.term(ratio["grouping"], ratio["term_level"], ratio["reference"])
    return (
        f"Weighted hazard ratio of {name}, {ESTIMANDS[item.method]}: "
        f"{numbers.ratio_interval(*selection.share_of(ratio))}, {numbers.p_equals(ratio.get('p_value'))}; without "
        f"weights {numbers.ratio_interval(*selection.share_of(crude))}. Subjects, events and effective sample size: "
        f"{sizes}."
    )


def e_values(table: pd.DataFrame) -> str:
    """How strong an unmeasured confounder would have to be."""
    value, limit = (selection.one(table, quantity=name).get("estimate") for name in (E_VALUE, E_LIMIT))
    if numbers.is_missing(value) or numbers.is_missing(limit):
        return ""
    return (
        f"E-value {_two(value)}; of the limit nearer to 1, {_two(limit)}: an unmeasured "
        "confounder tied to both treatment and outcome by risk ratios smaller than that could not explain the ratio, "
        "or its interval, away."
    )


def _two(value: Any) -> str:
    return f"{float(value):.2f}"


def love(table: pd.DataFrame, item: PlannedItem) -> Drawing | None:
    """Draw the differences; None without any."""
    rows = _differences(table)
    drawn = [row for row in rows if not numbers.is_missing(row.before)]
    if not drawn:
        return None
    alt = "; ".join(f"{row.label}: {row.before:.2f}, {row.after or 0.0:.2f}" for row in drawn)
    note = DRAWN.format(bound=BALANCED_DIFFERENCE)
    return Drawing(love_figure(rows), f"love-{item.name.replace('_', '-')}", LOVE, f"{LOVE} {alt}", note)


def _differences(table: pd.DataFrame) -> list[LoveRow]:
    after = {
        (row["term"], row["term_level"]): row["estimate"]
        for row in selection.records(selection.where(table, quantity=AFTER))
    }
    return [
        LoveRow(_label(row), float(row["estimate"]), after.get((row["term"], row["term_level"])))
        for row in selection.records(selection.where(table, quantity=BEFORE))
    ]


def _label(row: dict[str, Any]) -> str:
    if not row["term_level"]:
        name = labels.grouping(row["term"])
        return name[:1].upper() + name[1:]
    return labels.group(row["term"], row["term_level"])


def curves(plan: OwnPlan, item: PlannedItem, caption: str) -> Drawing | None:
    """Draw the weighted curves of both groups; None without any."""
    part = selection.where(plan.table("comparison_curves"), grouping=f"{PREFIX}{item.name}", quantity=WEIGHTED)
    if part.empty:
        return None
    treatment = item.groups.split(":")[0]
    names = {stratum: labels.stratum(treatment, stratum) for stratum in selection.distinct(part, "stratum")}
    part = part.assign(n_censored=0)
    title = f"{caption}, weighted."
    note = (
        "Kaplan-Meier curves of weighted subjects, 95 % intervals by robust variance; numbers at risk are not weighted."
    )
    drawn = frozenset(curve_of(selection.where(part, stratum=stratum)) for stratum in names)
    figure = km_figure(part, labels=names)
    return Drawing(figure, f"plan-{item.name.replace('_', '-')}", title, f"{title} {note}", note, drawn)


def balance_table(table: pd.DataFrame, caption: str, numbering: Numbering) -> list[Block]:
    """Return the standardised differences as a table; nothing where nothing was compared."""
    footnotes, lines = Footnotes(), []
    notes = {
        (row["term"], row["term_level"]): labels.remark(without_day(row.get("note")))
        for row in selection.records(selection.where(table, quantity=AFTER))
    }
    rows = selection.records(selection.where(table, quantity=BEFORE))
    for row, shown in zip(rows, _differences(table), strict=True):
        mark = footnotes.mark(notes.get((row["term"], row["term_level"]), ""))
        lines.append(Row([shown.label, _difference(shown.before), Cell(_difference(shown.after), mark)]))
    if not lines:
        return []
    columns = [Column("Confounder"), Column("Before weighting", True), Column("After weighting", True)]
    method = numbers.text(rows[0].get("method"))
    said = f"{caption}: balance."
    return [DataTable(numbering.table(), said, columns, lines, [f"{method}."], footnotes.items(), source="comparisons")]


def _difference(value: float | None) -> str:
    if value is None or numbers.is_missing(value):
        return numbers.MISSING
    printed = f"{abs(float(value)):.2f}"
    return f"\u2212{printed}" if value < 0 and float(printed) else printed
