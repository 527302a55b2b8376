"""Section: what changed since the previous release, and how each main estimate moved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from analysis.plan.estimate_changes import PARTS, Figure, Movement
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Callout, Column, DataTable, Link, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.morning_note import MorningNote

FILE = "morning_note.md"
TITLE = "What changed"
ENTRIES_BELOW = "The scorecard section shows quarantine entries by rule and site."
CAME_IN = {
    "patients": "Patient records accepted",
    "lesions": "Ablated lesions",
    "evaluable_lesions": "Lesions evaluable for LTP",
    "lesions_with_ltp": "Lesions with LTP",
    "exams": "Exams",
    "accepted_deliveries": "Deliveries accepted",
    "rejected_deliveries": "Deliveries rejected",
    "entries": "Open quarantine entries",
}
FACTORS = {
    "code": "Code, definitions",
    "corrected": "Corrected data",
    "followed": "New follow-up",
    "new": "New patients",
}
QUANTITIES = {
    "rate": "Share with LTP, %",
    "survival_12m": "Alive without LTP at 12 months, % (Kaplan-Meier)",
    "hazard_ratio": "Hazard ratio of LTP or death (Cox, adjusted)",
    "odds_ratio": "Odds ratio of LTP (logistic, adjusted)",
}
ORDER = (
    "One factor is changed at a time, in this order: first the earlier release's rows are analysed with today's code "
    "and definitions; then patients with a row that was corrected, withdrawn or released from quarantine get the rows "
    "they have now, and those who left are taken out; then the new exams, sessions, specimens and deaths of the other "
    "patients are added; then the new patients. The parts add up to the movement. Rules that set rows aside act before "
    "that: the effect of a changed rule counts as corrected data."
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build the page's section; it names no patient."""
    note = content.morning_note
    if note is None:
        return Section("changes", TITLE, [Paragraph("This page was made without comparing releases.")])
    if not note.before and not note.failure:
        return Section("changes", TITLE, [Paragraph(_first(note)), *_overdue(note)])
    blocks = opening(note, numbering)
    if note.before and not note.failure:
        blocks += changes(note, numbering)
        blocks.append(Paragraph(ENTRIES_BELOW))
        blocks.append(Link("The morning note beside this page lists the patients by key.", FILE))
    return Section("changes", TITLE, blocks)


def _first(note: MorningNote) -> str:
    """Say what was received, except for the patients and lesions that the flow beside it counts."""
    n = {name: note.came_in.get(name) or 0 for name in CAME_IN}
    return (
        "This is the first release, so there is none to compare it with. It rests on "
        f"{numbers.counted(n['exams'], 'exam')} and {_deliveries_text(n['accepted_deliveries'])}; "
        f"{_deliveries_text(n['rejected_deliveries'])} {'were' if n['rejected_deliveries'] > 1 else 'was'} "
        f"rejected, and {numbers.count(n['entries'])} rows or values are set aside."
    )


def _deliveries_text(n: int) -> str:
    return f"{n:,} deliver{'y' if n == 1 else 'ies'}" if n else "no delivery"


def opening(note: MorningNote, numbering: Numbering) -> list[Block]:
    """Say what is compared with what, or why nothing is."""
    if note.failure:
        text = f"Comparing this release with the previous one failed ({note.failure}). The release itself is complete."
        return [Callout("No comparison.", text)]
    if not note.before:
        lines = [Row([label, numbers.count(note.came_in.get(name))]) for name, label in CAME_IN.items()]
        return [
            Paragraph("This is the first release, so there is none to compare it with."),
            DataTable(numbering.table(), "What was received.", [Column(""), Column("Number", True)], lines),
            *_of_sites(note),
            *_overdue(note),
        ]
    blocks: list[Block] = [Paragraph(f"Release {note.after}, compared with release {note.before}.")]
    if note.missing_parent:
        text = f"Release {note.missing_parent}, which came before this one, is no longer kept: this note goes "
        blocks.append(Callout("Not the previous release.", text + "further back."))
    return blocks


def changes(note: MorningNote, numbering: Numbering) -> list[Block]:
    """Show what was added, changed and withdrawn, then estimates, endpoints, deliveries, what the registry states for
    itself, and quality.
    """
    return [
        _counts(note, numbering),
        *_estimates(note, numbering),
        *_endpoints(note, numbering),
        *_deliveries(note, numbering),
        *_stated(note, numbering),
        *_of_sites(note),
        *_overdue(note),
        _entries(note),
    ]


