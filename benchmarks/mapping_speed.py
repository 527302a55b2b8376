"""Times loading a mapped CSV, as a ratio to the same rows in canonical form.

Both are archived files of rfa_sessions that go through the loader of raw rows, in fresh processes that take turns. The
clinic's file has German dates, decimal commas, sizes in cm, codes, a filter and a joined identifier. Fails if the ratio
is above its limit.

Run from the checkout: `python -m benchmarks.mapping_speed`. Files are written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.fresh_process import ratio_of_medians, run_module
from benchmarks.meter import Meter
from warehouse.archive.archive import Archive
from warehouse.intake import landing
from warehouse.raw import loading, tables
from warehouse.storage.connection import open_build
from warehouse.storage.home import Home
from warehouse.storage.sql_files import sql_text

LIMIT = 1.3
"""Largest ratio of processor seconds."""
ROWS = 1_000_000
WAYS = ("canonical", "mapped")
SITE_TOML = """
[sources.klinik]
delimiter = ";"
decimal = ","
missing = [-9]
[exports.rfa_sessions]
source = "klinik"
where = { Eingriff = ["RFA", "MWA"] }
[exports.rfa_sessions.columns]
patient_id = "Pat-Nr."
session_id = { join = ["Pat-Nr.", "Sitzung"], with = "_" }
session_date = { from = "Datum", format = "%d.%m.%Y" }
lesion_id = "Herd"
max_diameter_mm = { from = "Durchmesser", unit = "cm" }
modality = { from = "Eingriff", codes = { RFA = "rfa", MWA = "mwa" } }
subcapsular = { from = "Kapsel", codes = { "1" = "yes", "0" = "no" } }
minimal_margin_mm = "Rand"
"""
NUMBERS = (
    "SELECT i, DATE '2015-01-01' + (i % 2500)::INT AS day, 10 + i % 400 AS tenths, i % 2 AS bit FROM range({}) t(i)"
)
CANONICAL = """
    SELECT 'P' || i AS patient_id, 'P' || i || '_1' AS session_id, day AS session_date, '1' AS lesion_id,
           tenths / 10 AS max_diameter_mm, CASE bit WHEN 1 THEN 'rfa' ELSE 'mwa' END AS modality,
           CASE bit WHEN 1 THEN 'yes' ELSE 'no' END AS subcapsular, tenths / 100 AS minimal_margin_mm
"""
GERMAN = """
    SELECT 'P' || i AS "Pat-Nr.", '1' AS "Sitzung", strftime(day, '%d.%m.%Y') AS "Datum", '1' AS "Herd",
           replace((tenths / 100)::VARCHAR, '.', ',') AS "Durchmesser",
           CASE bit WHEN 1 THEN 'RFA' ELSE 'MWA' END AS "Eingriff", bit AS "Kapsel",
           replace((tenths / 100)::VARCHAR, '.', ',') AS "Rand"
"""


def main(times: int, rows: int) -> int:
    """Time each way `times` times, print the ratio, and return 1 if it is above the limit."""
    with tempfile.TemporaryDirectory(prefix="mapping-speed-") as folder:
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for turn in range(times):
            for way in WAYS:
                home = Path(folder) / f"{way}{turn}"
                read = run_module("benchmarks.mapping_speed", "--way", way, "--rows", str(rows), "--home", home)
                seconds[way].append(read["processor_seconds"])
                print(f"  {turn + 1}: {way} {read['processor_seconds']:.1f} processor seconds", flush=True)
    ratio = ratio_of_medians(seconds["mapped"], seconds["canonical"])
    print(f"{rows:,} rows: mapped {ratio:.2f} times canonical (limit {LIMIT})")
    return int(ratio > LIMIT)


def run_once(way: str, rows: int, root: Path) -> None:
    """Land a file of the way in a new home, load it, and print what the load cost as JSON."""
    home = Home(root).create()
    folder = home.landing / "clinic" / ("rfa_sessions" if way == "canonical" else "klinik")
    folder.mkdir(parents=True)
    options = "(HEADER, DELIMITER ';')" if way == "mapped" else "(HEADER)"
    select = GERMAN if way == "mapped" else CANONICAL
    duckdb.execute(
        f"COPY ({select} FROM ({NUMBERS.format(rows)})) TO {sql_text(str(folder / '2022-12-31.csv'))} {options}"
    )
    if way == "mapped":
        (home.landing / "clinic" / "site.toml").write_text(SITE_TOML, encoding="utf-8")
    archive = Archive(home)
    problems = landing.land(home, archive).problems
    assert not problems, problems
    with open_build(home) as con:
        tables.create_tables(con)
        meter = Meter()
        loading.load_waiting(con, archive)
        cost = meter.read()
        loaded = con.execute("SELECT status, reason, rows_received FROM meta.deliveries").fetchall()
    assert loaded == [("accepted", None, rows)], loaded
    print(json.dumps(cost))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    if asked.way:
        run_once(asked.way, asked.rows, asked.home)
    else:
        sys.exit(main(asked.times, asked.rows))
