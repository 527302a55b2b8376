"""Writes meta.columns, which describes every column of every published table for those who query a release."""

import duckdb
import polars as pl

from schemas.analysis import ANALYSIS_COLUMNS
from schemas.cohort import COHORT
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from schemas.genotypes import PARSED_COLUMNS
from schemas.words import COMMON_COLUMNS
from warehouse.releases.cohort_views import views_of
from warehouse.releases.release_tables import NOT_RELEASED
from warehouse.storage.connection import table_exists
from warehouse.storage.hashing import columns_of
from warehouse.storage.table_catalogue import BY_NAME, PUBLISHED


def prose_of(schema: str, table: str, column: str) -> str:
    """What the column means; KeyError if it is not documented."""
    if schema == "clean" and table in EXPORTS and column in EXPORTS[table].column_names:
        return EXPORTS[table].column(column).prose
    if table == "genotypes" and column in (parsed := {c.name: c.prose for c in PARSED_COLUMNS}):
        return parsed[column]
    if schema == "derived":
        return {c.name: c.prose for c in DERIVED[table].columns}[column]
    if schema == "cohort":
        return {c.name: c.prose for c in COHORT[table].columns}[column]
    if schema == "analysis":
        return ANALYSIS_COLUMNS[column].prose
    return COMMON_COLUMNS[column]


NAMES = ("table_schema", "table_name", "table_prose", "column_name", "data_type", "column_prose")
OWN_WORDS = COMMON_COLUMNS | {"column_name": "The column."}
"""The words of meta.columns itself; elsewhere column_name is the column that broke a rule."""


def write_columns(con: duckdb.DuckDBPyConnection) -> None:
    """Write meta.columns: table_schema, table_name, table_prose, column_name, data_type, column_prose."""
    rows = [
        (table.schema, table.name, table.prose, name, kind, prose_of(table.schema, table.name, name))
        for table in PUBLISHED
        if table.full_name != "meta.columns" and table_exists(con, table.schema, table.name)
        for name, kind in columns_of(con, table.schema, table.name)
        if name not in NOT_RELEASED
    ]
    rows += [
        ("cohort", name, COHORT[name].prose, column.name, column.kind, column.prose)
        for name in views_of(con)
        for column in COHORT[name].columns
    ]
    rows += [("meta", "columns", BY_NAME["meta.columns"].prose, name, "VARCHAR", OWN_WORDS[name]) for name in NAMES]
    con.register("documented", pl.DataFrame(rows, schema=list(NAMES), orient="row").to_arrow())
    con.execute("CREATE OR REPLACE TABLE meta.columns AS SELECT * FROM documented")
    con.unregister("documented")
