"""Lists the lesions of a cohort, a page at a time, in the order of their keys."""

from dataclasses import dataclass
from typing import Any

import duckdb

from explore import words
from warehouse.cohorts.attrition import LESION_KEY, Choice
from warehouse.cohorts.subjects import choice_of

ROWS = 25
"""Lesions on a page."""
SHOWN = (
    *("site", "patient_id", "lesion_id", "first_ablation_date", "max_diameter_mm", "segment", "modality", "approach"),
    *("minimal_margin_mm", "kras", "is_evaluable", "ltp", "ltpfs_months"),
)
PLAIN = ("site", "patient_id", "lesion_id")


@dataclass(frozen=True)
class Listed:
    """A page of the list: column names in words, and rows with their place in the list (from 1) and their cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    page: int
    n_pages: int


def listed(con: duckdb.DuckDBPyConnection, choice: Choice, page: int) -> Listed:
    """Return a page of the cohort's lesions; the last one if there are fewer."""
    n_pages = max(1, -(-choice.n_lesions // ROWS))
    page = min(page, n_pages)
    first = (page - 1) * ROWS
    found = con.execute(f"{_ordered(choice, ', '.join(SHOWN))} LIMIT {ROWS} OFFSET {first}").fetchall()
    rows = tuple((first + place, _in_words(row)) for place, row in enumerate(found, start=1))
    return Listed(tuple(words.column(name, "lesions") for name in SHOWN), rows, page, n_pages)


def key_at(con: duckdb.DuckDBPyConnection, choice: Choice, place: int) -> tuple[str, str, str] | None:
    """Return site, patient and lesion at a place of the list (from 1); None beyond its end."""
    row = con.execute(f"{_ordered(choice, LESION_KEY)} LIMIT 1 OFFSET {place - 1}").fetchone()
    return (row[0], row[1], row[2]) if row else None


def _ordered(choice: Choice, columns: str) -> str:
    return (
        f"SELECT {columns} FROM cohort.lesions SEMI JOIN ({choice_of(choice.lesions)}) USING ({LESION_KEY}) "  # noqa: S608
        f"ORDER BY {LESION_KEY}"
    )


def _in_words(row: tuple) -> tuple[str, ...]:
    return tuple(_cell(name, cell) for name, cell in zip(SHOWN, row, strict=True))


def _cell(name: str, cell: Any) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return str(cell) if name in PLAIN or not isinstance(cell, str) else words.value(name, cell)
