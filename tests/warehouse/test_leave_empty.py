"""Tests that an analysis table which is not asked for is left without rows."""

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from warehouse.derived.analysis_tables import leave_empty, read, store


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty build database with the schema of the analyses."""
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA analysis")
        yield opened


def _made() -> pd.DataFrame:
    return pd.DataFrame({"endpoint": ["OS"], "n": [3]})


def test_a_table_that_is_missing_gets_its_columns(con: duckdb.DuckDBPyConnection) -> None:
    """It has the columns and types of the frame, and none of the frame's rows."""
    assert leave_empty(con, "missing", _made)
    store(con, "full", _made())
    described = [con.execute(f"DESCRIBE analysis.{name}").fetchall() for name in ("missing", "full")]
    assert described[0] == described[1] and read(con, "missing").empty


def test_a_table_with_rows_loses_them(con: duckdb.DuckDBPyConnection) -> None:
    """Its rows are deleted, which is a change; leaving it empty again is none."""
    store(con, "full", _made())
    assert leave_empty(con, "full", _made) and read(con, "full").empty
    assert not leave_empty(con, "full", _made)
