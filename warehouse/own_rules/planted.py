"""Makes canaries, known-bad and known-good rows, of what a rule's file says.

    - bad: {modality: mwa, power_w: 39}
    - good: {modality: mwa, power_w: 40}
    - bad: {exam_date: 2019-01-01}
      with: {rfa_sessions: [{session_date: 2020-03-10}, {lesion_id: L-2}]}

Cells are text, as a site delivers them; those that are not given are those of a sound row of the export. `with` adds
rows of other exports, or further rows of the same. Without it, a patient has the one sound session.
"""

from collections.abc import Iterator
from typing import Any

from schemas.canary import Canary, PlantedRow, Scope, bad, found, row, session, silent
from schemas.exports import EXPORTS
from warehouse.own_rules.refusal import RuleRefused, listed, mapping, near

KINDS = ("bad", "good")
MOST_TIMES = 1_000


def canaries_of(
    given: Any, rule_id: str, export: str, column: str, scope: Scope, is_on_table: bool = False
) -> tuple[Canary, ...]:
    """Return the canaries. RuleRefused without a bad or a good one, and if a bad and a good one are the same.

    Those of a rule about a whole table may say `times`: that many patients have these rows.
    """
    made: dict[str, list[tuple[PlantedRow, ...]]] = {kind: [] for kind in KINDS}
    for number, one in enumerate(listed(given, "`canaries`"), start=1):
        what = f"Canary {number}"
        said = mapping(one, what, (*KINDS, "with", *(("times",) if is_on_table else ())))
        kinds = [kind for kind in KINDS if kind in said]
        if len(kinds) != 1:
            raise RuleRefused(f"{what} is not either bad or good.", "Begin it with `bad:` or with `good:`.")
        planted = PlantedRow(export, row(export, **_cells(said[kinds[0]], export, what)).cells)
        others = tuple(_others(said.get("with"), what))
        if export != "rfa_sessions" and not any(other.export == "rfa_sessions" for other in others):
            others = (session(), *others)
        made[kinds[0]].append(_copies((*others, planted), _times(said.get("times", "1"), what)))
    for kind in KINDS:
        if not made[kind]:
            cure = "Add the row under customProperties, `canaries`, so that every night proves that the rule bites."
            raise RuleRefused(f"The rule has no known-{kind} row.", cure)
    if any(rows in made["good"] for rows in made["bad"]):
        raise RuleRefused("Two canaries contradict each other: the same rows are bad and good.", "Correct one of them.")
    return (
        *(found(rule_id, column or None, scope, *rows[:-1], bad(rows[-1])) for rows in made["bad"]),
        *(silent(rule_id, export, column or None, *rows) for rows in made["good"]),
    )


def _times(given: Any, what: str) -> int:
    if not (isinstance(given, str) and given.isdigit() and 1 <= int(given) <= MOST_TIMES):
        raise RuleRefused(f"{what} has no number as `times`.", f"Write a whole number from 1 to {MOST_TIMES}.")
    return int(given)


def _copies(rows: tuple[PlantedRow, ...], times: int) -> tuple[PlantedRow, ...]:
    """Return the rows as they are, or of so many patients."""
    if times == 1:
        return rows
    return tuple(
        PlantedRow(one.export, one.cells | {"patient_id": f"{one.cells['patient_id']}-{number}"})
        for number in range(1, times + 1)
        for one in rows
    )


def _others(given: Any, what: str) -> Iterator[PlantedRow]:
    if given in (None, ""):
        return
    for export, rows in mapping(given, f"`with` of {what.lower()}", EXPORTS).items():
        for one in rows if isinstance(rows, list) else [rows]:
            yield row(export, **_cells(one, export, what))


def _cells(given: Any, export: str, what: str) -> dict[str, str]:
    if given in (None, "", {}):
        return {}
    names = EXPORTS[export].column_names
    cells = mapping(given, what)
    for name, cell in cells.items():
        if name not in names:
            raise RuleRefused(f"{what} names {name!r}, which {export} does not have.", near(name, names))
        if not isinstance(cell, str):
            raise RuleRefused(f"{what}: {name} is not a cell.", "Write one value.")
    return cells
