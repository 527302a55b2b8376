"""Tests that the contract of a derived table sees a null, a wrong type and a repeated key in any column."""

from __future__ import annotations

import pytest

from schemas.derived import DERIVED
from tests.quality.sound_registry import sound_registry
from warehouse.derived.gates import derived_contract

TABLE = "lesion_ltp"
TYPES = {column.name: column.kind for column in DERIVED[TABLE].columns}
REQUIRED = [column.name for column in DERIVED[TABLE].columns if not column.nullable]


@pytest.fixture(scope="module")
def con():
    """A registry in which every contract is kept; a test rolls back what it breaks."""
    with sound_registry() as con:
        con.execute(f"CREATE TABLE kept AS FROM derived.{TABLE}")
        yield con


@pytest.fixture
def replaced(con):
    """A way to replace the table by a SELECT from its sound rows, and judge it."""

    def judge(select: str) -> dict[str, int]:
        con.execute(f"CREATE OR REPLACE TABLE derived.{TABLE} AS {select}")
        return derived_contract(con, TABLE)

    yield judge
    con.execute(f"CREATE OR REPLACE TABLE derived.{TABLE} AS FROM kept")


def test_sound_rows_break_nothing(replaced) -> None:
    """The rows as they were derived."""
    assert replaced("FROM kept") == {}


def test_a_null_is_counted_in_every_required_column(con, replaced) -> None:
    """Also in texts of which only the nulls are fetched: each row counts, under the column's name."""
    (n_rows,) = con.execute("SELECT count(*) FROM kept").fetchone()
    for name in REQUIRED:
        broken = replaced(f"SELECT * REPLACE (CAST(NULL AS {TYPES[name]}) AS {name}) FROM kept")
        assert {n for what, n in broken.items() if what.startswith(f"{name}: ")} == {n_rows}, name


def test_another_type_is_seen_in_every_column(replaced) -> None:
    """A column of another type than declared, a text too."""
    for name, kind in TYPES.items():
        other = "INTEGER" if kind == "VARCHAR" else "VARCHAR"
        broken = replaced(f"SELECT * REPLACE (TRY_CAST({name} AS {other}) AS {name}) FROM kept")
        assert any(what.startswith(f"{name}: ") for what in broken), name


def test_a_repeated_key_is_counted_once(replaced) -> None:
    """One row three times: one key, also where another column differs."""
    again = "SELECT * REPLACE ('another sentence' AS reason) FROM (FROM kept LIMIT 1)"
    broken = replaced(f"FROM kept UNION ALL {again} UNION ALL {again}")
    assert broken == {"key site, patient_id, lesion_id not unique": 1}
