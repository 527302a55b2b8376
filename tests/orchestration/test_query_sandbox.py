"""How SQL is passed to `registry query`, and the limits on what it may use."""

from __future__ import annotations

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import CHECKOUT, run_apart, run_here
from tests.variants import quick
from warehouse.releases import limits, sandbox
from warehouse.releases.query import open_release, run
from warehouse.storage.errors import QueryFailed

LONG = "SELECT count(*) FROM range(100000000000) a WHERE a.range * 1.1 = 3"
COMMENTED = "-- how many\n-- patients\nSELECT 7 AS n -- seven"


def test_sql_may_begin_with_a_comment(demonstration: Demonstration, tmp_path: Path) -> None:
    """A comment before the SELECT is not taken for an option, in query and in cohort."""
    ran = run_here(demonstration.home.root, "query", COMMENTED, "--format", "csv")
    assert (ran.code, ran.out) == (0, b"n\n7\n")
    ran = run_here(demonstration.home.root, "cohort", "-- nobody\nSELECT 1 AS site", "--out", str(tmp_path / "out"))
    assert ran.code == 1 and "does not return patient_id" in ran.complaint


@pytest.mark.long
def test_sql_from_a_file_and_from_standard_input(demonstration: Demonstration, tmp_path: Path) -> None:
    """--file reads the SELECT from a file, - from standard input; two sources or none are wrong usage."""
    file = tmp_path / "q.sql"
    file.write_text(COMMENTED, encoding="utf-8")
    ran = run_here(demonstration.home.root, "query", "--file", str(file), "--format", "csv")
    assert (ran.code, ran.out) == (0, b"n\n7\n")
    words = [sys.executable, "-m", "orchestration.cli.main", "query", "-", "--format", "csv"]
    done = subprocess.run(
        [*words, "--home", str(demonstration.home.root)], input=COMMENTED.encode(), cwd=CHECKOUT, capture_output=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout == b"n\n7\n"
    assert run_here(demonstration.home.root, "query").code == 2
    assert run_here(demonstration.home.root, "query", "SELECT 1", "--file", str(file)).code == 2
    assert "cannot be read" in run_here(demonstration.home.root, "query", "--file", str(tmp_path / "no")).complaint


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1; SELECT 2", "SELECT 1; DROP TABLE x", "EXPLAIN SELECT 1", "CALL pragma_version()", "PIVOT t ON x",
     "SET threads = 1", "CREATE TEMP TABLE t AS SELECT 1", "/* nothing */", "PRAGMA version", "IMPORT DATABASE '/tmp'",
     "SELECT 1; IMPORT DATABASE '/tmp'", "FROM query('SELECT 1')", "SELECT \"getvariable\" ('x')", "-- PRAGMA\nCOPY x",
     "SELECT 'a'.write_log()", "FROM enable_logging()", "SELECT sleep_ms(1)", ";;COPY x"],
)  # fmt: skip
def test_one_select_and_nothing_else(demonstration: Demonstration, sql: str) -> None:
    """A second statement, and any statement but SELECT, is refused, and nothing is printed."""
    ran = run_here(demonstration.home.root, "query", sql)
    assert ran.code == 1 and ran.out == b"" and ran.complaint


@pytest.mark.parametrize("sql", ["FROM meta.columns LIMIT 1", "WITH a AS (SELECT 1 AS n) FROM a", "VALUES (1)",
                                 "\ufeffSELECT 1;;", "(SELECT 1) -- ;", "SELECT ';COPY'", "UNPIVOT (SELECT 1 a) ON a",
                                 "--format=csv\nSELECT 1", "DESCRIBE meta.columns",
                                 "SUMMARIZE meta.loads", "SHOW ALL TABLES"])  # fmt: skip
def test_what_is_a_select(demonstration: Demonstration, sql: str) -> None:
    """Whatever DuckDB reads as a SELECT is answered."""
    assert run_here(demonstration.home.root, "query", sql).code == 0


@pytest.mark.parametrize(
    ("sql", "suggestion"),
    [
        ("SELECT kra FROM derived.patient_ltpfs", '"kras"'),
        ("FROM derived.patient_ltp", 'Did you mean "patient_ltpfs"?'),
        ("SELECT lenght(site) FROM meta.loads", 'Did you mean "length"?'),
    ],
)
def test_suggestions_are_kept(demonstration: Demonstration, sql: str, suggestion: str) -> None:
    """DuckDB's nearest name is kept in the one line."""
    ran = run_here(demonstration.home.root, "query", sql)
    assert suggestion in ran.complaint and ran.err.count(b"\n") == 1


