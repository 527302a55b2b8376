"""Section: every endpoint of the registry side by side, all patients or lesions together."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from analysis.figures.cumulative_incidence import CAUSE_DEATH, CAUSE_LTP
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import landmarks, selection
from schemas.thresholds import LANDMARKS_MONTHS

MONTHS = LANDMARKS_MONTHS[1:]
NOTES = (
    "– : not estimated, because follow-up ends earlier or the median is not reached. A cumulative incidence "
    "(Aalen-Johansen) is given for endpoints with a competing event. "
    f"{landmarks.IN_BRACKETS}",
    "Per lesion: descriptive, as lesions of one patient are not independent.",
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table, or a sentence."""
    footnotes = Footnotes()
    survival = list(_survival_rows(content.table("km_summary"), footnotes))
    incidences = list(_incidence_rows(content.table("cumulative_incidence"), footnotes))
    title = "All endpoints"
    if not survival and not incidences:
        return Section("endpoints", title, [Paragraph("There are no endpoints to estimate yet.")])
    lines: list[Row] = []
    for name, rows in (
        ("Free of the event, % (Kaplan-Meier, 95 % CI)", survival),
        ("With the event, % (cumulative incidence, 95 % CI)", incidences),
    ):
        lines += [Row([name], is_group=True), *rows] if rows else []
    columns = [Column("Endpoint"), Column("n", True), Column("Events", True), Column("Competing", True)]
    columns += [*(Column(f"{month} months", True) for month in MONTHS), Column("Median, months", True)]
    caption = "Every endpoint, all subjects together."
    table = DataTable(numbering.table(), caption, columns, lines, NOTES, footnotes.items(), source="km_summary")
    text = (
        "The same patients and lesions give different figures, depending on what counts as the event, what competes "
        "with it and when a subject is censored. Compare a figure from another registry or paper only with the row "
        "that has the same definition."
    )
    blocks: list[Block] = [Paragraph(text), table]
    return Section("endpoints", title, blocks)


def _survival_rows(summary: pd.DataFrame, footnotes: Footnotes) -> Iterator[Row]:
    for (endpoint, level), part in selection.parts(selection.where(summary, grouping="overall"), "endpoint", "level"):
        found = selection.by_quantity(part)
        any_row = next(iter(found.values()))
        cells: list[Cell | str] = [
            f"{labels.endpoint(endpoint)}, {labels.level(level)}",
            numbers.count(any_row.get("n")),
            numbers.count(any_row.get("n_events")),
            "",
        ]
        for month in MONTHS:
            cells.append(landmarks.cell(found.get(f"survival_{month}m", {}), footnotes))
        cells.append(numbers.months_interval(*selection.share_of(found.get("median_months", {}))))
        yield Row(cells)


def _incidence_rows(table: pd.DataFrame, footnotes: Footnotes) -> Iterator[Row]:
    for (endpoint, level), part in selection.parts(selection.where(table, grouping="overall"), "endpoint", "level"):
        causes = part["cause"].astype(float).astype(int)
        own = part[causes == CAUSE_LTP].sort_values("time_months")
        if own.empty:
            continue
        counts = [numbers.count(part.loc[causes == cause, "n_events"].sum()) for cause in (CAUSE_LTP, CAUSE_DEATH)]
        shares = [landmarks.cell(landmarks.on_curve(own, month), footnotes) for month in MONTHS]
        name = f"{labels.endpoint(endpoint)}, {labels.level(level)}"
        yield Row([name, numbers.count(own["n_at_risk"].max()), *counts, *shares, ""])
