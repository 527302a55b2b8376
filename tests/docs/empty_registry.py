"""Makes an empty registry in memory: every table that a release holds, with its columns and without a row.

It follows from the declarations and the SQL alone; test_tables.py holds that a full registry has the same columns.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from analysis.plan.analysis_plan import TABLES
from analysis.plan.follow_up import maturity
from analysis.plan.quality_sensitivity import quality_sensitivity
from analysis.subjects.analysis_frames import AnalysisFrames
from schemas.canaries import CANARIES
from schemas.rule_book import OURS
from warehouse.clean.clean import clean, write_history
from warehouse.control.charts import write_charts
from warehouse.control.site_terms import write_terms
from warehouse.derived import analysis_tables
from warehouse.derived.completeness import (
    build_completeness,
    completeness_order,
    observed_times,
    patient_quality_flags,
)
from warehouse.derived.derive import derive_all
from warehouse.expectations.run import write_expectations
from warehouse.intake import landing_problems
from warehouse.quality.canaries import run_canaries, write_canaries
from warehouse.quality.entry_changes import write_changes
from warehouse.quality.rule_results import write_results
from warehouse.quality.scorecard import write_scorecard
from warehouse.queries.question_counts import write_question_counts
from warehouse.raw import tables
from warehouse.releases.column_descriptions import write_columns
from warehouse.storage.connection import create_schemas
from warehouse.storage.home import Home
from warehouse.storage.home_settings import CENTRES
from warehouse.storage.plan_table import write_plan
from warehouse.storage.rule_table import write_rules
from warehouse.storage.suite_table import write_suites
from warehouse.storage.table_catalogue import SERVICE_TABLES
from workflows.service_tables import service_table

Column = tuple[str, str, str, str, str, str]
"""table_schema, table_name, table_prose, column_name, data_type, column_prose"""


def documented_columns() -> list[Column]:
    """The rows of meta.columns, in the order of the release's tables and columns."""
    con = duckdb.connect()
    create_schemas(con)
    tables.create_tables(con)
    write_rules(con, OURS)
    write_suites(con, [])
    write_plan(con, None, [], "")
    write_history(con, {})
    landing_problems.write_problems(con, [])
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
    frames = analysis_tables.frames(con)
    for name, analysis in TABLES.items():
        analysis_tables.store(con, name, analysis(AnalysisFrames(*frames)))
    for table in completeness_order(con):
        build_completeness(con, table)
    analysis_tables.store(con, "maturity", maturity(observed_times(con)))
    analysis_tables.store(
        con, "quality_sensitivity", quality_sensitivity(AnalysisFrames(*frames), patient_quality_flags(con))
    )
    for table in SERVICE_TABLES:
        analysis_tables.store(con, table.name, service_table(con, table.name, CENTRES))


def _write_quality(con: duckdb.DuckDBPyConnection) -> None:
    with TemporaryDirectory() as folder:
        home = Home(Path(folder)).create()
        write_expectations(con, home)
        write_terms(con, {})
        write_charts(con)
        write_results(con)
        write_changes(con, home)
        write_question_counts(con, [])
    write_scorecard(con)
