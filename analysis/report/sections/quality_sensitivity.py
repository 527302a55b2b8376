"""Section: the main estimates with and without patients who have quality flags."""

from __future__ import annotations

from typing import Any

from analysis.report import labels, numbers
from analysis.report.blocks import (
    Block,
    Cell,
    Column,
    DataTable,
    Footnotes,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.sections import selection

TITLE = "Sensitivity to data quality"
VARIANTS = {
    "all": "All patients",
    "without flagged": "Without flagged",
    "without patients with anything set aside": "Without set aside",
}
QUANTITIES = {
    "rate": "Share with LTP, %",
    "survival_12m": "Alive without LTP at 12 months, % (Kaplan-Meier)",
    "hazard_ratio": "Hazard ratio of LTP or death (Cox, adjusted)",
    "odds_ratio": "Odds ratio of LTP (logistic, adjusted)",
}
SHARES = ("rate", "survival_12m")


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table: a line per estimate, the variants side by side."""
    table = content.quality_sensitivity
    if table.empty:
        return Section("quality-sensitivity", TITLE, [Paragraph("There are no estimates to compare yet.")])
    footnotes = Footnotes()
    lines: list[Row] = []
    for quantity, label in QUANTITIES.items():
        part = selection.where(table, quantity=quantity)
        for (grouping, stratum, term, level), rows in selection.parts(
            part, "grouping", "stratum", "term", "term_level"
        ):
            name = labels.group(grouping, stratum) if quantity in SHARES else labels.term(term, level, "wild_type")
            by_variant = {row["variant"]: row for row in selection.records(rows)}
            lines += _lines(quantity, label, name, by_variant, footnotes)
            label = ""
    blocks: list[Block] = [
        Paragraph(
            "Whole patients are left out: in one variant those with a warning on any accepted row, in the other those "
            "with any row or value set aside. An estimate that does not change does not depend on these patients. One "
            "that changes does not show which is right: patients followed longer have more rows that can be flagged."
        )
    ]
    columns = [Column("Estimate"), Column("Events / n", True), Column("Estimate (95 % CI)", True)]
    spans = [("", 1), ("All patients", 2)]
    for variant in list(VARIANTS)[1:]:
        columns += [Column("Events / n", True), Column("Estimate (95 % CI)", True), Column("Difference", True)]
        spans.append((VARIANTS[variant], 3))
    notes = (
        "Difference: estimate minus that of all patients, in percentage points for shares. It has no interval, "
        "because the cohorts share patients.",
    )
    caption = "The main estimates with and without flagged patients."
    source = "quality_sensitivity"
    marks = footnotes.items()
    blocks.append(DataTable(numbering.table(), caption, columns, lines, notes, marks, spans, source=source))
    return Section("quality-sensitivity", TITLE, blocks)


def _lines(
    quantity: str, label: str, name: str, by_variant: dict[str, dict[str, Any]], footnotes: Footnotes
) -> list[Row]:
    heading = [Row([label], is_group=True)] if label else []
    cells: list[Cell | str] = [name]
    for variant in VARIANTS:
        row = by_variant.get(variant, {})
        cells.append(f"{numbers.count(row.get('n_events'))} / {numbers.count(row.get('n'))}")
        interval = numbers.percent_interval if quantity in SHARES else numbers.ratio_interval
        cells.append(Cell(interval(*selection.share_of(row)), footnotes.mark(labels.remark(row.get("note")))))
        if variant != "all":
            cells.append(_difference(quantity, row.get("difference")))
    return [*heading, Row(cells)]


def _difference(quantity: str, value: Any) -> str:
    if numbers.is_missing(value):
        return numbers.MISSING
    number = 100 * float(value) if quantity in SHARES else float(value)
    decimals = 1 if quantity in SHARES else 2
    return f"{number:+.{decimals}f}".replace("-", "−")
