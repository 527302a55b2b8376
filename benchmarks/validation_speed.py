"""How long judging every imaging row by all row rules takes, as a ratio to reading the same rows from CSV.

Reading is DuckDB's, all columns as text into a table. Judging is warehouse.validation's: typed batches fetched
through Arrow, judged, stored. Each is a fresh process, with N/2 and N rows: validation's peak memory beyond DuckDB's
is bounded by a batch, so it must not grow with the table.

Run from the checkout: `python -m benchmarks.validation_speed --rows 8500000`. Files lie in a temporary folder and are
removed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.fresh_process import run_module

LIMIT = 1.0
"""All row rules should take less than this many times the seconds of reading."""
PATIENT_EXAMS, EXAM_LESIONS = 4, 2
SITE, DELIVERY = "north", "2024-06-30_imaging_followups.csv"
MEMORY_LIMIT = "512MB"
"""DuckDB's own memory, small so that it does not hide what a batch takes."""


def write_csv(path: Path, rows: int) -> None:
    """An imaging export of `rows` rows, one in a hundred with a defect."""
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
    """Read the CSV with DuckDB, every column as text, into a table."""
    import duckdb

    from benchmarks.meter import Meter

    con = duckdb.connect(str(folder / "read.duckdb"), config={"memory_limit": MEMORY_LIMIT})
    meter = Meter()
    con.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{folder / DELIVERY}', header = true, all_varchar = true)")
    return meter.read()


def validate_only(folder: Path) -> dict[str, float]:
    """Judge and store the rows that the CSV brought; loading them is not timed."""
    import duckdb
    import pandera.polars  # noqa: F401 (imported before the clock starts)

    from benchmarks.clock import Clock
    from benchmarks.meter import Meter
    from schemas.contract import judge
    from schemas.exports import EXPORTS
    from warehouse import validation
    from warehouse.connection import create_schemas, settings
    from warehouse.raw import create_tables

    export = EXPORTS["imaging_followups"]
    columns = ", ".join(f"t.{name}" for name in export.column_names)
    con = duckdb.connect(str(folder / "validate.duckdb"), config=settings(folder, MEMORY_LIMIT))
    create_schemas(con)
    create_tables(con)
    con.execute(
        f"INSERT INTO meta.deliveries (load_no, delivery, site, extract_date) VALUES (1, '{DELIVERY}', '{SITE}', "
        "DATE '2024-06-30')"
    )
    con.execute(f"ATTACH '{folder / 'read.duckdb'}' AS source (READ_ONLY)")
    con.execute(
        f"CREATE TABLE raw.{export.name}_current AS SELECT (1::BIGINT << 32) + row_number() OVER () AS row_id, "
        f"'{SITE}' AS site, {columns} FROM source.t"
    )
    con.execute(f"CREATE TABLE raw.{export.name}_versions (row_id BIGINT, has_open_conflict BOOLEAN)")
    validation.create_findings(con)
    loaded_mb = Meter().read()["peak_mb"]
    clock = Clock()
    clock.watch(judge, "judge")
    meter = Meter()
    con.begin()
    validation.validate(con, export)
    con.commit()
    figures = meter.read() | {"loaded_mb": loaded_mb, "rule_seconds": clock.seconds["judge"]}
    for table in (f"clean.{export.name}", "quality.findings"):
        (figures[table],) = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[misc]
    return figures


PARTS = {"read": read_only, "validate": validate_only}


def main(rows: int) -> None:
    """Both ways with half of the rows and with all, and what they took."""
    for size in (rows // 2, rows):
        with tempfile.TemporaryDirectory(prefix="validation-speed-") as name:
            folder = Path(name)
            write_csv(folder / DELIVERY, size)
            megabytes = (folder / DELIVERY).stat().st_size / 1e6
            reading, judging = (run_module("benchmarks.validation_speed", "--part", p, "--in", folder) for p in PARTS)
        print(f"{size:,} rows, {megabytes:.0f} MB of CSV")
        print(f"  reading {reading['seconds']:.2f} s, peak memory {reading['peak_mb']:.0f} MB")
        for what, name in (
            (f"all row rules (limit {LIMIT})", "rule_seconds"),
            ("with typing, fetching and storing", "seconds"),
        ):
            print(f"  {what} {judging[name]:.2f} s, ratio to reading {judging[name] / reading['seconds']:.2f}")
        print(
            f"  validation's peak memory {judging['peak_mb']:.0f} MB ({judging['loaded_mb']:.0f} MB before), "
            f"{judging['quality.findings']:,} findings",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of imaging, e.g. 8500000")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.folder)))
    else:
        main(options.rows)
