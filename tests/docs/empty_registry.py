"""The registry of nobody: every table that a release holds, with its columns and no subject.

What belongs here: making it in memory, from the declarations and the SQL alone. That its columns are those of a
full registry is a test of its own (test_tables.py).
"""

from __future__ import annotations

import duckdb

from analysis.cohorts import Registry
from analysis.plan import TABLES
from warehouse import analysis_store, landing, raw
from warehouse.cleaning import clean, write_history
from warehouse.connection import create_schemas
from warehouse.derivation import derive_all
from warehouse.documentation import write_columns
from warehouse.results import write_results

Column = tuple[str, str, str, str, str, str]
"""table_schema, table_name, table_prose, column_name, data_type, column_prose"""


def documented_columns() -> list[Column]:
    """The rows of meta.columns, in the order of the release's tables and columns."""
    con = duckdb.connect()
    create_schemas(con)
    raw.create_tables(con)
    write_history(con, {})
    landing.write_problems(con, [])
    clean(con)
    write_results(con)
    derive_all(con)
    nobody = Registry(*analysis_store.frames(con))
    for name, analysis in TABLES.items():
        analysis_store.store(con, name, analysis(nobody))
    write_columns(con)
    rows = con.execute("FROM meta.columns").fetchall()
    con.close()
    return rows
