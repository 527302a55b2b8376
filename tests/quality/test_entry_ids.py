"""An entry's id, by which a sheet's answers find their row, outlives columns that join the contract."""

from __future__ import annotations

import hashlib

import duckdb
import pytest

from schemas.exports import EXPORTS
from tests.variants import quick
from warehouse.queries.entry_id import ID_DIGITS, entry_id, entry_id_sql, fingerprint_text

EXPORT = EXPORTS["rfa_sessions"]
LATER = [column.name for column in EXPORT.columns if column.came_later]
BEFORE = [column.name for column in EXPORT.columns if not column.came_later]
CELLS = {"patient_id": "P1", "session_id": "S1", "session_date": "2020-01-01", "lesion_id": "L1"}
CELLS |= {"max_diameter_mm": "999", "modality": "rfa"}
NEW = ("referral_date", "decision_date", "operator_id")


def in_sql(cells: dict[str, str]) -> str:
    """The id of a raw row with these cells, as the quarantine has it."""
    columns = ", ".join(f"?::VARCHAR AS {name}" for name in EXPORT.column_names)
    made = entry_id_sql(EXPORT, fingerprint_text(EXPORT), "'north'", "'LES-03'", "'max_diameter_mm'")
    row = duckdb.connect().execute(
        f"SELECT {made} FROM (SELECT {columns}, NULL::VARCHAR AS delivered_as)",
        [cells.get(name) for name in EXPORT.column_names],
    )
    return str(row.fetchall()[0][0])


def in_python(cells: dict[str, str]) -> str:
    """The same id, as an answer's row is compared."""
    held = [cells.get(name) for name in EXPORT.column_names]
    return entry_id(EXPORT.name, "north", "LES-03", "max_diameter_mm", held)


def as_in_0_1(cells: dict[str, str]) -> str:
    """The id that version 0.1 gave the row, which knew none of the later columns."""
    parts = ["north", EXPORT.name, "LES-03", "max_diameter_mm", *(cells.get(name, chr(30)) for name in BEFORE)]
    return hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:ID_DIGITS]


def test_a_row_without_the_later_columns_keeps_its_id() -> None:
    """A sheet that was sent before still fits, in SQL and in Python."""
    assert set(NEW) <= set(LATER)
    assert in_sql(CELLS) == in_python(CELLS) == as_in_0_1(CELLS)


@pytest.mark.long
@pytest.mark.parametrize("name", quick(1, LATER))
def test_a_filled_later_column_is_part_of_the_id(name: str) -> None:
    """A row whose new cell changes is another one, and no two columns with one value are taken for each other."""
    own = CELLS | {name: "2019-12-01"}
    assert in_sql(own) == in_python(own) != in_sql(CELLS)
    others = {in_sql(CELLS | {other: "2019-12-01"}) for other in LATER}
    assert len(others) == len(LATER)
