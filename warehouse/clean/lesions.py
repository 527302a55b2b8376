"""Builds clean.lesions, finds of whom treatments are told, and creates empty clean tables for lineage and tests."""

import duckdb

from schemas.exports import EXPORTS
from warehouse.clean.validation import create_clean_table, create_findings
from warehouse.storage import content_hashes
from warehouse.storage.connection import create_schemas
from warehouse.storage.sql_files import select_of

WITH_TREATMENTS = "work.with_treatments"


def create_clean_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create empty clean tables and what else the derived tables need."""
    create_schemas(con)
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    create_findings(con)
    for export in EXPORTS.values():
        create_clean_table(con, export)
    con.execute("CREATE OR REPLACE TABLE work.set_aside_sessions (site VARCHAR, patient_id VARCHAR, lesion_id VARCHAR)")
    con.execute(f"CREATE OR REPLACE TABLE {WITH_TREATMENTS} (site VARCHAR, patient_id VARCHAR)")


def find_with_treatments(con: duckdb.DuckDBPyConnection) -> None:
    """Write work.with_treatments: the patients of whom treatments are told (sql/clean/with_treatments.sql)."""
    con.execute(f"CREATE OR REPLACE TABLE {WITH_TREATMENTS} AS {select_of('clean/with_treatments')}")


def build_lesions(con: duckdb.DuckDBPyConnection) -> None:
    """Build clean.lesions from clean.rfa_sessions."""
    con.execute(f"CREATE OR REPLACE TABLE clean.lesions AS {select_of('clean/lesions')}")
    content_hashes.invalidate(con, "clean.lesions")
