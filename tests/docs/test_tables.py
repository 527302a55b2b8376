"""A release documents itself: meta.columns names every table and column, in words."""

from tests.docs.empty_registry import documented_columns
from tests.e2e.demonstration import Demonstration
from warehouse.storage.table_catalogue import IN_A_RELEASE


def test_every_column_is_documented(demonstration: Demonstration) -> None:
    """Each column of each table that the release holds stands in meta.columns with its type and its words."""
    held = demonstration.rows(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_catalog = current_database() ORDER BY ALL"
    )
    documented = demonstration.rows(
        "SELECT table_schema, table_name, column_name, data_type FROM meta.columns "
        "WHERE column_prose <> '' AND table_prose <> '' ORDER BY ALL"
    )
    assert held == documented


def test_release_holds_the_published_tables(demonstration: Demonstration) -> None:
    """The release's tables are those of warehouse.published, no more and no fewer."""
    held = demonstration.rows(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() ORDER BY 1"
    )
    assert [name for (name,) in held] == sorted(table.full_name for table in IN_A_RELEASE)


def test_every_table_and_column_is_commented(demonstration: Demonstration) -> None:
    """Any DuckDB client sees the words of meta.columns as comments, on tables, views and columns alike."""
    held = demonstration.rows(
        "SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
    )
    assert held == demonstration.rows(
        "SELECT table_schema, table_name, column_name, column_prose FROM meta.columns ORDER BY ALL"
    )
    tables = demonstration.rows(
        "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal UNION ALL "
        "SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
    )
    assert tables == demonstration.rows(
        "SELECT DISTINCT table_schema, table_name, table_prose FROM meta.columns ORDER BY ALL"
    )


def test_an_empty_registry_has_the_same_columns(demonstration: Demonstration) -> None:
    """A registry of nobody has the tables, columns and types of a full one, so that the page speaks of both."""
    assert sorted(demonstration.rows("FROM meta.columns")) == sorted(documented_columns())
