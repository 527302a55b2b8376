"""`registry forget` of a patient whom a database still has: nothing of them is left, and no pull brings them back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.erasure.erased_home import PATIENT as ERASED
from tests.erasure.erased_home import SITE, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from warehouse.pulls.pull_sites import pull_sites
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release, list_releases
from warehouse.storage.home import Home

pytestmark = pytest.mark.long
TABLE = (
    "CREATE TABLE ablation (patient_id TEXT, session_id TEXT, session_date TEXT, lesion_id TEXT, mm REAL, note TEXT)"
)
ROWS = [
    ("P1", "S1", "2024-01-05", "L1", 20.5, "a"),
    (ERASED, "S1", "2024-01-06", "L1", 31, "zqnote"),
    ("P2", "S1", "2024-01-07", "L1", 12, "b"),
]
TOML = """
[sources.ehr]
kind = "sql"
database = "sqlite"
connection = "{file}"
[exports.rfa_sessions]
source = "ehr"
mode = "snapshot"
query = "SELECT patient_id, session_id, session_date, lesion_id, mm AS max_diameter_mm, note AS segment FROM ablation"
"""
WORDS = (ERASED, "zqnote")


def _pull(home: Home, day: int) -> tuple[str, ...]:
    (outcome,) = pull_sites(home, SITE, now=datetime(2026, 3, day, tzinfo=UTC))
    assert outcome.pulled is not None, outcome.problem
    return outcome.pulled.files


def test_a_forgotten_patient_stays_away(tmp_path: Path) -> None:
    """An unchanged answer is no delivery though the archive lost rows of it; a changed one is kept without theirs."""
    database = tmp_path / "ehr.sqlite"
    with closing(sqlite3.connect(database)) as con:
        con.execute(TABLE)
        con.executemany("INSERT INTO ablation VALUES (?, ?, ?, ?, ?, ?)", ROWS)
        con.commit()
    home = Home(tmp_path / "home").create()
    (home.landing / SITE).mkdir(parents=True)
    (home.landing / SITE / "site.toml").write_text(TOML.format(file=database), encoding="utf-8")
    assert len(_pull(home, 1)) == 1
    assert refresh(home).code == 0
    assert cells_with(list_releases(home)[-1].database, [ERASED])
    ran = forget(home)
    assert ran.code == 0, ran.err.decode()
    assert below_home(home, WORDS) == {}
    assert _pull(home, 2) == ()
    with closing(sqlite3.connect(database)) as con:
        con.execute("INSERT INTO ablation VALUES ('P3', 'S1', '2024-02-01', 'L1', 15, 'c')")
        con.commit()
    assert len(_pull(home, 3)) == 1
    assert refresh(home).code == 0
    assert below_home(home, WORDS) == {}
    with open_release(find_release(home)) as con:
        found = con.execute("SELECT patient_id, max_diameter_mm FROM clean.rfa_sessions ORDER BY ALL").fetchall()
    assert found == [("P1", 20.5), ("P2", 12.0), ("P3", 15.0)]
