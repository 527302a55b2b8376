"""Tests what new columns of an export leave as it was: ids of entries, so that sheets and answers from before match;
and that a home from before them reads its archive again.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from schemas.exports import EXPORTS
from tests.warehouse.kit import SITE, new_kit
from warehouse.queries.entry_id import entry_id
from warehouse.raw.tables import are_of_earlier_code

SESSIONS = EXPORTS["rfa_sessions"]
BEFORE = [column.name for column in SESSIONS.columns if not column.came_later]
HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,segment"
OLD, NEW = "P1,S1,2024-01-05,L1,20,9", "P2,S1,2024-01-05,L1,20,9"


def of_old_code(cells: dict[str, str]) -> str:
    """The id as it was made before the margin had a method: a hash of the columns that there were."""
    parts = (SITE, "rfa_sessions", "LES-05", "segment", *(cells.get(name, chr(30)) for name in BEFORE))
    return hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:16]


@pytest.mark.long
def test_empty_new_columns_leave_an_id_as_it_was(tmp_path: Path) -> None:
    """Where margin_method and the others are empty, or absent, the id is what it was before they were columns; a filled
    one is part of it, in SQL as in Python.
    """
    with new_kit(tmp_path) as kit:
        kit.deliver(SITE, "rfa_sessions", "2024-06-30.csv", f"{HEADER},margin_method\n{OLD},\n{NEW},2d\n")
        kit.refresh()
        found = {row["key"].split("|")[0]: row["entry_id"] for row in kit.entries()}
    old, new = (dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in (OLD, NEW))
    assert found["P1"] == of_old_code(old)
    named = [(new | {"margin_method": "2d"}).get(column.name) for column in SESSIONS.columns]
    assert found["P2"] == entry_id("rfa_sessions", SITE, "LES-05", "segment", named) != of_old_code(new)


@pytest.mark.long
def test_a_home_without_a_new_column_reads_its_archive_again(tmp_path: Path) -> None:
    """Raw tables that lack a column of their export were loaded before it was one, and files of then may hold it."""
    with new_kit(tmp_path) as kit:
        assert not are_of_earlier_code(kit.con)
        kit.deliver(SITE, "rfa_sessions", "2024-06-30.csv", f"{HEADER}\n{OLD}\n")
        kit.refresh()
        assert not are_of_earlier_code(kit.con)
        kit.con.execute("ALTER TABLE raw.rfa_sessions DROP COLUMN margin_method")
        assert are_of_earlier_code(kit.con)
