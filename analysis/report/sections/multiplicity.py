"""Section: tests between groups, adjusted for their number."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.report import labels, numbers
from analysis.report.blocks import Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection
from schemas.thresholds import ALPHA

ANCHOR, TITLE = "multiplicity", "Multiple comparisons"
TESTS = {"logrank_chi2": "log-rank", "gray_chi2": "Gray"}
CAUSES = {"1": " (LTP)", "2": " (death)"}
ENDPOINTS = ("LTPFS", "LTPFS_STUDY", "TTLTP", "OS")
"""Endpoints on the page; the release's table holds every one."""


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table, a line per test within its family; a sentence where nothing was tested."""
    frame = content.table("multiplicity")
    if frame.empty:
        return Section(ANCHOR, TITLE, [Paragraph("No groups could be compared yet.")])
    footnotes = Footnotes()
    lines: list[Row] = []
    for (endpoint, quantity, cause), part in selection.parts(frame, "endpoint", "quantity", "cause"):
        if endpoint not in ENDPOINTS:
            continue
        rows = selection.records(part)
        name = f"{labels.endpoint(endpoint)}: {TESTS.get(quantity, quantity)}{CAUSES.get(cause.split('.')[0], '')}"
        lines.append(Row([f"{name}, {numbers.count(rows[0].get('n_tests'))} tests"], is_group=True))
        for row in rows:
            p, by_holm = row.get("p_value"), row.get("p_holm")
            label = labels.grouping(row["grouping"])
            cells: list[Cell | str] = [label[:1].upper() + label[1:], numbers.count(row.get("n"))]
            cells += [numbers.count(row.get("n_events"))]
            cells += [Cell(numbers.p_value(p), footnotes.mark(labels.remark(row.get("note"))))]
            cells += [numbers.p_value(by_holm), numbers.p_value(row.get("p_bh"))]
            lines.append(Row(cells))
    columns = [Column("Groups by"), Column("n", True), Column("Events", True), Column("p", True)]
    columns += [Column("p, Holm", True), Column("p, Benjamini-Hochberg", True)]
    notes = (
        "Holm's adjustment controls the chance of any false finding, Benjamini and Hochberg's the expected share of "
        "false findings among all findings. A family holds the groupings of one endpoint, test and cause.",
    )
    caption = "Tests between groups, adjusted for their number."
    table = DataTable(numbering.table(), caption, columns, lines, notes, footnotes.items(), source="multiplicity")
    return Section(ANCHOR, TITLE, [Paragraph(sentences(frame)), table])


def sentences(frame: pd.DataFrame) -> str:
    """Say how many p-values of analysis.multiplicity are small, before and after Holm, and what the page leaves out."""
    tested = [row for row in selection.records(frame) if not numbers.is_missing(row.get("p_value"))]
    small, by_holm = (sum(_is_small(row.get(name)) for row in tested) for name in ("p_value", "p_holm"))
    text = (
        f"Of {len(tested)} tests between groups of patients, over all endpoints, {small} "
        f"{'has' if small == 1 else 'have'} p < 0.05 before adjustment, and {by_holm} after Holm's adjustment within "
        "each family. Tests with too few events have no p-value and are not counted."
    )
    hidden = [row for row in tested if row["endpoint"] not in ENDPOINTS]
    if not hidden:
        return text
    names = "; ".join(dict.fromkeys(labels.endpoint(row["endpoint"]) for row in hidden))
    return f"{text} {len(hidden)} of them are only in the table's file: those of {names}."


def _is_small(p: Any) -> bool:
    return not numbers.is_missing(p) and float(p) < ALPHA
