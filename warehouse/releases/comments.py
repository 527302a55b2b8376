"""Comments every table, view and column of a release in the database itself, with the words of meta.columns."""

import duckdb

from warehouse.storage.connection import catalogue, view_statements
from warehouse.storage.sql_files import sql_text

TABLES = """
    SELECT DISTINCT table_schema, table_name, table_prose, is_view
    FROM meta.columns JOIN (
        SELECT schema_name AS table_schema, table_name, false AS is_view FROM duckdb_tables()
        WHERE database_name = current_database() AND comment IS NULL
        UNION ALL
        SELECT schema_name, view_name, true FROM duckdb_views()
        WHERE database_name = current_database() AND comment IS NULL
    ) USING (table_schema, table_name)
    ORDER BY ALL
"""
COLUMNS = """
    SELECT table_schema, table_name, column_name, column_prose
    FROM meta.columns JOIN (
        SELECT schema_name AS table_schema, table_name, column_name FROM duckdb_columns()
        WHERE database_name = current_database() AND comment IS NULL
    ) USING (table_schema, table_name, column_name)
    ORDER BY ALL
"""


def write_comments(con: duckdb.DuckDBPyConnection, database: str) -> None:
    """Comment what has no comment yet in an attached database that holds meta.columns; without it, do nothing."""
    here = catalogue(con)
    con.execute(f'USE "{database}"')
    try:
        if statements := comments_lacking(con):
            con.execute("; ".join(["BEGIN", *statements, "COMMIT"]))  # each alone would be a commit of its own
    finally:
        con.execute(f'USE "{here}"')


def comments_lacking(con: duckdb.DuckDBPyConnection, *, views_too: bool = True) -> list[str]:
    """Return the statements that comment what has no comment yet in the current catalogue; none without meta.columns.

    A lake has no comments on the columns of views: without `views_too`, views and their columns are left out.
    """
    if not con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'meta' AND table_name = 'columns'"
        " AND database_name = current_database()"
    ).fetchone():
        return []
    left_out = set() if views_too else {tuple(name.split(".")) for name in view_statements(con)}
    return [
        f'COMMENT ON {"VIEW" if is_view else "TABLE"} {schema}."{table}" IS {sql_text(prose)}'
        for schema, table, prose, is_view in con.execute(TABLES).fetchall()
        if (schema, table) not in left_out
    ] + [
        f'COMMENT ON COLUMN {schema}."{table}"."{column}" IS {sql_text(prose)}'
        for schema, table, column, prose in con.execute(COLUMNS).fetchall()
        if (schema, table) not in left_out
    ]
