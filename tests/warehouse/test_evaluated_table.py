"""Tests that derived.time_to_event is a view that any reader can evaluate, also where a table was stored before."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.quality.sound_registry import sound_registry
from warehouse.derived.derive import derive, time_to_event_select
from warehouse.incremental import view_contents
from warehouse.releases.release_tables import copy_tables
from warehouse.storage.connection import view_statements
from warehouse.storage.content_hashes import content_of
from warehouse.storage.hashing import table_hash
from warehouse.storage.sql_files import for_clients, select_of, without_terms

VIEW = "derived.time_to_event"


@pytest.mark.long
def test_readers_of_a_release_evaluate_the_rows_of_the_build(tmp_path: Path) -> None:
    """The release holds a view. A connection without the shared terms, also one that attaches the file under another
    name, gets the rows whose content hash the build recorded, and these are the rows that the SELECT gives.
    """
    with sound_registry() as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS work; CREATE SCHEMA IF NOT EXISTS meta")
        counted = view_contents.recount(con, VIEW)
        assert counted == content_of(con, VIEW) and counted.rows > 0
        expected = con.execute(f"SELECT * FROM ({time_to_event_select()}) ORDER BY ALL").fetchall()
        copy_tables(con, tmp_path / "released.duckdb")
    with duckdb.connect(str(tmp_path / "released.duckdb"), read_only=True) as reader:
        views = reader.execute("SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal")
        assert (VIEW,) in views.fetchall()
        assert table_hash(reader, *VIEW.split(".")) == (counted.rows, counted.sha256)
    with duckdb.connect() as reader:
        reader.execute(f"ATTACH '{tmp_path / 'released.duckdb'}' AS another_name (READ_ONLY)")
        assert reader.execute(f"FROM another_name.{VIEW} ORDER BY ALL").fetchall() == expected


@pytest.mark.long
def test_rows_are_put_together_before_they_are_handed_out() -> None:
    """The parts of a release's view meet in one place before a client fetches from it: of a million patients, DuckDB
    1.5.5 never handed out the first row otherwise. The build's, from which nobody fetches, is spared that.
    """
    with sound_registry() as con:
        in_the_build = str(con.execute(f"EXPLAIN SELECT * FROM {VIEW}").fetchall())
        con.execute(for_clients(view_statements(con)[VIEW]).replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
        plan = str(con.execute(f"EXPLAIN SELECT * FROM {VIEW}").fetchall())
    assert plan.index("CTE") < plan.index("UNION")
    assert "every_endpoin" in plan and "every_endpoin" not in in_the_build


@pytest.mark.long
def test_the_view_takes_the_place_of_a_stored_table() -> None:
    """A build database of an earlier version holds a table of that name; deriving drops it."""
    with sound_registry() as con:
        rows = con.execute(f"FROM {VIEW} ORDER BY ALL").fetchall()
        con.execute(f"DROP VIEW {VIEW}; CREATE TABLE {VIEW} (old VARCHAR)")
        derive(con, "time_to_event")
        assert con.execute(f"FROM {VIEW} ORDER BY ALL").fetchall() == rows
        derive(con, "time_to_event")
        assert con.execute(f"FROM {VIEW} ORDER BY ALL").fetchall() == rows


def test_terms_are_written_out_or_refused() -> None:
    """A term becomes what it means, also inside another term; with arguments of its own it is refused."""
    with duckdb.connect() as con:
        con.execute(select_of("terms"))
        sql = "SELECT longest_gap_days(opened_day), event_status(event) FROM (SELECT 700 AS opened_day, 2 AS event)"
        expected = con.execute(sql).fetchall()
    with duckdb.connect() as con:
        assert con.execute(without_terms(sql)).fetchall() == expected == [(200, "competing_death")]
    with pytest.raises(ValueError, match="event_status"):
        without_terms("SELECT event_status(2)")
