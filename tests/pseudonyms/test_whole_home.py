"""Tests a whole home with a key: its releases, the analyses in them, a rebuild, and every byte that it holds."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.e2e.demonstration import Demonstration
from tests.erasure.search_home import below_home, cells_with
from tests.pseudonyms.keyed import KEY
from warehouse.releases.release import Release, current_release
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import VARIABLE

BY_CALENDAR = ("analysis.service_", "analysis.maturity", "analysis.volume")
"""Tables by quarter or year, which go by shifted dates."""
NOTICE = "kept as delivered"
SAMPLE = 25
"""So many patients are looked for in the cells of databases and in the bytes of all files."""


def run(home: Home, *typed: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, [*typed, "--home", str(home.root)])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def analyses(release: Release) -> dict[str, list[tuple]]:
    """The rows of the analysis tables."""
    with duckdb.connect(str(release.database), read_only=True) as con:
        names = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'analysis' ORDER BY 1"
        ).fetchall()
        return {f"analysis.{name}": con.execute(f"FROM analysis.{name} ORDER BY ALL").fetchall() for (name,) in names}


def equal(rows: list[tuple], others: list[tuple]) -> bool:
    """Whether the rows are equal; figures to twelve digits, since sums over patients run in the order of pseudonyms."""
    return len(rows) == len(others) and all(
        one == other
        or (isinstance(one, float) and isinstance(other, float) and math.isclose(one, other, rel_tol=1e-12))
        for row, other_row in zip(rows, others, strict=True)
        for one, other in zip(row, other_row, strict=True)
    )


@pytest.mark.long
def test_a_home_with_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demonstration: Demonstration) -> None:
    """Its analyses are those of a home without one; no byte of it but in landing/ tells an identifier; reading the
    whole archive again gives the same release."""
    assert NOTICE in (demonstration.refresh.out + demonstration.refresh.err).decode()
    monkeypatch.setenv(VARIABLE, KEY)
    home = Home(tmp_path / "home")
    run(home, "demo")
    assert NOTICE not in run(home, "refresh")
    plain, keyed = (current_release(one) for one in (demonstration.home, home))
    assert plain is not None and keyed is not None
    want, have = analyses(plain), analyses(keyed)
    assert {name for name in want if not equal(want[name], have[name]) and not name.startswith(BY_CALENDAR)} == set()
    with duckdb.connect(str(plain.database), read_only=True) as con:
        told = [row[0] for row in con.execute("SELECT patient_id FROM clean.patients ORDER BY 1").fetchall()]
        told += [row[0] for row in con.execute("SELECT DISTINCT exam_id FROM clean.imaging_followups").fetchall()]
    assert below_home(home, told[:SAMPLE]) == {}
    for database in (home.build_database, keyed.database):
        assert cells_with(database, told[:SAMPLE]) == {}
    assert "Nothing new" in run(home, "refresh", "--full")
