"""A clinic whose records lie in an SQLite database, and a site.toml that asks it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.pull_sites import Outcome, pull_sites
from warehouse.pulls.targets import Options

TABLES = """
CREATE TABLE patient (no INTEGER, name TEXT, sex TEXT, born TEXT);
CREATE TABLE ablation (patient INTEGER, session TEXT, day DATE, lesion INTEGER, mm REAL);
INSERT INTO patient VALUES
    (101, 'Anna Ärmel', 'w', '1955-03-04'), (102, 'Bert', 'm', NULL), (103, 'Cleo', 'w', '1960-01-01');
INSERT INTO ablation VALUES
    (101, 'S1', '2024-01-05', 1, 21.5), (101, 'S1', '2024-01-05', 2, 9), (102, 'S1', '2024-02-01', 1, NULL),
    (103, 'S1', '2024-03-01', 1, 30);
"""
SITE_TOML = """
[sources.ehr]
kind = "sql"
database = "sqlite"
connection = "{file}"

[exports.patients]
source = "ehr"
mode = "snapshot"
query = "patients.sql"
[exports.patients.columns]
patient_id = "no"
sex = {{ from = "sex", codes = {{ w = "female", m = "male" }} }}

[exports.rfa_sessions]
source = "ehr"
mode = "snapshot"
max_withdrawn = 0.5
query = '''
    SELECT patient AS patient_id, session AS session_id, day AS session_date, lesion AS lesion_id,
        mm AS max_diameter_mm
    FROM ablation;  -- one row for each lesion
'''
"""
PATIENTS = "-- the clinic's patients\nSELECT no, sex, substr(born, 1, 4) AS birth_year FROM patient;\n"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Clinic:
    """The site's folder with its database, query file and site.toml. `pull` is `registry pull`, an hour later."""

    def __init__(self, kit: Kit, text: str = SITE_TOML):
        self.kit, self.now = kit, START
        self.folder = kit.home.landing / SITE
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = kit.home.root / "ehr.sqlite"
        self.configure(text)
        (self.folder / "patients.sql").write_text(PATIENTS, encoding="utf-8")
        self.run(TABLES)

    def configure(self, text: str) -> None:
        """Write the site.toml."""
        self.kit.configure(SITE, text.format(file=self.file))

    def run(self, sql: str) -> None:
        """Change the database."""
        with closing(sqlite3.connect(self.file)) as con:
            con.executescript(sql)

    def outcome(self, **options: bool) -> Outcome:
        """How a pull ends."""
        self.now += timedelta(hours=1)
        (outcome,) = pull_sites(self.kit.home, SITE, Options(**options), now=self.now)
        return outcome

    def pull(self) -> list[str]:
        """Pull; the exports that were delivered."""
        outcome = self.outcome()
        assert outcome.pulled is not None, outcome.problem
        return sorted(name.split("_sql_")[-1].removesuffix(".parquet") for name in outcome.pulled.files)

    def files(self) -> list[Path]:
        """What was delivered."""
        return sorted((self.folder / "ehr").glob("*"))
