"""Builds clean.lesions, and creates empty clean tables for lineage and tests."""

import duckdb

from schemas.exports import EXPORTS
from warehouse.clean.validation import create_clean_table, create_findings
from warehouse.storage import content_hashes
from warehouse.storage.connection import create_schemas
from warehouse.storage.sql_files import select_of


def create_clean_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create empty clean tables and what else the derived tables need."""
    create_schemas(con)
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    create_findings(con)
    for export in EXPORTS.values():
        create_clean_table(con, export)
    con.execute("CREATE OR REPLACE TABLE work.set_aside_sessions (site VARCHAR, patient_id VARCHAR, lesion_id VARCHAR)")


def build_lesions(con: duckdb.DuckDBPyConnection) -> None:
    """Build clean.lesions from clean.rfa_sessions."""
    con.execute(f"CREATE OR REPLACE TABLE clean.lesions AS {select_of('clean/lesions')}")
    content_hashes.invalidate(con, "clean.lesions")