def _counts(note: MorningNote, numbering: Numbering) -> Block:
    total = {name: sum(row[name] for row in note.counts) for name in ("new", "changed", "withdrawn")}
    if not any(total.values()):
        return Paragraph("No accepted row was added, changed or withdrawn.")
    new_ltp, gone_ltp = note.totals.get("new_ltp", 0), note.totals.get("gone_ltp", 0)
    total["withdrawn"] += gone_ltp
    names = [name for name, n in total.items() if n or name != "withdrawn"]
    lines = [
        Row([row["thing"].capitalize(), *(numbers.count(row[name]) for name in names)])
        for row in note.counts
        if any(row[name] for name in names)
    ]
    if new_ltp or gone_ltp:
        cells = {"new": numbers.count(new_ltp), "changed": "", "withdrawn": numbers.count(gone_ltp)}
        lines.append(Row(["Lesions with LTP", *(cells[name] for name in names)]))
    columns = [Column(""), *(Column(name.capitalize(), True) for name in names)]
    notes = (
        "A patient counts as changed if any accepted row of theirs was added, changed or withdrawn; likewise sessions, "
        "exams and specimens." + (" Withdrawn: no longer delivered, or now set aside." if "withdrawn" in names else ""),
    )
    return DataTable(numbering.table(), "What was added, changed and withdrawn.", columns, lines, notes)


def _estimates(note: MorningNote, numbering: Numbering) -> list[Block]:
    lines, label = [], ""
    if note.movements and not any(did_move(movement) for movement in note.movements):
        return [Paragraph("No main estimate moved.")]
    for movement in note.movements:
        if not did_move(movement):
            continue
        name = QUANTITIES.get(movement.figure.quantity, movement.figure.quantity)
        if name != label:
            lines.append(Row([name], is_group=True))
            label = name
        lines.append(_movement(movement))
    if not lines:
        return []
    columns = [Column("Estimate"), Column("Before", True), Column("Now", True), Column("Movement", True)]
    columns += [Column(FACTORS[part], True) for part in PARTS]
    notes = [note.why_no_split or ORDER]
    still = [_named(movement.figure) for movement in note.movements if not did_move(movement)]
    notes += [f"Did not move: {'; '.join(still)}."] if still else []
    if any(one.before.value is None and one.after.value is not None for one in note.movements):
        notes.append(f"{numbers.MISSING} under Before: the earlier release does not hold that estimate.")
    if not note.why_no_split:
        notes.append(_about(note))
    spans = [("", 4), ("of which", len(PARTS))]
    return [DataTable(numbering.table(), "How the main estimates moved.", columns, lines, notes, (), spans)]


def did_move(movement: Movement) -> bool:
    """Return whether the estimate changed, or any part of its movement is not zero."""
    is_other = movement.before.value != movement.after.value or bool(movement.total)
    return is_other or any((movement.parts or {}).values())


def _named(figure: Figure) -> str:
    name = re.sub(r", %| \(.*\)$", "", QUANTITIES.get(figure.quantity, figure.quantity))
    name = name[0].lower() + name[1:]
    return name if figure.stratum == "overall" else f"{name}, KRAS {labels.stratum('kras', figure.stratum).lower()}"


def _about(note: MorningNote) -> str:
    counted = {name: numbers.count(n) for name, n in note.patients_moved.items() if n is not None}
    new, corrected, followed, gone = (counted.get(name, "0") for name in ("new", "corrected", "followed", "left"))
    text = f"Patients as the estimates count them: new {new}, corrected {corrected}, with new follow-up {followed}, "
    text += f"left {gone}"
    if note.is_same_code:
        return text + ". Both releases were made by the same code, so the part for code is zero by construction."
    return text + f"; counted differently by today's code {counted.get('by_code', '0')}."


def _movement(movement: Movement) -> Row:
    figure = movement.figure
    name = "All" if figure.stratum == "overall" else f"KRAS {labels.stratum('kras', figure.stratum).lower()}"
    before, after = (value_text(e.value, figure) + _of(e, figure) for e in (movement.before, movement.after))
    parts = [signed_text(movement.parts[part], figure) if movement.parts else numbers.MISSING for part in PARTS]
    return Row([name, before, after, signed_text(movement.total, figure), *parts])


def _of(estimate: Any, figure: Figure) -> str:
    return f" ({estimate.n_events:,}/{estimate.n:,})" if figure.quantity == "rate" and estimate.n else ""


def value_text(value: Decimal | None, figure: Figure) -> str:
    """Print a ratio as it is, a share as a percentage."""
    if value is None:
        return numbers.MISSING
    return str(value) if figure.quantity.endswith("_ratio") else f"{100 * value:.2f}"


