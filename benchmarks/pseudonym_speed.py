"""Times taking in and loading imaging rows under pseudonyms, as a ratio to the same rows as delivered.

Both are a CSV of imaging_followups that is archived and goes through the loader of raw rows, in fresh processes
that take turns: each patient has two lesions and five exams. Fails if pseudonyms cost more than the limit of it.

Run from the checkout: `python -m benchmarks.pseudonym_speed`. Files are written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import os
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
from warehouse.storage.pseudonym_key import VARIABLE
from warehouse.storage.sql_files import sql_text

LIMIT = 0.5
"""Largest share of the processor seconds without pseudonyms that they add."""
ROWS = 1_000_000
WAYS = ("delivered", "pseudonyms")
EXAMS = """
    SELECT printf('P%07d', i // 10) AS patient_id, printf('P%07d-E%d', i // 10, i % 5) AS exam_id,
           DATE '2015-01-01' + (i // 10 % 2000)::INT + (i % 5)::INT * 90 AS exam_date,
           CASE i % 3 WHEN 0 THEN 'mr' ELSE 'ct' END AS modality, 'yes' AS contrast_enhanced,
           'L' || (i // 5 % 2) AS lesion_id, CASE i % 7 WHEN 0 THEN 'ltp' ELSE 'no_viable' END AS lesion_status,
           CASE i % 7 WHEN 0 THEN i % 10 END AS distance_to_zone_mm, 'no' AS new_liver_lesion
    FROM range({}) t(i)
"""


def main(times: int, rows: int) -> int:
    """Time each way `times` times, print what pseudonyms add, and return 1 if it is above the limit."""
    with tempfile.TemporaryDirectory(prefix="pseudonym-speed-") as folder:
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for turn in range(times):
            for way in WAYS:
                home = Path(folder) / f"{way}{turn}"
                read = run_module("benchmarks.pseudonym_speed", "--way", way, "--rows", str(rows), "--home", home)
                seconds[way].append(read["processor_seconds"])
                print(f"  {turn + 1}: {way} {read['processor_seconds']:.1f} processor seconds", flush=True)
    added = ratio_of_medians(seconds["pseudonyms"], seconds["delivered"]) - 1
    print(f"{rows:,} rows: pseudonyms add {added:.2f} of taking in and loading (limit {LIMIT})")
    return int(added > LIMIT)


def run_once(way: str, rows: int, root: Path) -> None:
    """Land a file in a new home, load it, and print what both cost as JSON."""
    os.environ.pop(VARIABLE, None)
    if way == "pseudonyms":
        os.environ[VARIABLE] = "0123456789abcdef" * 4
    home = Home(root).create()
    folder = home.landing / "clinic" / "imaging_followups"
    folder.mkdir(parents=True)
    duckdb.execute(f"COPY ({EXAMS.format(rows)}) TO {sql_text(str(folder / '2022-12-31.csv'))} (HEADER)")
    archive = Archive(home)
    with open_build(home) as con:
        tables.create_tables(con)
        meter = Meter()
        problems = landing.land(home, archive).problems
        assert not problems, problems
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
