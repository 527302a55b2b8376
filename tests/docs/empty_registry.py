"""The registry of nobody: every table that a release holds, with its columns and no subject.

What belongs here: making it in memory, from the declarations and the SQL alone. That its columns are those of a
full registry is a test of its own (test_tables.py).
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from analysis.cohorts import Registry
from analysis.maturity import maturity
from analysis.plan import TABLES
from analysis.quality_sensitivity import quality_sensitivity
from schemas.canaries import CANARIES
from warehouse import analysis_store, landing, raw
from warehouse.canaries import run_canaries, write_canaries
from warehouse.changes import write_changes
from warehouse.cleaning import clean, write_history
from warehouse.completeness import COMPLETENESS_TABLES, build_completeness, observed_times, patient_marks
from warehouse.connection import create_schemas
from warehouse.derivation import derive_all
from warehouse.documentation import write_columns
from warehouse.expectations.run import write_expectations
from warehouse.home import Home
from warehouse.results import write_results
from warehouse.scorecard import write_scorecard

Column = tuple[str, str, str, str, str, str]
"""table_schema, table_name, table_prose, column_name, data_type, column_prose"""


def documented_columns() -> list[Column]:
    """The rows of meta.columns, in the order of the release's tables and columns."""
    con = duckdb.connect()
    create_schemas(con)
    raw.create_tables(con)
    write_history(con, {})
    landing.write_problems(con, [])
    write_canaries(con, run_canaries(CANARIES[:2]))
    clean(con)
    derive_all(con)
    _write_analyses(con)
    _write_quality(con)
    write_columns(con)
    rows = con.execute("FROM meta.columns").fetchall()
    con.close()
    return rows


def _write_analyses(con: duckdb.DuckDBPyConnection) -> None:
    frames = analysis_store.frames(con)
    for name, analysis in TABLES.items():
        analysis_store.store(con, name, analysis(Registry(*frames)))
    for table in COMPLETENESS_TABLES:
        build_completeness(con, table)
    analysis_store.store(con, "maturity", maturity(observed_times(con)))
    analysis_store.store(con, "quality_sensitivity", quality_sensitivity(frames[0], frames[2], patient_marks(con)))


def _write_quality(con: duckdb.DuckDBPyConnection) -> None:
    with TemporaryDirectory() as folder:
        home = Home(Path(folder)).create()
        write_expectations(con, home)
        write_results(con)
        write_changes(con, home)
    write_scorecard(con)
