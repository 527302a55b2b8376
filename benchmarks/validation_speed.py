"""Times judging every imaging row by all row rules, as a ratio to reading the same rows from CSV.

DuckDB reads all columns as text into a table on disk. warehouse.clean.validation then validates, and its parts are
timed separately: fetching typed batches (SQL makes the types), the rules, storing. Reading and validating run in fresh
processes, one pair for each number of rows: validation's peak memory is bounded by one batch and DuckDB's memory limit,
so it must not grow with the table.

Run from the checkout: `python -m benchmarks.validation_speed --rows 1000000 4000000 8500000`. Files are written to a
temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.clock import OTHER, Clock
from benchmarks.fresh_process import run_module
from benchmarks.meter import Meter

LIMIT = 1.0
"""Typing and all row rules together should take less than this multiple of the processor seconds of reading."""
PATIENT_EXAMS, EXAM_LESIONS = 4, 2
SITE, DELIVERY = "north", "2024-06-30_imaging_followups.csv"
EXPORT = "imaging_followups"
MEMORY_LIMIT = "128MB"
"""DuckDB's memory limit in validation, small so that its cache, which grows up to it, does not hide a batch's memory.

Reading has no such limit, since it could slow down the yardstick.
"""
PARTS_OF_VALIDATION = {OTHER: "typing and fetching", "judge": "all row rules", "_store": "storing"}


def write_csv(path: Path, rows: int) -> None:
    """Write an imaging export of `rows` rows, one in a hundred with a defect."""
    import duckdb

    duckdb.execute(
        f"""
        COPY (
            SELECT 'P' || (i // {PATIENT_EXAMS * EXAM_LESIONS}) AS patient_id,
                   'E' || (i // {EXAM_LESIONS}) AS exam_id,
                   CASE WHEN i % 100 = 7 THEN '31/02/2020'
                        ELSE (DATE '2015-01-01' + (i % 3000)::INTEGER)::VARCHAR END AS exam_date,
                   CASE i % 4 WHEN 0 THEN 'mr' ELSE 'ct' END AS modality, 'yes' AS contrast_enhanced,
                   'L' || (i % {EXAM_LESIONS}) AS lesion_id,
                   CASE i % 10 WHEN 0 THEN 'ltp' ELSE 'no_viable' END AS lesion_status,
                   CASE i % 10 WHEN 0 THEN ((i % 90) / 10)::VARCHAR END AS distance_to_zone_mm,
                   'no' AS new_liver_lesion, 'unknown' AS extrahepatic_progression
            FROM range({rows}) r(i)
        ) TO '{path}' (HEADER)
        """
    )


def read_only(folder: Path) -> dict[str, float]:
    """Read the CSV with DuckDB into a table, every column as text, and return the figures."""
    import duckdb

    con = duckdb.connect(str(folder / "read.duckdb"))
    meter = Meter()
    con.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{folder / DELIVERY}', header = true, all_varchar = true)")
    return meter.read()


def load_only(folder: Path) -> dict[str, float]:
    """Make the build database as it is after loading and finding the current versions; this step is not timed."""
    from schemas.exports import EXPORTS
    from warehouse.clean import validation
    from warehouse.intake.exceptions_file import Notes
    from warehouse.queries import apply_answers, apply_exceptions
    from warehouse.raw import tables

    columns = ", ".join(f"t.{name}" for name in EXPORTS[EXPORT].column_names)
    con = _build_database(folder)
    tables.create_tables(con)
    con.execute(
        "INSERT INTO meta.deliveries (load_no, delivery, site, export, status, extract_date) "
        f"VALUES (1, '{DELIVERY}', '{SITE}', '{EXPORT}', 'accepted', DATE '2024-06-30')"
    )
    con.execute(f"ATTACH '{folder / 'read.duckdb'}' AS source (READ_ONLY)")
    con.execute(
        f"CREATE TABLE raw.{EXPORT}_current AS SELECT (1::BIGINT << 32) + row_number() OVER () AS row_id, "
        f"'{SITE}' AS site, {columns} FROM source.t"
    )
    con.execute(f"CREATE TABLE raw.{EXPORT}_versions (row_id BIGINT, has_open_conflict BOOLEAN)")
    apply_answers.forget_corrections(con)
    apply_answers.apply_answers(con)
    apply_exceptions.load_exceptions(con, Notes())
    validation.create_findings(con)
    con.close()
    return {}


def validate_only(folder: Path) -> dict[str, float]:
    """Fetch, type, judge and store the rows, and return the processor seconds of each part."""
    import pandera.polars  # noqa: F401 (imported before the clock starts)

    from schemas.exports import EXPORTS
    from warehouse.clean import validation

    con = _build_database(folder)
    idle_mb = Meter().read()["peak_mb"]
    clock = Clock(time.process_time)
    for name in ("judge", "_store"):
        clock.watch(getattr(validation, name), name)
    meter = Meter()
    con.begin()
    validation.validate(con, EXPORTS[EXPORT])
    with clock.step("_store"):
        con.commit()
    figures = meter.read() | dict(clock.seconds) | {"idle_mb": idle_mb}
    (figures["duckdb_mb"],) = con.execute("SELECT sum(memory_usage_bytes) / 1e6 FROM duckdb_memory()").fetchone()  # type: ignore[misc]
    figures[OTHER] = figures["processor_seconds"] - figures["judge"] - figures["_store"]
    for table in (f"clean.{EXPORT}", "quality.findings"):
        (figures[table],) = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[misc]
    return figures


def _build_database(folder: Path):
    import duckdb

    from warehouse.storage.connection import create_schemas, settings

    con = duckdb.connect(str(folder / "build.duckdb"), config=settings(folder, MEMORY_LIMIT))
    create_schemas(con)
    return con


PARTS = {"read": read_only, "load": load_only, "validate": validate_only}


def measure(rows: int) -> None:
    """Read and validate that many rows and print how long each took."""
    with tempfile.TemporaryDirectory(prefix="validation-speed-") as name:
        folder = Path(name)
        write_csv(folder / DELIVERY, rows)
        megabytes = (folder / DELIVERY).stat().st_size / 1e6
        read, _, done = (run_module("benchmarks.validation_speed", "--part", p, "--in", folder) for p in PARTS)
    print(f"{rows:,} rows, {megabytes:.0f} MB of CSV; {done['quality.findings']:,} findings")
    print(f"  reading                  {read['processor_seconds']:7.2f} processor seconds, {read['seconds']:.2f} s")
    parts = {prose: done[name] for name, prose in PARTS_OF_VALIDATION.items()}
    parts[f"typing and rules (< {LIMIT})"] = done[OTHER] + done["judge"]
    parts["all of validation"] = done["processor_seconds"]
    for prose, seconds in parts.items():
        print(f"  {prose:<24} {seconds:7.2f} processor seconds, {seconds / read['processor_seconds']:.2f} of reading")
    ratio = done["seconds"] / read["seconds"]
    print(f"  all of validation        {done['seconds']:7.2f} s, {ratio:.2f} of reading")
    print(
        f"  validation's peak memory {done['peak_mb']:.0f} MB: {done['idle_mb']:.0f} MB before, DuckDB's "
        f"{done['duckdb_mb']:.0f} MB at the end (limit {MEMORY_LIMIT}), a batch the rest",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[500_000, 1_000_000], help="e.g. 1000000 8500000")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.folder)))
    else:
        for size in options.rows:
            measure(size)
