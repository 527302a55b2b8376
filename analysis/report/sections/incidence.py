"""Section: cumulative incidence of LTP with death as a competing event.

Here: which curves are drawn, captions, the table at fixed times. Not here: estimates, drawing.
"""

from __future__ import annotations

import pandas as pd

from analysis.figures.cumulative_incidence import CAUSE_DEATH, CAUSE_LTP, incidence_figure
from analysis.report import numbers, words
from analysis.report.blocks import (
    Block,
    Column,
    DataTable,
    FigureGrid,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.drawing import Drawing, on_page
from analysis.report.sections import selection

CURVES = (
    ("overall", "LTP, and death without LTP, all patients"),
    ("kras", "LTP, and death without LTP, by KRAS"),
)
TABLE_GROUPINGS = ("overall", "kras", "diameter_ge_30")
"""Rows of the page's table; the release's table holds every grouping."""
MONTHS = (6, 12, 24, 36)
CAUSE_NAMES = {CAUSE_LTP: "LTP", CAUSE_DEATH: "death"}


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Two figures and a table, or a sentence."""
    title = "Cumulative incidence"
    both_levels = selection.where(content.table("cumulative_incidence"), endpoint="TTLTP")
    rows = selection.where(both_levels, level="patient")
    if rows.empty:
        text = "There are no times to LTP to estimate a cumulative incidence from yet."
        return Section("incidence", title, [Paragraph(text)])
    blocks: list[Block] = [
        Paragraph(
            "Who dies without LTP can no longer have one. The cumulative incidence (Aalen-Johansen) counts "
            "this; one minus "
            "Kaplan-Meier does not, and overstates LTP, the more so in the group in which more patients die."
        )
    ]
    drawings = [drawing(grouping, caption, both_levels) for grouping, caption in CURVES]
    drawn = [on_page(found, numbering) for found in drawings if found is not None]
    if drawn:
        blocks.append(FigureGrid(drawn))
    blocks.append(_table(both_levels, numbering))
    return Section("incidence", title, blocks)


def drawing(grouping: str, caption: str, table: pd.DataFrame) -> Drawing | None:
    """The curves of one grouping, drawn from analysis.cumulative_incidence; None where it has no times."""
    part = selection.where(table, endpoint="TTLTP", level="patient", grouping=grouping)
    if part.empty:
        return None
    strata, unknown = selection.known_strata(part)
    part = part[part["stratum"].isin(strata)]
    names = {stratum: words.stratum(grouping, stratum) for stratum in strata}
    counts = []
    for stratum in strata:
        subjects = selection.where(part, stratum=stratum)
        prefix = "" if len(strata) == 1 else f"{names[stratum]}: "
        counts.append(f"{prefix}{numbers.count(subjects['n_at_risk'].max())} patients{_events(subjects)}")
    note = "; ".join(counts) + "." + (f" {unknown} of unknown status not drawn." if unknown else "")
    name, title = f"cif-{grouping}".replace("_", "-"), f"Cumulative incidence of {caption}."
    if float(part["estimate"].fillna(0).max()) == 0:
        return Drawing(None, name, title, "", f"Not drawn: no event so far. {note}")
    alt = f"Cumulative incidence curves of {caption}. {note}"
    return Drawing(incidence_figure(part, labels=names), name, title, alt, note)


def _events(subjects: pd.DataFrame) -> str:
    """', 13 LTP, 5 deaths' where the table carries counts of events."""
    if "n_events" not in subjects.columns:
        return ""
    counts = {
        cause: int(subjects.loc[subjects["cause"] == cause, "n_events"].sum()) for cause in (CAUSE_LTP, CAUSE_DEATH)
    }
    return f", {counts[CAUSE_LTP]} LTP, {counts[CAUSE_DEATH]} deaths without LTP"


def _table(rows: pd.DataFrame, numbering: Numbering) -> DataTable:
    months = [month for month in MONTHS if float(rows["time_months"].max()) >= month]
    lines: list[Row] = []
    shown = rows[rows["grouping"].isin(TABLE_GROUPINGS)]
    for (level,), by_level in selection.parts(shown, "level"):
        lines.append(Row([words.level(level).capitalize()], is_group=True))
        for (grouping, stratum, cause), part in selection.parts(by_level, "grouping", "stratum", "cause"):
            ordered = part.sort_values("time_months")
            name = f"{words.group(grouping, stratum)}: {CAUSE_NAMES.get(int(float(cause)), cause)}"
            events = numbers.count(ordered["n_events"].sum()) if "n_events" in ordered else numbers.MISSING
            cells = [
                name,
                numbers.count(ordered["n_at_risk"].max()),
                events,
                *(_at(ordered, month) for month in months),
            ]
            lines.append(Row(cells))
    columns = [Column("Group and event"), Column("n", True), Column("Events", True)]
    columns += [Column(f"{month} months", True) for month in months]
    notes = (
        "– : follow-up of the group ends earlier. Death: without LTP before. Per lesion: descriptive, as "
        "lesions of one patient are not "
        "independent. Other groups are in analysis.cumulative_incidence.",
    )
    spans = [("", 3), ("Cumulative incidence, % (95 % CI) at", len(months))] if months else []
    caption = "Cumulative incidence of LTP and of death at fixed times."
    return DataTable(numbering.table(), caption, columns, lines, notes, spans=spans)


def _at(ordered: pd.DataFrame, month: int) -> str:
    """The step function's value at a time: its last row not later; nothing when follow-up ends before."""
    if float(ordered["time_months"].max()) < month:
        return numbers.MISSING
    row = ordered[ordered["time_months"] <= month]
    if row.empty:
        return numbers.percent(0.0)
    return numbers.percent_interval(*selection.share_of(selection.records(row.tail(1))[0]))
