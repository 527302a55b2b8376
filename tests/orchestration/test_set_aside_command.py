"""The words and exit codes of `set-aside` and `verify --archive`, and the handling of Dagster's damaged files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from orchestration.automation.damaged_history import ALL_RUNS, move_damaged_aside, speaks_of_damage
from orchestration.instance import dagster_instance
from tests.orchestration.command import run_here
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.storage.home import Home


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a small release."""
    site = site_with_sessions(tmp_path_factory.mktemp("made") / "home")
    release_small(site.home)
    return site.home


@pytest.fixture
def home(released: Home, tmp_path: Path) -> Home:
    """A copy of it."""
    shutil.copytree(released.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def test_set_aside_and_back(home: Home) -> None:
    """Each direction says what it does and when; doing it twice is refused."""
    arrival = Archive(home).arrivals[0]
    asked = ("set-aside", arrival.site, f"{arrival.export}/{arrival.delivery}")
    assert "does not need such a decision" in run_here(home.root, *asked, "--undo").complaint
    done = run_here(home.root, *asked, "--reason", "Another hospital's file", "--by", "A. Miller")
    assert done.code == 0 and f"Set aside: {arrival.site}/{arrival.export}/{arrival.delivery}" in done.text
    assert "next `registry refresh`" in done.text
    (decision,) = decisions.read(home)
    assert (decision.by, decision.reason, decision.action) == ("A. Miller", "Another hospital's file", "set_aside")
    assert run_here(home.root, *asked).code == 1
    assert "Brought back: " in run_here(home.root, *asked, "--undo").text
    assert [d.action for d in decisions.read(home)] == ["set_aside", "undo"]


def test_an_unknown_file_is_refused_with_the_nearest(home: Home) -> None:
    """An unknown file exits with 1 and one line with the nearest name, and writes nothing."""
    arrival = Archive(home).arrivals[0]
    ran = run_here(home.root, "set-aside", arrival.site, f"{arrival.delivery}x")
    assert ran.code == 1 and f"{arrival.export}/{arrival.delivery}" in ran.complaint
    assert not decisions.path_of(home).exists()


def test_verify_archive(home: Home) -> None:
    """An intact archive exits with 0, a damaged one with 1 and a line for each damaged file, journals included."""
    asked = ("verify", "--archive")
    assert run_here(home.root, *asked).text.startswith("archive  intact: ")
    (blob, *_) = sorted((home.archive / "files").glob("*/*.zst"))
    blob.write_bytes(blob.read_bytes()[:-1])
    decisions.path_of(home).write_text("{}\n")
    ran = run_here(home.root, *asked)
    assert ran.code == 1 and len(ran.text.splitlines()) == 2
    assert blob.name in ran.text and "Line 1 of archive/decisions.ndjson" in ran.text
    assert run_here(home.root, *asked, "--all").code == 1


def test_older_code_reads_and_does_not_write(home: Home) -> None:
    """On a home of a later format, commands that write exit with 1; commands that read releases still work."""
    (home.root / "format").write_text("99 needs 9.4.0\n")
    arrival = Archive(home).arrivals[0]
    for command in (
        ("refresh",),
        ("set-aside", arrival.site, arrival.delivery),
        ("pin", "current"),
        ("refresh", "--full"),
    ):
        ran = run_here(home.root, *command)
        assert ran.code == 1 and "9.4.0 or later" in ran.complaint, command
    assert run_here(home.root, "releases").code == 0
    assert run_here(home.root, "query", "SELECT 1").code == 0


def databases(home: Home) -> list[Path]:
    """SQLite files in the places of Dagster's, each with some rows."""
    paths = [home.dagster / name for name in (*ALL_RUNS, "history/runs/0f3a.db")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as con, con:
            con.execute("CREATE TABLE t (a TEXT)")
            con.executemany("INSERT INTO t VALUES (?)", [(str(n) * 50,) for n in range(500)])
    return paths


@pytest.mark.parametrize("name", ALL_RUNS)
def test_a_damaged_file_of_dagster_moves_aside_alone(tmp_path: Path, name: str) -> None:
    """Only the damaged file moves to a folder that the notice names; a second look finds nothing."""
    home = Home(tmp_path).create()
    paths = databases(home)
    assert move_damaged_aside(home) == () == move_damaged_aside(home, closely=True)
    (home.dagster / name).write_bytes(b"no database at all" * 100)
    (sentence,) = move_damaged_aside(home)
    assert f"dagster/{name}" in sentence
    (kept,) = home.dagster.glob(f"damaged-*/{name}")
    assert kept.read_bytes().startswith(b"no database")
    assert [p for p in paths if p.exists()] == [p for p in paths if p != home.dagster / name]
    assert move_damaged_aside(home, closely=True) == ()


def test_a_file_with_two_versions_moves_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in which two processes have each noted Dagster's version, which it then never opens, counts as damaged."""
    for name in ("DAGSTER_HOME", "REGISTRY_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "0")  # put back what opening the instance sets
    home = Home(tmp_path / "home").create()
    file = home.dagster / "history" / "runs.db"
    with dagster_instance(home):
        pass
    assert move_damaged_aside(home) == ()
    with closing(sqlite3.connect(file)) as con, con:
        con.execute("INSERT INTO alembic_version VALUES ('another')")
    with pytest.raises(Exception, match="more than one head") as raised, dagster_instance(home):
        pass
    assert speaks_of_damage(raised.value)
    (sentence,) = move_damaged_aside(home)
    assert "dagster/history/runs.db" in sentence and not file.exists()
    with dagster_instance(home) as instance:
        assert instance.get_runs() == []


def test_damage_deep_inside_is_found_by_a_close_look(tmp_path: Path) -> None:
    """A close look finds damaged pages in the middle of a file, also one with a single run's events, and SQLite's error
    is recognised.
    """
    home = Home(tmp_path).create()
    path = databases(home)[-1]
    with open(path, "r+b") as file:
        file.seek(8192)
        file.write(os.urandom(16384))
    assert move_damaged_aside(home) == ()
    with pytest.raises(sqlite3.DatabaseError) as raised, closing(sqlite3.connect(path)) as con:
        con.execute("SELECT sum(length(a)) FROM t").fetchone()
    assert speaks_of_damage(raised.value)
    assert not speaks_of_damage(ValueError("database disk image is malformed"))
    assert len(move_damaged_aside(home, closely=True)) == 1 and not path.exists()
