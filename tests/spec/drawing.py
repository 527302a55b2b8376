"""Drawn tables: text with one row per line and cells between bars.

imaging_followups
exam_date  | lesion_status | distance_to_zone_mm
2020-02-01 | no_viable     |
2020-04-01 | ltp           | 10
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Drawn:
    """A drawn table: its name (empty for the expected result), the columns shown and the cells as text."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def cells_of(line: str) -> tuple[str, ...]:
    """The cells of one line, trimmed."""
    return tuple(cell.strip() for cell in line.split("|"))


def read_table(text: str, name: str = "") -> Drawn:
    """Read a header line and row lines; ValueError where a row has not as many cells as the header."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    columns = cells_of(lines[0]) if lines else ()
    rows = tuple(cells_of(line) for line in lines[1:])
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{len(columns)} columns, but {len(row)} cells: {row}")
    return Drawn(name, columns, rows)


def read_tables(text: str) -> list[Drawn]:
    """Read tables under one another: each has its name on the first line, and an empty line parts them."""
    blocks = [block.strip("\n") for block in text.strip().split("\n\n")]
    tables = []
    for block in blocks:
        name, _, body = block.strip().partition("\n")
        if "|" in name:
            raise ValueError(f"a table without a name: {name}")
        tables.append(read_table(body, name.strip()))
    return tables


def draw_cell(column: str, value: Any) -> str:
    """A value as it is drawn: empty for null, months with two digits, lists with spaces between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return " ".join(value)
    if column.endswith("months"):
        return f"{value:.2f}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def draw_rows(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Rows as cells of the given columns, sorted, so that two drawings of the same rows are equal."""
    return sorted(tuple(draw_cell(column, row[column]) for column in columns) for row in rows)


def as_markdown(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A drawn table as Markdown."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
