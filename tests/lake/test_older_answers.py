"""Conditions on an older release find what it has, whatever upkeep and later releases have done since."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.lake.lake_kit import address_of, bare_release, in_file, opened, with_files
from tests.variants import quick
from warehouse.lake.books import releases_in
from warehouse.lake.connection import LAKE, METADATA, open_lake
from warehouse.lake.maintain import compact
from warehouse.lake.publish import publish
from warehouse.storage.home import Home

TABLE = f"{LAKE}.clean.lesions"
FIRST = """SELECT 'P' || range AS patient_id, range AS mm, CASE WHEN range = 7 THEN NULL ELSE 'yes' END AS seen
           FROM range(100) UNION ALL SELECT 'ZZ', 9000, NULL"""
ASKED = (
    "SELECT count(*) FROM {} WHERE mm > 2000",
    "SELECT count(*) FROM {} WHERE patient_id >= 'ZZ'",
    "SELECT count(*) FROM {} WHERE seen IS NULL",
    "SELECT max(mm), max(patient_id), count(*), count(seen) FROM {}",
    "SELECT seen, count(*) FROM {} GROUP BY ALL ORDER BY ALL",
)


def answers(con: duckdb.DuckDBPyConnection, snapshot: int) -> list[list[tuple]]:
    """What the questions find in the snapshot."""
    return [con.execute(sql.format(f"{TABLE} AT (VERSION => {snapshot})")).fetchall() for sql in ASKED]


@pytest.mark.parametrize("how", quick(1, ["rows", "all"]))
def test_an_older_release_answers_as_it_did(tmp_path: Path, how: str) -> None:
    """The largest values, and all that were unknown, are gone from the newest snapshot: rows were deleted, or the table
    was written whole. After upkeep the older one still finds them.
    """
    with open_lake(address_of(in_file(tmp_path)), tmp_path, str(tmp_path / "files")) as con:
        con.execute(f"CREATE SCHEMA {LAKE}.clean")
        con.execute(f"CREATE TABLE {TABLE} AS {FIRST}")
        row = con.execute(f"SELECT max(snapshot_id) FROM ducklake_snapshots('{LAKE}')").fetchone()
        assert row is not None
        before = answers(con, row[0])
        assert before[0] == [(1,)] and before[3] == [(9000, "ZZ", 101, 99)]
        con.begin()
        con.execute(f"DELETE FROM {TABLE} WHERE {'seen IS NULL OR mm >= 20' if how == 'rows' else 'true'}")
        con.execute(
            f"INSERT INTO {TABLE} SELECT 'P' || range, range, 'yes' FROM range({20 if how == 'rows' else 0}, 90)"
        )
        con.commit()
        compact(con)
        assert answers(con, row[0]) == before


def test_a_worn_table_is_written_whole(tmp_path: Path) -> None:
    """When most rows that a table's files hold are deleted ones, the next release that changes the table writes it
    whole, so that readers need not step over them; older releases stay as they were.
    """
    home, address = with_files(Home(tmp_path / "home").create(), tmp_path / "files"), address_of(in_file(tmp_path))
    live = f"SELECT data_file_id FROM {METADATA}.ducklake_data_file WHERE end_snapshot IS NULL"
    deleted = f"SELECT sum(delete_count) FROM {METADATA}.ducklake_delete_file SEMI JOIN ({live}) USING (data_file_id) "
    deleted += "WHERE end_snapshot IS NULL"
    mm, sums, found = [0] * 100, [], []
    with opened(home, address) as con:
        for number, n_changed in enumerate((0, 45, 40, 35, 1), 1):
            mm[:n_changed] = [number] * n_changed
            rows = f"SELECT 'a' AS site, unnest(range(100)) AS patient_id, unnest({mm}) AS mm"
            publish(con, bare_release(tmp_path, number, clean__lesions=rows))
            found.append(con.execute(deleted).fetchone())
            sums.append(sum(mm))
        assert found == [(None,), (45,), (85,), (120,), (None,)]
        for one, of_mm in zip(releases_in(con), sums, strict=True):
            sql = f"SELECT count(*), sum(mm) FROM {TABLE} AT (VERSION => {one.snapshot})"
            assert con.execute(sql).fetchall() == [(100, of_mm)]
