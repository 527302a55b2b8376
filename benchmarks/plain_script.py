"""The yardstick: a plain DuckDB script from the same CSV files to the same derived tables.

It is what a careful analyst who trusts the files would write: typed tables, the variants read, the frozen SELECTs of
plain_sql/ over them, one database file. No checks, no history, no quarantine, no release. The CSV reader silently skips
a row with a cell of the wrong type; duplicates and orphans stay.

`python -m benchmarks.plain_script LANDING DATABASE` prints seconds and peak memory as JSON. Imports are not timed.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.meter import Meter
from benchmarks.plain_sql import DERIVED, lesions, select_for, terms
from schemas.exports import EXPORTS
from schemas.genotype import describe
from warehouse.storage.sql_files import sql_text

PEER_MEMORY = "2500MB"
"""What DuckDB may take in the plain script and in dbt, as in the platform: with 1,700 MB dbt 1.11 stopped on a million
patients, and the platform sometimes did."""


def build(landing: Path, database: Path, memory_limit: str = PEER_MEMORY) -> None:
    """Read landing/<site>/<export>/*.csv and write clean.* and derived.* into `database`, a new file."""
    with duckdb.connect(str(database), config={"memory_limit": memory_limit}) as con:
        con.execute(terms())
        for schema in ("raw", "clean", "derived", "work"):
            con.execute(f"CREATE SCHEMA {schema}")
        for name in EXPORTS:
            _read(con, landing, name)
        _read_variants(con)
        con.execute("CREATE TABLE work.set_aside_sessions (site VARCHAR, patient_id VARCHAR, lesion_id VARCHAR)")
        con.execute(f"CREATE TABLE clean.lesions AS {lesions()}")
        for table in DERIVED:
            con.execute(f"CREATE TABLE derived.{table} AS {select_for(table)}")


def _read(con: duckdb.DuckDBPyConnection, landing: Path, name: str) -> None:
    """Read an export's files into one table, typed by the reader, with site, file and line. A file may have its columns
    in any order, and lack some, which are null.
    """
    types = {column.name: column.duckdb_type for column in EXPORTS[name].columns}
    for first, path in enumerate(sorted(landing.glob(f"*/{name}/*.csv"))):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        columns = ", ".join(f"{sql_text(one)}: {sql_text(types.get(one, 'VARCHAR'))}" for one in header)
        cells = ", ".join(one if one in header else f"NULL::{kind} AS {one}" for one, kind in types.items())
        rows = (
            f"SELECT {sql_text(path.parts[-3])} AS site, {cells}, {sql_text(path.name)} AS delivery, "
            f"row_number() OVER () AS line FROM read_csv({sql_text(str(path))}, header = true, "
            f"auto_detect = false, delim = ',', quote = '\"', escape = '\"', ignore_errors = true, "
            f"columns = {{{columns}}})"
        )
        schema = "raw" if name == "genotypes" else "clean"
        con.execute(f"INSERT INTO {schema}.{name} {rows}" if first else f"CREATE TABLE {schema}.{name} AS {rows}")


def _read_variants(con: duckdb.DuckDBPyConnection) -> None:
    """Make clean.genotypes: the genotypes with each variant's canonical name; every distinct text is read once."""
    pairs = con.execute("SELECT DISTINCT gene, variant FROM raw.genotypes").fetchall()
    read = [
        (gene, variant, s.canonical, s.status, s.variant_class, s.codon, s.braf_class)
        for gene, variant in pairs
        for s in [describe(gene or "", variant)]
    ]
    names = ["gene", "variant", "variant_canonical", "variant_status", "variant_class", "codon", "braf_class"]
    con.register("variants", pl.DataFrame(read, schema=names, orient="row", infer_schema_length=None).to_arrow())
    con.execute(
        "CREATE TABLE clean.genotypes AS SELECT g.*, v.* EXCLUDE (gene, variant) FROM raw.genotypes g "
        "LEFT JOIN variants v ON v.gene = g.gene AND v.variant IS NOT DISTINCT FROM g.variant"
    )
    con.unregister("variants")


def main(landing: Path, database: Path) -> None:
    """Build the tables and print the figures."""
    import pandas  # noqa: F401 (DuckDB imports it when it is handed a frame; imports are not timed)
    import pyarrow  # noqa: F401

    meter = Meter()
    build(landing, database)
    print(json.dumps(meter.read()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
