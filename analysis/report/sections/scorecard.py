"""Section: the scorecard, how the rules fared by Kahn category, table and site, over releases, and what changed.

It shows no key, no line, no reason and no value of a patient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis.figures.quality_trend import quality_trend_figure
from analysis.report import numbers
from analysis.report.blocks import (
    Block,
    Callout,
    Cell,
    Column,
    DataTable,
    Heading,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.figure_block import figure_block
from analysis.report.sections import selection

EXPORTS = {
    "patients": "Patients",
    "rfa_sessions": "Sessions",
    "genotypes": "Genotypes",
    "imaging_followups": "Imaging",
    "treatments": "Treatments",
}
"""Tables with a column of violations of their own; every other table or suite counts under derived."""
HEAT_PER_1000 = ((50.0, "heat3"), (20.0, "heat2"), (5.0, "heat1"))
"""A cell is shaded from this many violations per 1,000 rows on: a reading aid, not a threshold of any rule."""
MAX_SITES = 30
MAX_CHANGES = 30
STATES = {"expired": "expired: fails again", "active": "in force", "unused": "in force, covers nothing now"}


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build canaries, trend, the card itself, sites, changes and exceptions; each is a sentence if there is nothing."""
    blocks: list[Block] = [_canaries(content)]
    if content.scorecard.empty:
        blocks.append(Paragraph("No rule has been checked yet."))
    else:
        card = content.scorecard
        is_total = card["site"].map(numbers.text) == ""
        blocks += _trend(content.trend, numbering)
        blocks.append(_card(card[is_total], numbering))
        blocks += _sites(card[~is_total], numbering)
    blocks += [Heading("Since the previous release"), *_changes(content, numbering)]
    blocks += [Heading("Accepted exceptions"), _exceptions(content.exceptions, numbering)]
    return Section("scorecard", "Scorecard", blocks)


def _canaries(content: ReportContent) -> Block:
    if content.canaries is None:
        return Paragraph("No defect was planted in this refresh, so there is no proof that the rules still work.")
    found, planted = content.canaries
    counts = f"{numbers.count(found)} of {numbers.count(planted)} planted defects found"
    if found < planted:
        return Callout("Missed defects.", f"Only {counts}: what a rule misses here, it may miss in the data.")
    return Paragraph(
        f"{counts}: every rule that a row can break was tried on made-up rows in this refresh and works. Categories "
        "are those of Kahn (2016): conformance to what was agreed, completeness, plausibility."
    )


def _trend(trend: pd.DataFrame, numbering: Numbering) -> list[Block]:
    if trend.empty:
        return []
    n_releases = trend["release_id"].nunique()
    now = trend[trend["release_id"] == trend["release_id"].iloc[-1]]
    failed = int(now["n_failed"].sum())
    told = "; ".join(
        f"{row['kahn_category']}: {_per_1000(row['per_1000'])} per 1,000 rows, "
        f"{row['n_failed']} of {row['n_rules']} failed"
        for row in selection.records(now)
    )
    figure = quality_trend_figure(trend)
    alt = f"Violations per 1,000 rows by Kahn category over {n_releases} releases. Now: {told}."
    note = (
        f"{failed} of {int(now['n_rules'].sum())} checks (rule and table) failed in this release. Each line has its "
        "own scale from zero. A new or redefined rule moves a line just as bad data does; the code "
        "version of each release is in its manifest."
    )
    caption = "Violations by Kahn category over the last releases; this release is the dot."
    return [figure_block(numbering.figure(), caption, figure, "quality-trend", alt, note)]


def _card(card: pd.DataFrame, numbering: Numbering) -> DataTable:
    tables = [name for name in EXPORTS if name in set(card["table_name"])]
    lines = []
    for category in sorted(set(card["kahn_category"])):
        lines.append(_card_row(category.capitalize(), card[card["kahn_category"] == category], tables, _heat))
    lines.append(_card_row("All", card, tables, _plain))
    columns = [Column("Category")]
    for _ in tables:
        columns += [Column("failed", True), Column("per 1,000", True)]
    columns.append(Column("failed", True))
    spans = [("", 1), *((EXPORTS[name], 2) for name in tables), ("Derived, registry", 1)]
    shades = ", ".join(f"{floor:g}" for floor, _ in reversed(HEAT_PER_1000))
    notes = (
        "Failed: rules that failed, of those checked. Per 1,000: violations per 1,000 rows of the table; a row that "
        f"breaks two rules counts twice. Shaded from {shades}. – : no rule of that category applies there. A rule "
        "that applies to several tables counts in each.",
    )
    return DataTable(numbering.table(), "Rules by Kahn category and table.", columns, lines, notes, (), spans)


def _card_row(label: str, part: pd.DataFrame, tables: list[str], rate: Callable[[float | None], Cell]) -> Row:
    cells: list[Cell | str] = [label]
    for name in tables:
        of_table = part[part["table_name"] == name]
        cells += [_failed(of_table), rate(_sum_per_1000(of_table))]
    cells.append(_failed(part[~part["table_name"].isin(EXPORTS)]))
    return Row(cells)