def test_a_suggestion_names_no_patient(demonstration: Demonstration) -> None:
    """No suggestion names a column that PIVOT made from cells."""
    sql = "SELECT kra FROM (FROM derived.patient_ltpfs PIVOT (count(*) FOR patient_id IN (SELECT 'SYN-0001')))"
    assert "SYN-0002" not in run_here(demonstration.home.root, "query", sql).complaint


@pytest.mark.long
def test_time_is_bounded(demonstration: Demonstration) -> None:
    """After --timeout the statement is stopped with one sentence."""
    began = time.monotonic()
    ran = run_here(demonstration.home.root, "query", LONG, "--timeout", "0.5")
    assert ran.code == 1 and "longer than 0.5 s" in ran.complaint and time.monotonic() - began < 20
    assert limits.TIMEOUT_SECONDS == 600


@pytest.mark.long
def test_printing_is_bounded_too(demonstration: Demonstration) -> None:
    """Printing a long result ends at --timeout, in every format that prints all rows."""
    for form in ("csv", "json", "parquet"):
        words = ["query", "FROM range(3000000000)", "--format", form, "--timeout", "0.5"]
        ran = run_here(demonstration.home.root, *words)
        assert ran.code == 1 and "longer than 0.5 s" in ran.complaint, form


@pytest.mark.long
@pytest.mark.parametrize("how", quick(1, [signal.SIGTERM, signal.SIGINT]))
def test_a_stop_ends_it_and_its_folder(demonstration: Demonstration, tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end a query with 130 and one sentence, and remove its temporary folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli.main", "query", LONG, "--home", str(demonstration.home.root)],
        cwd=CHECKOUT, env=os.environ | {"TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE,
    )  # fmt: skip
    end = time.monotonic() + 30
    while not glob.glob(f"{tmp_path}/{sandbox.PREFIX}*") and time.monotonic() < end:
        time.sleep(0.05)
    (folder,) = glob.glob(f"{tmp_path}/{sandbox.PREFIX}*")
    assert os.stat(folder).st_mode & 0o777 == 0o700
    time.sleep(0.7)
    process.send_signal(how)
    try:
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130 and said.count(b"registry: ") == 1 and b"Traceback" not in said
    assert glob.glob(f"{tmp_path}/*") == []


@pytest.mark.long
def test_memory_and_temporary_room_are_bounded(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that needs more memory or disk than it may have ends with one sentence; the limits are set and locked."""
    with open_release(demonstration.release) as con:
        held = dict(con.execute("SELECT name, value FROM duckdb_settings()").fetchall())
        assert held["lock_configuration"] == "true" and held["enable_external_access"] == "false"
        assert held["memory_limit"] == "1.8 GiB" and held["max_temp_directory_size"] == "18.6 GiB"
        folder = Path(held["temp_directory"])
        assert demonstration.home.root not in folder.parents and folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    small = {**sandbox.READ_ONLY, "memory_limit": "20MB", "max_temp_directory_size": "1MB"}
    monkeypatch.setattr(sandbox, "READ_ONLY", small)
    ran = run_here(demonstration.home.root, "query", "SELECT count(DISTINCT range::VARCHAR) AS n FROM range(3000000)")
    assert ran.code == 1 and "more memory or temporary space" in ran.complaint


def test_the_temporary_folder_is_not_writable_by_sql(demonstration: Demonstration) -> None:
    """No statement that writes is run, although DuckDB would let SQL write to the temporary folder."""
    with open_release(demonstration.release) as con:
        (folder,) = con.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
        with pytest.raises(QueryFailed, match="read-only"):
            run(con, f"COPY (SELECT 1) TO '{folder}/written.csv'")
        assert list(Path(folder).iterdir()) == []


def test_a_folder_left_by_a_killed_process_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next query removes the folder of a process that is gone, and keeps one that is in use."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sandbox, "SETTLED_SECONDS", -1)
    left = tmp_path / f"{sandbox.PREFIX}left"
    left.mkdir()
    with sandbox.temporary_folder() as one, sandbox.temporary_folder() as other:
        assert not left.exists() and one.exists() and other.exists()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_current(demonstration: Demonstration, tmp_path: Path) -> None:
    """A `current` that points to nothing is reported in one sentence with its cure."""
    releases = tmp_path / "releases"
    releases.mkdir()
    (releases / "current").symlink_to("20260101T000000Z-aaaaaaaa")
    ran = run_apart(tmp_path, "query", "SELECT 1")
    assert ran.code == 1 and "points to 20260101T000000Z-aaaaaaaa, which does not exist" in ran.complaint
