"""What `registry query` refuses, and how it says so."""

from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_apart, run_here

BEYOND_THE_RELEASE = (
    "COPY (SELECT 1 AS n) TO '{file}' (FORMAT csv)",
    "COPY (SELECT 1 AS n) TO '{file}' (FORMAT parquet)",
    "EXPORT DATABASE '{file}'",
    "ATTACH '{file}' AS other",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM glob('{secret}')",
    "COPY clean.patients FROM '{secret}'",
    "INSTALL httpfs",
    "LOAD '{secret}'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET temp_directory = '{file}'",
)
CHANGES = (
    "CREATE TABLE derived.mine AS SELECT 1 AS n",
    "DELETE FROM clean.patients",
    "UPDATE derived.lesion_ltp SET ltp = true",
    "DROP TABLE analysis.cox",
    "INSERT INTO meta.loads SELECT * FROM meta.loads",
)
BAD = (
    "SELEC 1",
    "SELECT 1 AS n FROM",
    "SELECT * FROM derived.nowhere",
    "SELECT no_such_column FROM derived.lesion_ltp",
    "SELECT no_such_function(1)",
    "",
)


@pytest.mark.parametrize("sql", BEYOND_THE_RELEASE)
def test_nothing_beyond_the_release(demonstration: Demonstration, tmp_path: Path, sql: str) -> None:
    """A query neither writes nor reads a file, attaches a database, loads an extension or unlocks itself."""
    file, secret = tmp_path / "written", tmp_path / "secret.csv"
    secret.write_text("word\nhush\n", encoding="utf-8")
    before = demonstration.release.database.read_bytes()
    ran = run_here(demonstration.home.root, "query", sql.format(file=file, secret=secret), "--format", "csv")
    assert ran.code == 1 and ran.complaint
    assert ran.out == b"" and b"hush" not in ran.err
    assert list(tmp_path.iterdir()) == [secret]
    assert demonstration.release.database.read_bytes() == before


@pytest.mark.parametrize("sql", CHANGES)
def test_a_release_is_not_changed(demonstration: Demonstration, sql: str) -> None:
    """A query changes nothing in the release, even if it could write the file."""
    before = demonstration.release.database.read_bytes()
    ran = run_here(demonstration.home.root, "query", sql)
    assert ran.code == 1 and ran.complaint and ran.out == b""
    assert "read-only" in ran.complaint
    assert demonstration.release.database.read_bytes() == before


@pytest.mark.parametrize("sql", BAD)
@pytest.mark.parametrize("format", ["csv", "table"])
def test_bad_sql(demonstration: Demonstration, sql: str, format: str) -> None:
    """Bad SQL exits with 1, one line with what is wrong and its cure, and nothing on standard output."""
    ran = run_here(demonstration.home.root, "query", sql, "--format", format)
    assert ran.code == 1 and ran.out == b""
    assert ran.err.decode().count("\n") == 1 and "registry query" in ran.complaint


@pytest.mark.parametrize("format", ["csv", "json", "parquet", "table"])
def test_failing_cells_are_not_quoted(demonstration: Demonstration, format: str) -> None:
    """A query that fails at a cell does not quote the cell and prints no part of a result."""
    sql = "SELECT patient_id::INTEGER AS n FROM clean.patients"
    ran = run_here(demonstration.home.root, "query", sql, "--format", format)
    assert ran.code == 1 and ran.out == b""
    assert "SYN-" not in ran.complaint and ran.err.decode().count("\n") == 1


def test_unknown_release(demonstration: Demonstration) -> None:
    """An unknown release exits with 1 and names the command that lists the releases."""
    ran = run_here(demonstration.home.root, "query", "SELECT 1", "--release", "20000101T")
    assert ran.code == 1 and ran.out == b""
    assert "20000101T" in ran.complaint and "`registry releases`" in ran.complaint


def test_release_by_its_beginning(demonstration: Demonstration) -> None:
    """A release is found by the start of its id."""
    start = demonstration.release.release_id[:9]
    ran = run_here(demonstration.home.root, "query", "SELECT 7 AS n", "--release", start, "--format", "csv")
    assert (ran.code, ran.out) == (0, b"n\n7\n")


@pytest.mark.parametrize(
    "words",
    [
        ("query",),
        ("query", "SELECT 1", "--format", "xml"),
        ("query", "SELECT 1", "--nonsense"),
        ("explain", "index-study"),
        ("demo", "--patients", "0"),
        ("demo", "--patients", "many"),
        ("nonsense",),
    ],
)
def test_wrong_usage(demonstration: Demonstration, words: tuple[str, ...]) -> None:
    """Wrong usage exits with 2, says so on standard error and prints nothing else."""
    ran = run_here(demonstration.home.root, *words)
    assert ran.code == 2 and ran.out == b"" and ran.err != b""
    assert b"Traceback" not in ran.err


@pytest.mark.long
def test_query_starts_light(demonstration: Demonstration) -> None:
    """A query imports neither Dagster nor the statistics, so that it starts about as fast as DuckDB alone."""
    ran = run_apart(demonstration.home.root, "query", "SELECT 1 AS n", "--format", "csv", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in ran.err.decode().splitlines()}
    assert ran.out == b"n\n1\n" and "duckdb" in imported
    heavy = {"dagster", "pandas", "polars", "numpy", "pandera", "lifelines", "scipy", "sqlglot", "pyarrow", "pydantic"}
    assert imported & heavy == set()


@pytest.mark.long
def test_a_closed_pipe_is_no_failure_of_ours(demonstration: Demonstration) -> None:
    """A reader that closes the pipe, such as head, leaves no traceback behind."""
    import subprocess
    import sys

    from tests.orchestration.command import CHECKOUT

    words = ["query", "SELECT range AS n FROM range(300000)", "--format", "csv", "--home", str(demonstration.home.root)]
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli.main", *words],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"n\n"
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