def signed_text(value: Decimal | None, figure: Figure) -> str:
    """Print the same value with its sign."""
    if value is None or not value:
        return numbers.MISSING if value is None else "0"
    return ("+" if value > 0 else "\N{MINUS SIGN}") + value_text(abs(value), figure)


def _endpoints(note: MorningNote, numbering: Numbering) -> list[Block]:
    if not note.endpoint_counts:
        return [Paragraph("No endpoint of a patient who is in both releases flipped or moved.")]
    lines = [
        Row([row["endpoint"], labels.level(row["level"]), numbers.count(row["flipped"]), numbers.count(row["moved"])])
        for row in note.endpoint_counts
    ]
    columns = [Column("Endpoint"), Column("Unit"), Column("Flipped", True), Column("Moved", True)]
    notes: tuple[str, ...] = (
        "Only patients in both releases. Flipped: another event, or evaluable now but not before, or the reverse. "
        "Moved: the same status, at another time.",
    )
    caption = "Endpoints that flipped or moved."
    blocks: list[Block] = [DataTable(numbering.table(), caption, columns, lines, notes)]
    lines = [
        Row([delivery(row) or numbers.text(row["why"]), numbers.count(row["flipped"]), numbers.count(row["moved"])])
        for row in note.by_delivery
    ]
    columns = [Column("By"), Column("Flipped", True), Column("Moved", True)]
    notes = left(note, "by_delivery", lines)
    return [*blocks, DataTable(numbering.table(), "Which deliveries caused this.", columns, lines, notes)]


def delivery(row: Mapping[str, Any]) -> str:
    """Return where the file lies of a row that names a delivery, '' for one that does not."""
    if row.get("file"):
        return str(row["file"])
    parts = [numbers.text(row.get(name)) for name in ("site", "export", "delivery")]
    return "/".join(parts) if parts[-1] else ""


def _deliveries(note: MorningNote, numbering: Numbering) -> list[Block]:
    if not note.deliveries:
        return [Paragraph("No delivery arrived.")]
    lines = []
    for row in note.deliveries:
        is_accepted = row["status"] == "accepted"
        cells = [numbers.count(row[name]) for name in ("rows_received", "new", "changed", "keys_withdrawn")]
        lines.append(Row([delivery(row), *(cells if is_accepted else [""] * 4), "" if is_accepted else row["reason"]]))
    columns = [Column("Delivery"), Column("Rows", True), Column("New", True), Column("Changed", True)]
    columns += [Column("Withdrawn", True), Column("Does not count because")]
    return [DataTable(numbering.table(), "Deliveries that arrived.", columns, lines, left(note, "deliveries", lines))]


def _stated(note: MorningNote, numbering: Numbering) -> list[Block]:
    """Show which rules, suites, thresholds and exceptions of the registry came, changed or went."""
    if not note.stated:
        return []
    lines = [Row([row["kind"], _several(row), row["site"], row["change"], row["file"]]) for row in note.stated]
    columns = [Column(name) for name in ("What", "Name", "Site", "Change", "File")]
    caption = "What the registry states for itself, and has changed."
    return [DataTable(numbering.table(), caption, columns, lines, left(note, "stated", lines))]


def _several(row: Mapping[str, Any]) -> str:
    return row["name"] if row["n"] == 1 else f"{row['n']:,} × {row['name']}"


def _overdue(note: MorningNote) -> list[Block]:
    return [Callout(f"Overdue: {row['place']}.", row["sentence"]) for row in note.overdue]


def _of_sites(note: MorningNote) -> list[Block]:
    """Report what is wrong with sites' deliveries: new and serious points one by one, the rest as counts. Why a
    delivery was rejected is shown with the deliveries that arrived, except in a first release.
    """
    blocks: list[Block] = [
        Callout(f"{row['kind']}: {row['place']}.", numbers.text(row["sentence"]))
        for row in note.site_notes
        if not (note.before and row["kind"] == "Rejected")
    ]
    return [*blocks, *([Paragraph(note.site_notes_counted)] if note.site_notes_counted else [])]


def left(note: MorningNote, name: str, shown: list[Row]) -> tuple[str, ...]:
    """Return a note on how many more there are than the table shows; empty if it shows all."""
    more = note.totals.get(name, len(shown)) - len(shown)
    return (f"{more:,} more are not listed.",) if more > 0 else ()


def _entries(note: MorningNote) -> Block:
    new, resolved = (sum(row[name] for row in note.entry_counts) for name in ("new", "resolved"))
    return Paragraph(f"Quarantine entries: {new:,} new, {resolved:,} resolved.")
