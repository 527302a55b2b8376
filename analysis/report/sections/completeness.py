"""Section: completeness and maturity by site and quarter of first ablation.

Overdue exams are counted here; only quality.overdue_exams lists them by key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.report import numbers
from analysis.report.blocks import Block, Cell, Column, Command, DataTable, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection
from schemas import further_genotype
from schemas.thresholds import FIRST_EXAM_MIN_PCT, GENOTYPE_KNOWN_MIN_PCT, MARGIN_KNOWN_MIN_PCT

MAX_ROWS = 48
"""Most lines of quarters on the page. With more, each site shows its newest; the release's table holds all of them."""
MIN_QUARTERS = 2
SHARES = (
    ("n_kras_known", "n_patients", GENOTYPE_KNOWN_MIN_PCT),
    ("n_ras_known", "n_patients", GENOTYPE_KNOWN_MIN_PCT),
    ("n_margin_known", "n_lesions", MARGIN_KNOWN_MIN_PCT),
    ("n_first_exam_in_time", "n_first_exam_due", FIRST_EXAM_MIN_PCT),
    ("n_exams_in_window", "n_exams_expected", 0.0),
)
"""Numerator, denominator, and the percentage below which the registry asks why (rules DS-01 and IMG-08)."""
FOLLOW_UP = ("LTPFS_STUDY", "OS")
FURTHER = {f"n_{name}_known": of for name, of in (further_genotype.OF_GENES | further_genotype.OF_STATES).items()}
"""Count of the patients in whom a further gene or state is known -> its name."""


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table, or a sentence."""
    title = "Completeness and maturity"
    frame = content.completeness
    if frame.empty:
        return Section("completeness", title, [Paragraph("There are no patients whose data could be complete yet.")])
    overdue, lesions = int(frame["n_exams_overdue"].sum()), int(frame["n_lesions_overdue"].sum())
    blocks: list[Block] = [
        Paragraph(
            "Imaging is expected 1 month after the ablation, then every 3 months up to month 24 and every 6 months up "
            "to month 60, each within 30 days. This is judged as of the site's newest delivery of imaging; no exam is "
            "expected after death or last contact. "
            + (
                f"{numbers.counted(overdue, 'exam')} of {numbers.counted(lesions, 'lesion')} "
                f"{'is' if overdue == 1 else 'are'} overdue."
                if overdue
                else "No exam is overdue."
            )
        ),
        _table(frame, content.maturity, numbering),
        *_further(frame, numbering),
    ]
    if overdue:
        command = "registry query \"FROM quality.overdue_exams WHERE site = 'SITE' ORDER BY days_overdue DESC\""
        blocks.append(Command(command, "List the overdue exams to ask a site about, by patient and lesion:"))
    return Section("completeness", title, blocks)


def _table(frame: pd.DataFrame, maturity: pd.DataFrame, numbering: Numbering) -> DataTable:
    sites = selection.distinct(frame, "site")
    shown = max(MIN_QUARTERS, MAX_ROWS // len(sites)) if len(frame) > MAX_ROWS else len(frame)
    medians = {(row["endpoint"], row["site"], row["quarter"]): row["estimate"] for row in selection.records(maturity)}
    lines: list[Row] = []
    left = 0
    for site in sites:
        own = frame[frame["site"] == site].sort_values("quarter")
        as_of = numbers.text(own["as_of_date"].iloc[0])[:10] or "no imaging delivered"
        lines.append(Row([f"{site}, imaging as of {as_of}"], is_group=True))
        lines.append(_row("All quarters", selection.records(own), _follow_up(medians, site, "")))
        for row in selection.records(own.tail(shown)):
            lines.append(_row(row["quarter"], [row], _follow_up(medians, site, row["quarter"])))
        left += max(0, len(own) - shown)
    columns = [Column("First ablated in"), Column("Patients", True), Column("KRAS", True), Column("RAS", True)]
    columns += [Column("Lesions", True), Column("Margin", True), Column("First exam", True), Column("All exams", True)]
    columns += [Column("Overdue", True), Column("Imaging", True), Column("Survival", True)]
    spans = [
        ("", 2),
        ("Known, %", 2),
        ("", 1),
        ("Known, %", 1),
        ("In time, %", 2),
        ("Exams", 1),
        ("Follow-up, months", 2),
    ]
    notes = [
        "First exam: share of lesions with the first qualifying exam 14 to 84 days after the ablation, among lesions "
        "observed for longer. All exams: share of expected exams with a qualifying exam within 30 days. Overdue: "
        "expected exams whose window has passed without a qualifying exam since it opened. Follow-up: median by the "
        "reverse Kaplan-Meier method. – : nothing to report yet, or the median is not reached.",
        "Shaded: below 90 % (genotype) or 80 % (margin, first exam).",
    ]
    notes += [f"{left:,} earlier quarters are in quality.completeness."] if left else []
    return DataTable(
        numbering.table(), "Completeness and follow-up, by site and quarter.", columns, lines, notes, (), spans
    )


def _further(frame: pd.DataFrame, numbering: Numbering) -> list[Block]:
    """Return in how many patients of each site further genes and states are known; nothing if nobody's is."""
    known = {name: label for name, label in FURTHER.items() if name in frame and frame[name].sum() > 0}
    if not known:
        return []
    lines = []
    for site in selection.distinct(frame, "site"):
        own = frame[frame["site"] == site]
        n = int(own["n_patients"].sum())
        lines.append(Row([site, numbers.count(n), *(_share(int(own[name].sum()), n, 0.0) for name in known)]))
    columns = [Column("Site"), Column("Patients", True), *(Column(label, True) for label in known.values())]
    notes = ["Known: a test gave a clear result. Who was not tested is never counted as wild-type."]
    caption = "Further genes and states of the tumour, by site."
    return [DataTable(numbering.table(), caption, columns, lines, notes, (), [("", 2), ("Known, %", len(known))])]


def _follow_up(medians: dict[tuple[str, str, str], Any], site: str, quarter: str) -> list[str]:
    values: list[Any] = [medians.get((endpoint, site, quarter)) for endpoint in FOLLOW_UP]
    return [numbers.MISSING if numbers.is_missing(value) else f"{float(value):.1f}" for value in values]


def _row(label: str, rows: Sequence[dict[str, Any]], follow_up: Sequence[str]) -> Row:
    def total(name: str) -> int:
        return sum(int(row[name]) for row in rows)

    kras, ras, margin, first_exam, kept = (_share(total(n), total(of), floor) for n, of, floor in SHARES)
    overdue = total("n_exams_overdue")
    cells: list[Cell | str] = [label, numbers.count(total("n_patients")), kras, ras]
    cells += [numbers.count(total("n_lesions")), margin, first_exam, kept]
    cells.append(Cell(numbers.count(overdue), tone="" if overdue else "soft"))
    return Row([*cells, *follow_up])


def _share(n: int, of: int, floor_percent: float) -> Cell:
    if not of:
        return Cell(numbers.MISSING, tone="heat0")
    return Cell(numbers.percent(n / of, 0), tone="heat2" if 100 * n < floor_percent * of else "heat0")
