"""The morning note with its keys: the file beside the page, and what `registry diff` prints.

Whoever may read a release may read this; it never goes into a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.report import numbers
from analysis.report.blocks import Block, Column, DataTable, Heading, Numbering, Row, Section
from analysis.report.morning_note import MorningNote
from analysis.report.sections import morning_note

FEW_ENTRIES = 50
NAMES = {
    "lesions": "Lesion",
    "sessions": "Session",
    "exams": "Exam",
    "specimens": "Specimen",
    "treatments": "Treatment",
}


def build(note: MorningNote) -> Section:
    """Build the whole note, with keys."""
    numbering = Numbering()
    blocks = morning_note.opening(note, numbering)
    if note.before and not note.failure:
        blocks += morning_note.changes(note, numbering)
        by_key = [
            *_new_ltp(note, numbering),
            *_endpoints(note, numbering),
            *_things(note, numbering),
            *_entries(note, numbering),
        ]
        blocks += [Heading("By key"), *by_key] if by_key else []
    return Section("changes", "Morning note", blocks)


def _new_ltp(note: MorningNote, numbering: Numbering) -> list[Block]:
    if not note.new_ltp:
        return []
    lines = [
        Row(
            [
                patient(row),
                row["lesion_id"] + (" (new lesion)" if row["is_new_lesion"] else ""),
                numbers.text(row["ltp_date"]),
                _months(row["months"]),
                _by(row),
            ]
        )
        for row in note.new_ltp
    ]
    columns = [Column("Patient"), Column("Lesion"), Column("LTP on"), Column("After, months", True), Column("Shown by")]
    notes = morning_note.left(note, "new_ltp", lines)
    return [_table(numbering, "Lesions with new LTP.", columns, lines, notes)]


def _endpoints(note: MorningNote, numbering: Numbering) -> list[Block]:
    if not note.endpoints:
        return []
    lines = [
        Row(
            [
                patient(row),
                numbers.text(row["lesion_id"]) or "patient",
                row["endpoints"],
                state(row, "was"),
                state(row, "now"),
                _by(row),
            ]
        )
        for row in note.endpoints
    ]
    columns = [Column(name) for name in ("Patient", "Of", "Endpoints", "Was", "Is", "By")]
    notes = morning_note.left(note, "endpoints", lines)
    return [_table(numbering, "Endpoints that flipped or moved, by patient.", columns, lines, notes)]


def _things(note: MorningNote, numbering: Numbering) -> list[Block]:
    blocks: list[Block] = []
    totals = {row["thing"]: row["new"] + row["changed"] + row["withdrawn"] for row in note.counts}
    for thing, rows in note.things.items():
        if not rows:
            continue
        lines = [
            Row([patient(row), *([row["name"]] if thing in NAMES else []), row["change"], _differs(row), _by(row)])
            for row in rows
        ]
        columns = [Column("Patient"), *([Column(NAMES[thing])] if thing in NAMES else [])]
        columns += [Column("Change"), Column("Differs in"), Column("By")]
        more = totals.get(thing, 0) - len(rows)
        notes = (f"{more:,} more are not listed.",) if more > 0 else ()
        caption = f"{thing.capitalize()} that are new, changed or withdrawn."
        blocks.append(_table(numbering, caption, columns, lines, notes))
    return blocks


def _entries(note: MorningNote, numbering: Numbering) -> list[Block]:
    if not note.entry_counts:
        return []
    lines = [
        Row([row["rule_id"], row["site"], numbers.count(row["new"]), numbers.count(row["resolved"])])
        for row in note.entry_counts
    ]
    columns = [Column("Rule"), Column("Site"), Column("New", True), Column("Resolved", True)]
    caption = "Quarantine entries, by rule and site."
    blocks: list[Block] = [_table(numbering, caption, columns, lines)]
    if note.totals.get("entries", 0) <= FEW_ENTRIES:
        lines = [
            Row([row["change"], row["rule_id"], numbers.text(row["column_name"]), _printable(row["key"]), _by(row)])
            for row in note.entries
        ]
        columns = [Column(name) for name in ("Change", "Rule", "Column", "Key", "Found in")]
        blocks.append(_table(numbering, "Quarantine entries that are new or resolved.", columns, lines))
    return blocks


def _table(numbering: Numbering, caption: str, columns: list[Column], lines: list[Row], notes: tuple = ()) -> DataTable:
    return DataTable(numbering.table(), caption, columns, lines, notes)


def patient(row: Mapping[str, Any]) -> str:
    """'north / P-17'."""
    return _printable(f"{row['site']} / {row['patient_id']}")


def _differs(row: Mapping[str, Any]) -> str:
    return ", ".join(row["differs"] or [])


def state(row: Mapping[str, Any], side: str) -> str:
    """'LTP 2021-03-01 (14.20 mo)'; 'not evaluable'."""
    when = numbers.text(row[f"{side}_date"])
    months = f" ({_months(row[f'{side}_months'])} mo)" if when else ""
    return " ".join(part for part in (row[side], when) if part) + months


def _by(row: Mapping[str, Any]) -> str:
    """'north/imaging_followups/2024.csv, line 3 (was set aside: IMG-03)', or the reason alone."""
    where, why = morning_note.delivery(row), numbers.text(row.get("why"))
    where += f", line {row['line']}" if where and not numbers.is_missing(row.get("line")) else ""
    return _printable(f"{where} ({why})" if where and why else where or why)


def _months(value: Any) -> str:
    return numbers.MISSING if numbers.is_missing(value) else f"{float(value):.2f}"


def _printable(text: Any) -> str:
    """Return text of a delivery without control characters."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in numbers.text(text))
