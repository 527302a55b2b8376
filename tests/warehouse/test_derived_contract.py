"""Tests that the contract of a derived table or view sees a null, a wrong type and a repeated key in any column."""

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


@pytest.mark.long
def test_a_null_is_counted_in_every_required_column(con, replaced) -> None:
    """Also in texts of which only the nulls are fetched: each row counts, under the column's name."""
    (n_rows,) = con.execute("SELECT count(*) FROM kept").fetchone()
    for name in REQUIRED:
        broken = replaced(f"SELECT * REPLACE (CAST(NULL AS {TYPES[name]}) AS {name}) FROM kept")
        assert {n for what, n in broken.items() if what.startswith(f"{name}: ")} == {n_rows}, name


@pytest.mark.long
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


VIEW = "time_to_event"
REQUIRED_OF_VIEW = [column.name for column in DERIVED[VIEW].columns if not column.nullable]


@pytest.fixture
def viewed(con):
    """A way to replace the view by a SELECT from its sound rows, and judge it."""
    con.execute(f"CREATE OR REPLACE TABLE kept_times AS FROM derived.{VIEW}")
    (statement,) = con.execute("SELECT sql FROM duckdb_views() WHERE view_name = ?", [VIEW]).fetchone()

    def judge(select: str) -> dict[str, int]:
        con.execute(f"CREATE OR REPLACE VIEW derived.{VIEW} AS {select}")
        return derived_contract(con, VIEW)

    yield judge
    con.execute(f"DROP VIEW derived.{VIEW}")
    con.execute(statement)


@pytest.mark.long
def test_equal_rows_of_a_view_that_break_its_contract_all_count(con, viewed) -> None:
    """Rows of a view are judged by kind: of those that break it, each counts, however many are equal."""
    assert viewed("FROM kept_times") == {}
    (n_rows,) = con.execute("SELECT count(*) FROM kept_times").fetchone()
    kinds = {column.name: column.kind for column in DERIVED[VIEW].columns}
    for name in REQUIRED_OF_VIEW:
        broken = viewed(f"SELECT * REPLACE (CAST(NULL AS {kinds[name]}) AS {name}) FROM kept_times")
        assert {n for what, n in broken.items() if what.startswith(f"{name}: ")} == {n_rows}, name
    (n_os,) = con.execute("SELECT count(*) FROM kept_times WHERE endpoint = 'OS' AND days > 0").fetchone()
    shorter = viewed("SELECT * REPLACE (CASE WHEN endpoint = 'OS' THEN -days ELSE days END AS days) FROM kept_times")
    assert shorter == {"site: days not negative": n_os} and n_os > 1
    coded = viewed("SELECT * REPLACE ('lesions' AS level) FROM kept_times WHERE level = 'lesion'")
    (n_lesions,) = con.execute("SELECT count(*) FROM kept_times WHERE level = 'lesion'").fetchone()
    assert coded == {"level: codes": n_lesions}
    assert viewed("SELECT * REPLACE (event::VARCHAR AS event) FROM kept_times") != {}
