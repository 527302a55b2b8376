"""What another definition of an endpoint would change: the output of `registry what-moved`.

Whoever may read a release may read this; it never goes into a log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.plan.estimate_changes import Movement
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Column, DataTable, Heading, Numbering, Paragraph, Row, Section
from analysis.report.sections.morning_note import signed_text, value_text
from analysis.report.sections.morning_note_keys import patient, state

Rows = Sequence[Mapping[str, Any]]
QUANTITIES = {
    "survival": "Free of the event at {} months, % (Kaplan-Meier)",
    "incidence": "With the event at {} months, % (cumulative incidence)",
    "hazard_ratio": "Hazard ratio (Cox, adjusted)",
}


@dataclass(frozen=True)
class WhatMoved:
    """What the comparison found: release id, endpoint, names of the definitions (`was` is empty if the release holds
    none), `levels` (level, n_before, n_after), `counts` (level, flipped, moved), `ways` (level, kind, was, now, n),
    `rows` by key (the first of `n_rows`), `n_reworded`, and the movements of each level.
    """

    release: str
    endpoint: str
    was: Sequence[str]
    now: Sequence[str]
    levels: Rows
    counts: Rows
    ways: Rows
    rows: Rows
    n_rows: int
    n_reworded: int
    movements: Mapping[str, Sequence[Movement]] = field(default_factory=dict)


def build(found: WhatMoved) -> Section:
    """The whole answer."""
    numbering = Numbering()
    blocks: list[Block] = [Paragraph(_opening(found)), _subjects(found, numbering)]
    if found.n_reworded:
        blocks.append(Paragraph(f"{found.n_reworded:,} subjects keep event and dates but are described differently."))
    blocks += _ways(found, numbering)
    for level, movements in found.movements.items():
        blocks.append(_estimates(level, movements, numbering))
    blocks += _keys(found, numbering)
    return Section("what-moved", f"What {' and '.join(found.now)} would move", blocks)


def _opening(found: WhatMoved) -> str:
    now, was = " and ".join(found.now), " and ".join(found.was)
    if not found.was:
        return f"{now} on release {found.release}, which holds no {found.endpoint} at that level: every subject is new."
    return f"{now} on release {found.release}, compared with {was} as the release holds it. Nothing was changed."


def _subjects(found: WhatMoved, numbering: Numbering) -> Block:
    by_level = {row["level"]: row for row in found.counts}
    lines = []
    for row in found.levels:
        changed = by_level.get(row["level"], {"flipped": 0, "moved": 0})
        cells = [row["n_before"], row["n_after"], changed["flipped"], changed["moved"]]
        lines.append(Row([labels.level(row["level"]).capitalize(), *(numbers.count(n) for n in cells)]))
    columns = [Column(""), *(Column(name, True) for name in ("Before", "After", "Flipped", "Moved"))]
    notes = (
        "Flipped: another event, a row now but none before, or the reverse. Moved: the same status, another time.",
    )
    return DataTable(numbering.table(), "Subjects, and how many change.", columns, lines, notes)


def _ways(found: WhatMoved, numbering: Numbering) -> list[Block]:
    if not found.ways:
        return [Paragraph("No subject's event or time changes.")]
    lines = [
        Row([labels.level(row["level"]).capitalize(), row["kind"], row["was"], row["now"], numbers.count(row["n"])])
        for row in found.ways
    ]
    columns = [Column(""), Column("Change"), Column("Was"), Column("Would be"), Column("Subjects", True)]
    return [DataTable(numbering.table(), "Changes by kind.", columns, lines)]


def _estimates(level: str, movements: Sequence[Movement], numbering: Numbering) -> Block:
    lines, label = [], ""
    for movement in movements:
        kind, _, months = movement.figure.quantity.partition("_")
        name = QUANTITIES.get(kind, QUANTITIES["hazard_ratio"]).format(months.removesuffix("m"))
        if name != label:
            lines.append(Row([name], is_group=True))
            label = name
        lines.append(_movement(movement))
    columns = [Column("Estimate"), Column("Before", True), Column("After", True), Column("Movement", True)]
    notes = ("In brackets: events/subjects. \N{EN DASH}: not estimated, or withheld because events are too few.",)
    return DataTable(numbering.table(), f"How its main estimates move, {labels.level(level)}.", columns, lines, notes)


def _movement(movement: Movement) -> Row:
    figure = movement.figure
    name = "All" if figure.stratum == "overall" else f"KRAS {labels.stratum('kras', figure.stratum).lower()}"
    cells = [
        value_text(side.value, figure) + (f" ({side.n_events:,}/{side.n:,})" if side.n else "")
        for side in (movement.before, movement.after)
    ]
    return Row([name, *cells, signed_text(movement.total, figure)])


def _keys(found: WhatMoved, numbering: Numbering) -> list[Block]:
    if not found.rows:
        return []
    lines = [
        Row(
            [
                patient(row),
                numbers.text(row["lesion_id"]) or "patient",
                row["kind"],
                state(row, "was"),
                state(row, "now"),
            ]
        )
        for row in found.rows
    ]
    columns = [Column(name) for name in ("Patient", "Of", "Change", "Was", "Would be")]
    more = found.n_rows - len(found.rows)
    notes = (f"{more:,} more are not listed.",) if more > 0 else ()
    return [Heading("By key"), DataTable(numbering.table(), "Subjects that change.", columns, lines, notes)]
