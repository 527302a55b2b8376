"""The views of a release can be made again from what DuckDB stores of them, as erasing a patient does."""

from __future__ import annotations

import duckdb

from tests.e2e.demonstration import Demonstration
from warehouse.storage.connection import view_statements


def test_each_view_is_made_again_with_the_same_rows(demonstration: Demonstration) -> None:
    """In a database with copies of the release's tables, each view's statement gives a view with as many rows."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{demonstration.release.database}' AS released (READ_ONLY)")
        for schema, name in con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'released'"
        ).fetchall():
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            con.execute(f"CREATE TABLE {schema}.{name} AS FROM released.{schema}.{name}")
        con.execute("CREATE SCHEMA cohort")
        views = view_statements(con, "released")
        assert "derived.time_to_event" in views
        for name, statement in views.items():
            con.execute(statement)
            (again,), (before,) = con.execute(
                f"SELECT count(*) FROM {name} UNION ALL SELECT count(*) FROM released.{name}"
            ).fetchall()
            assert again == before > 0, name
