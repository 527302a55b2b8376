"""Lists the defects of the demonstration study by the file and line in which they were planted."""

from __future__ import annotations

from dataclasses import dataclass

from synthetic.study import files_of_study


@dataclass(frozen=True)
class PlantedDefect:
    """A defect in a delivered file: where it is and what must become of it.

    `line` counts data rows from 1; `key` holds the key columns in the contract's order. `scope` is as in
    synthetic.defects.CellDefect, or 'corrected': a later delivery corrects the row, so that nothing is open in the end.
    """

    export: str
    file: str
    line: int
    key: tuple[str, ...]
    column_name: str
    rule_id: str
    scope: str


def planted_defects() -> list[PlantedDefect]:
    """Return every planted defect with file and line, and what must become of it (see PlantedDefect)."""
    return [
        PlantedDefect(export, style.name, line, row.key, column, rule_id, scope)
        for export, files in files_of_study().items()
        for style, rows in files
        for line, row in enumerate(rows, start=1)
        for rule_id, scope, column in row.defects
    ]
