"""A reader of the lake as a process of its own: asks at a steady rate, and writes down how long each answer took.

    REGISTRY_WAREHOUSE=... python -m tests.scale.reader SECONDS REQUESTS_A_SECOND OUT.json

It reads the newest release, opens it anew from time to time, and stops by itself. A failure is written down by its
kind, never with its text.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

import duckdb

from warehouse.lake.address import lake_address
from warehouse.lake.reading import open_in_lake
from warehouse.storage.errors import RegistryError

OPEN_SECONDS = 30
QUESTIONS = (
    "SELECT kras, count(*) FROM derived.patient_ltpfs GROUP BY ALL ORDER BY ALL",
    "SELECT count(*), min(session_date), max(session_date) FROM clean.rfa_sessions",
    "SELECT segment, avg(max_diameter_mm) FROM cohort.lesions GROUP BY ALL ORDER BY ALL",
    "SELECT site, count(*) FROM clean.imaging_followups SEMI JOIN clean.patients USING (site, patient_id) GROUP BY ALL",
    "SELECT endpoint, sum(CASE WHEN event THEN 1 ELSE 0 END) FROM derived.time_to_event GROUP BY ALL ORDER BY ALL",
)


def main(seconds: float, rate: float, out: Path) -> None:
    """Ask until the time is over, and write the file."""
    address = lake_address()
    assert address is not None
    draw = random.Random(out.name)
    found: dict[str, list] = {"opened": [], "answered": [], "failed": [], "releases": []}
    started = time.monotonic()
    due = started + draw.random() / rate
    while due < started + seconds:
        began = time.monotonic()
        try:
            with open_in_lake(address) as (con, release):
                found["opened"].append(time.monotonic() - began)
                found["releases"].append(release.release_id)
                due = max(due, time.monotonic())
                until = min(time.monotonic() + OPEN_SECONDS, started + seconds)
                while max(due, time.monotonic()) < until:  # one who is behind does not keep the release longer
                    time.sleep(max(0.0, due - time.monotonic()))
                    con.execute(draw.choice(QUESTIONS)).fetchall()
                    found["answered"].append(time.monotonic() - due)  # from when it was due: waiting counts too
                    due += 1 / rate
        except (RegistryError, duckdb.Error) as error:
            found["failed"].append(type(error).__name__)
            due = time.monotonic() + 1 / rate
    out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
