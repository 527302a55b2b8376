"""Times each kind of `registry export` against DuckDB copying the tables that the kind reads to Parquet, as ratios.

A second ratio, `of all`, is to the copy of every table that leaves, whichever of them the kind reads.

The release is copies of the patients of a home's current release. Both run in fresh processes that take turns, and both
read the tables in the same way; what is compared is writing the format instead of Parquet. Kinds without rows are left
out.

Run from the checkout: `python -m benchmarks.export_speed HOME --patients 100000`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.meter import Meter
from interchange.kinds import KINDS
from interchange.outgoing import outgoing
from interchange.statistics.wide import wide_tables
from schemas.exports import EXPORTS
from warehouse.releases.finding import find_release
from warehouse.storage.home import Home

LIMIT = 3
ROUNDS = 3
READ, ALL = "read", "all"
"""Which tables are copied: those that the kind reads, or all that leave."""
MEASURES = ("processor_seconds", "seconds", "peak_mb")
OF_TIMES = ("cohort.patients", "cohort.lesions", "derived.time_to_event", "derived.last_known_alive")
OF_STUDY = (
    *("cohort.patients", "derived.time_to_event", "derived.patient_progression", "clean.genotypes"),
    *("clean.rfa_sessions", "clean.imaging_followups", "clean.treatments"),
)
OF_ROWS = tuple(f"clean.{name}" for name in EXPORTS)
READS: dict[str, tuple[str, ...]] = {
    "adam": OF_TIMES,
    "cbioportal": OF_STUDY,
    "fhir": OF_ROWS,
    "omop": (*OF_ROWS, "derived.lesion_ltp"),
}
"""Kind -> the tables that it reads; those of statistics packages read wide ones, and a data package all."""


def copies_of(source: Home, patients: int, root: Path) -> Home:
    """Write a home whose only release holds copies of every patient of the current release of `source`."""
    release = find_release(source)
    n = max(1, patients // release.manifest["tables"]["derived.patient_ltpfs"]["rows"])
    folder = root / "releases" / release.release_id
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "registry.duckdb")) as con:
        con.execute(f"ATTACH '{release.database.resolve()}' AS one (READ_ONLY)")
        for (schema,) in con.execute(
            "SELECT DISTINCT schema_name FROM duckdb_tables() WHERE database_name = 'one'"
        ).fetchall():
            con.execute(f"CREATE SCHEMA {schema}")
        con.execute("CREATE SCHEMA IF NOT EXISTS cohort")
        tables = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'one'"
        ).fetchall()
        for schema, table in tables:
            names = {row[0] for row in con.execute(f"DESCRIBE one.{schema}.{table}").fetchall()}
            is_of_patients = schema in ("clean", "derived") and "patient_id" in names
            copied = "* EXCLUDE (k) REPLACE (patient_id || '-' || k AS patient_id)" if is_of_patients else "*"
            times = f"CROSS JOIN range({n}) r(k)" if is_of_patients else ""
            con.execute(f"CREATE TABLE {schema}.{table} AS SELECT {copied} FROM one.{schema}.{table} {times}")
        views = "SELECT sql FROM duckdb_views() WHERE database_name = 'one' AND NOT internal"
        for (statement,) in con.execute(f"{views} ORDER BY schema_name DESC").fetchall():
            con.execute(statement)
    (folder / "manifest.json").write_text(json.dumps(release.manifest), encoding="utf-8")
    (root / "releases" / "current").symlink_to(release.release_id)
    return Home(root)


def run_one(home: Home, kind: str, copied: str) -> dict[str, float]:
    """Write the kind, or tables as Parquet (`copied` says which), into a folder that goes; return what it cost."""
    __import__(KINDS[kind].module, fromlist=["write"])
    __import__("pandas")
    with tempfile.TemporaryDirectory(prefix="export-speed-") as name:
        meter = Meter()
        with outgoing(find_release(home)) as going:
            if not copied:
                KINDS[kind].write(going, Path(name))
            elif kind in ("spss", "stata") and copied == READ:
                for table in wide_tables(going):
                    going.con.execute(f"COPY ({table.select}) TO '{name}/{table.name}.parquet'")
            else:
                for table in READS.get(kind, tuple(going.tables)) if copied == READ else going.tables:
                    going.con.execute(
                        f"COPY {table.partition('.')[0]}.{table.partition('.')[2]} TO '{name}/{table}.parquet'"
                    )
        return meter.read()


def measure(home: Home, kinds: list[str], rounds: int) -> None:
    """Print the ratio of medians for each kind."""
    from benchmarks.fresh_process import run_module

    print(f"{'kind':<12} {'':<18} {'export':>9} {'parquet':>9} {'ratio':>6} {'all':>9} {'of all':>6}")
    for kind in kinds:
        runs: dict[str, list[dict[str, float]]] = {"": [], READ: [], ALL: []}
        for _ in range(rounds):
            for copied, found in runs.items():
                words = ("--alone", kind, *(["--parquet", copied] if copied else []))
                found.append(run_module("benchmarks.export_speed", str(home.root), *words))
        for what in MEASURES:
            ours, read, every = (median(run[what] for run in found) for found in runs.values())
            print(
                f"{kind:<12} {what:<18} {ours:>9.2f} {read:>9.2f} {ours / read:>6.2f} "
                f"{every:>9.2f} {ours / every:>6.2f}",
                flush=True,
            )
    print(f"limit of the ratio of processor seconds: {LIMIT}")


def main() -> None:
    """Measure, or write one export in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--kinds", nargs="*", default=[name for name, kind in KINDS.items() if kind.has_rows])
    parser.add_argument("--alone", help="only this kind, in this process")
    parser.add_argument("--parquet", default="", choices=(READ, ALL), help="with --alone: tables as Parquet instead")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    if asked.alone:
        json.dump(run_one(Home(asked.home), asked.alone, asked.parquet), sys.stdout)
        return
    with tempfile.TemporaryDirectory(prefix="export-speed-") as name:
        measure(copies_of(Home(asked.home.absolute()), asked.patients, Path(name)), asked.kinds, asked.rounds)


if __name__ == "__main__":
    main()
