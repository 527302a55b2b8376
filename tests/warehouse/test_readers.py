"""Tests that readers and refreshes never block each other, however long a DuckDB client keeps a release open."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.release_kit import plant, release_small, site_with_sessions
from warehouse.releases import retention
from warehouse.releases.release import current_release, list_releases

READER = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    n = con.execute("SELECT count(*) FROM clean.rfa_sessions").fetchone()[0]
    print(n, flush=True)
"""


class Reader:
    """Another process that holds a release's database open, and counts the sessions whenever it is asked."""

    def __init__(self, database: Path):
        command = [sys.executable, "-c", READER, str(database)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self) -> int:
        """The number of sessions that it sees."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self) -> int:
        """Close it; its exit code."""
        self.process.communicate(timeout=30)
        return self.process.returncode


def test_a_plain_client_attaches_a_release(tmp_path: Path) -> None:
    """A plain DuckDB connection attaches two releases read-only and compares them; it cannot write."""
    site = site_with_sessions(tmp_path / "home")
    first = release_small(site.home)
    site.sessions("2024-02-01_b.csv", "P3,S1,2023-05-10,L1,25,4,")
    second = release_small(site.home)
    with duckdb.connect() as con:
        for name, release in (("before_it", first), ("after_it", second)):
            con.execute(f"ATTACH '{release.database}' AS {name} (READ_ONLY)")
        treated = "SELECT patient_id FROM {}.derived.lesion_ltp"
        new = con.execute(f"{treated.format('after_it')} EXCEPT {treated.format('before_it')}").fetchall()
        assert new == [("P3",)]
        for statement in ("DROP TABLE after_it.derived.lesion_ltp", "DELETE FROM after_it.meta.loads"):
            try:
                con.execute(statement)
            except duckdb.InvalidInputException as error:
                assert "read-only" in str(error)
            else:
                raise AssertionError(statement)


@pytest.mark.long
def test_never_blocked(tmp_path: Path) -> None:
    """A process holds a release open while two more are made and its own is removed: nobody waits or fails."""
    site = site_with_sessions(tmp_path / "home")
    held = release_small(site.home)
    reader = Reader(held.database)
    assert reader.ask() == 1
    for number in (3, 4):
        site.sessions(f"2024-02-0{number}_b.csv", f"P{number},S1,2023-05-10,L1,25,4,")
        release_small(site.home)
        assert reader.ask() == 1
    assert len(list_releases(site.home)) == 3

    first_of_month = f"{held.release_id[:6]}01T000000Z-0000000a"  # so that nothing keeps `held`
    plant(site.home, first_of_month)
    retention.prune(site.home, keep_newest=0)
    assert not held.folder.exists()
    assert reader.ask() == 1 and reader.end() == 0
    current = current_release(site.home)
    assert current is not None
    with duckdb.connect(str(current.database), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM clean.rfa_sessions").fetchone() == (3,)
