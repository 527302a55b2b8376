"""Makes all nightly analyses of a home by themselves: what each costs, and how much memory they need together.

Refresh the home without analyses first (`python -m benchmarks.core_refresh refresh --home HOME`). Then
`python -m benchmarks.analyses_alone HOME OUT.duckdb` reads its build database as the nightly refresh does, writes the
tables to OUT.duckdb and prints processor seconds of each with the peak memory until then, and those of all.
`python -m benchmarks.compare_releases BEFORE.duckdb AFTER.duckdb` says whether a change of code moved a figure.

What is imported on the way is counted: `imports` apart, before any analysis.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

import orchestration  # noqa: F401 (first: it gives numpy one thread, as a refresh does)
from benchmarks.meter import Meter
from warehouse.derived import analysis_tables, numbered_tables
from warehouse.derived.completeness import observed_times, patient_quality_flags
from warehouse.storage.connection import MEMORY_BESIDE_FRAMES, open_build
from warehouse.storage.home import Home
from warehouse.storage.home_settings import CENTRES
from warehouse.storage.table_catalogue import ANALYSIS_TABLES, SERVICE_TABLES
from workflows.service_tables import service_table


def makers(con: duckdb.DuckDBPyConnection) -> dict[str, Callable[[], Any]]:
    """Return what makes each table of schema analysis that a refresh makes every night, in order."""
    from analysis.plan.analysis_plan import TABLES
    from analysis.plan.follow_up import maturity
    from analysis.plan.quality_sensitivity import ENDPOINT, quality_sensitivity
    from analysis.subjects.analysis_frames import AnalysisFrames

    registry = cache(lambda: AnalysisFrames(*numbered_tables.by_number(con)))
    found: dict[str, Callable[[], Any]] = {"read frames": registry}
    found |= {table.name: lambda make=TABLES[table.name]: make(registry()) for table in ANALYSIS_TABLES}
    found |= {table.name: lambda name=table.name: service_table(con, name, CENTRES) for table in SERVICE_TABLES}
    found["maturity"] = lambda: maturity(observed_times(con))
    of_patients = numbered_tables.patients_by_number
    found["quality_sensitivity"] = lambda: quality_sensitivity(
        AnalysisFrames(*of_patients(con, ENDPOINT)), patient_quality_flags(con)
    )
    return found


def main(home: Home, out: Path) -> None:
    """Make all tables, store them, and print the figures as a line of JSON."""
    meter, costs = Meter(), {}
    with open_build(home, MEMORY_BESIDE_FRAMES) as con, duckdb.connect(str(out)) as kept:
        kept.execute("CREATE SCHEMA IF NOT EXISTS analysis")
        found, before = makers(con), time.process_time()
        costs["imports"] = (round(before, 2), round(meter.read()["peak_mb"]))
        for name, make in found.items():
            made = make()
            costs[name] = (round(time.process_time() - before, 2), round(meter.read()["peak_mb"]))
            if name != "read frames":
                analysis_tables.store(kept, name, made)
            before = time.process_time()
    print(json.dumps(meter.read() | {"steps": costs}))


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), Path(sys.argv[2]))