def _failed(part: pd.DataFrame) -> Cell:
    if part.empty:
        return Cell(numbers.MISSING, tone="soft")
    n_failed, n_rules = int(part["n_failed"].sum()), int(part["n_rules"].sum())
    return Cell(f"{n_failed} of {n_rules}", tone="" if n_failed else "soft")


def _sum_per_1000(part: pd.DataFrame) -> float | None:
    """Return violations per 1,000 rows over the scorecard's rows about one table (they share its rows)."""
    n_rows = int(part["n_rows"].max()) if len(part) else 0
    return 1000 * int(part["n_violations"].sum()) / n_rows if n_rows else None


def _per_1000(value: Any) -> str:
    if numbers.is_missing(value):
        return numbers.MISSING
    return f"{float(value):,.1f}" if value else "0"


def _heat(value: float | None) -> Cell:
    tone = next((tone for floor, tone in HEAT_PER_1000 if value is not None and value >= floor), "heat0")
    return Cell(_per_1000(value), tone=tone)


def _plain(value: float | None) -> Cell:
    return Cell(_per_1000(value), tone="heat0")


def _sites(card: pd.DataFrame, numbering: Numbering) -> list[Block]:
    """Build one line per site, those with the most violations per row first."""
    if card.empty:
        return []
    tables = [name for name in EXPORTS if name in set(card["table_name"])]
    of_site = {site: card[card["site"] == site] for site in selection.distinct(card, "site")}
    rates = {
        site: [_sum_per_1000(part[part["table_name"] == name]) for name in tables] for site, part in of_site.items()
    }
    worst = sorted(of_site, key=lambda site: (-sum(rate or 0.0 for rate in rates[site]), site))
    lines = [
        Row(
            [
                site,
                _failed(of_site[site]),
                numbers.count(of_site[site]["n_violations"].sum()),
                *map(_per_1000, rates[site]),
            ]
        )
        for site in worst[:MAX_SITES]
    ]
    columns = [Column("Site"), Column("Failed", True), Column("Violations", True)]
    columns += [Column(EXPORTS[name], True) for name in tables]
    left = len(worst) - MAX_SITES
    notes = ["Rules that a row can break, checked on the site's own rows. Sites with most violations come first."]
    notes += [f"{left:,} more sites are in quality.scorecard."] if left > 0 else []
    spans = [("", 3), ("Violations per 1,000 rows of", len(tables))]
    return [DataTable(numbering.table(), "Rules by site.", columns, lines, notes, (), spans)]


def _changes(content: ReportContent, numbering: Numbering) -> list[Block]:
    frame = content.changes
    if content.parent_release is None:
        return [Paragraph("This is the first release, so every quarantine entry is new.")]
    kinds = ["new", "still_open", "resolved"]
    if frame.empty:
        return [Paragraph("No quarantine entry is open, and none was resolved.")]
    new, still_open, resolved = (numbers.count(frame[kind].sum()) for kind in kinds)
    summary = f"{new} quarantine entries are new since release {content.parent_release}, {still_open} still open, "
    blocks: list[Block] = [Paragraph(summary + f"{resolved} resolved.")]
    moved = frame[(frame["new"] > 0) | (frame["resolved"] > 0)]
    if moved.empty:
        return blocks
    moved = moved.sort_values(["new", "resolved", "rule_id", "site"], ascending=[False, False, True, True])
    lines = [
        Row([row["rule_id"], row["site"], *(_count(row[kind]) for kind in kinds)])
        for row in selection.records(moved.head(MAX_CHANGES))
    ]
    columns = [Column("Rule"), Column("Site"), Column("New", True), Column("Still open", True)]
    columns.append(Column("Resolved", True))
    left = len(moved) - MAX_CHANGES
    notes = [f"{left:,} more lines can be counted from quality.changes."] if left > 0 else []
    blocks.append(DataTable(numbering.table(), "New and resolved entries, by rule and site.", columns, lines, notes))
    return blocks


def _count(value: Any) -> Cell:
    return Cell(numbers.count(value), tone="" if value else "soft")


def _exceptions(frame: pd.DataFrame, numbering: Numbering) -> Block:
    if frame.empty:
        return Paragraph("No exception has been accepted.")
    lines = [
        Row(
            [
                row["rule_id"],
                numbers.text(row["site"]) or "every site",
                numbers.count(row["n"]),
                numbers.text(row["first_until"]) or numbers.MISSING,
                Cell(
                    STATES.get(numbers.text(row["state"]), numbers.text(row["state"])),
                    tone="bad" if row["state"] == "expired" else "",
                ),
            ]
        )
        for row in selection.records(frame)
    ]
    columns = [Column("Rule"), Column("Site"), Column("Exceptions", True), Column("First ends", is_tight=True)]
    columns.append(Column("State"))
    notes = (
        "Signed off by a person until a date; afterwards the rule fails again. Without a date: confirmed by the site, "
        "and valid as long as the row does not change. Reasons: quality.exceptions.",
    )
    return DataTable(numbering.table(), "Exceptions, by rule and site.", columns, lines, notes)
