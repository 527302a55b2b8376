"""Section: what was received, what was set aside and why, and what was rejected.

It shows no key, no line and no value of a patient.
"""

from __future__ import annotations

import pandas as pd

from analysis.report import numbers
from analysis.report.blocks import Block, Column, DataTable, Heading, Link, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection

EXPORT_COLUMNS = {
    "received": "Received",
    "duplicate": "Duplicate",
    "conflicting": "Conflicting",
    "unchanged": "Unchanged",
    "new": "New",
    "changed": "Changed",
    "clean": "Current, clean",
    "current": "Current, clean",
    "quarantined": "Rows set aside",
    "quarantined_rows": "Rows set aside",
    "values_set_aside": "Values set aside",
}
"""Columns of `quality` in the order shown; absent ones are left out."""
RULE_COLUMNS = {
    "severity": "Kind",
    "rows": "Rows set aside",
    "values": "Values set aside",
    "flagged": "Flagged",
}
SEVERITIES = {"E": "error", "W": "warning", "gate": "gate"}


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Two tables and the list of rejected deliveries, or sentences."""
    blocks: list[Block] = [
        Paragraph(
            "Rows received are duplicate, conflicting, unchanged, new or changed; every current row is "
            "either in its clean table or "
            "set aside. The sums are checked in every refresh, and a release whose sums do not agree is "
            "refused."
        )
    ]
    blocks.append(_exports(content.quality, numbering))
    blocks.append(_rules(content.quality_rules, numbering))
    if content.data_docs:
        blocks.append(Link("Data Docs: the expectations for the registry as a whole.", content.data_docs))
    blocks.append(Heading("Rejected deliveries"))
    blocks.append(_problems(content, numbering))
    return Section("quality", "Data quality", blocks)


def _exports(frame: pd.DataFrame, numbering: Numbering) -> Block:
    if frame.empty:
        return Paragraph("Nothing was received.")
    shown = [name for name in EXPORT_COLUMNS if name in frame.columns]
    keys = [name for name in ("site", "export") if name in frame.columns]
    sites = selection.distinct(frame, "site")
    lines = []
    for row in selection.records(frame):
        label = " / ".join(numbers.text(row[key]) for key in keys if key == "export" or len(sites) > 1) or "all"
        lines.append(Row([label, *(numbers.count(row[name]) for name in shown)]))
    columns = [Column("Export"), *(Column(EXPORT_COLUMNS[name], True) for name in shown)]
    notes = (
        "Rows, over all deliveries. Duplicate: equal to another row of its delivery. Conflicting: same key "
        "as another row of its "
        "delivery, but different. Current, clean: in the clean table now.",
    )
    return DataTable(numbering.table(), "Rows received and what became of them, per export.", columns, lines, notes)


def _rules(frame: pd.DataFrame, numbering: Numbering) -> Block:
    if frame.empty:
        return Paragraph("No rule is broken by any current row.")
    shown = [name for name in RULE_COLUMNS if name in frame.columns]
    lines = []
    for row in selection.records(frame):
        cells = [numbers.text(row.get("rule_id")), numbers.text(row.get("sentence"))]
        for name in shown:
            cells.append(
                SEVERITIES.get(numbers.text(row[name]), numbers.text(row[name]))
                if name == "severity"
                else numbers.count(row[name])
            )
        lines.append(Row(cells))
    columns = [Column("Rule"), Column("Broken when")]
    columns += [Column(RULE_COLUMNS[name], name != "severity") for name in shown]
    notes = ("A row may break several rules, so the columns do not add up to the rows set aside above.",)
    return DataTable(numbering.table(), "Rules broken by current rows.", columns, lines, notes)


def _problems(content: ReportContent, numbering: Numbering) -> Block:
    if not content.problems:
        return Paragraph("No delivery was rejected.")
    lines = [Row([problem.delivery, problem.site, problem.export, problem.reason]) for problem in content.problems]
    columns = [Column("Delivery"), Column("Site"), Column("Export"), Column("Reason")]
    caption = "Deliveries that do not count: rejected, set aside, or waiting to be confirmed."
    return DataTable(numbering.table(), caption, columns, lines)
