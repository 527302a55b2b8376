"""The page is made from the rows of curves that it shows, not from whole tables."""

from __future__ import annotations

import duckdb
import pytest

from analysis.report import render
from analysis.report.shown_rows import SHOWN
from tests.analysis_report.sample import content, sample_page
from warehouse.derived.analysis_tables import read
from workflows.report_facts import tables_of


@pytest.mark.long
def test_rows_that_are_not_shown_change_nothing() -> None:
    """With curves of other endpoints, levels and groups in the database, the page is the same, byte for byte."""
    whole = content()
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA analysis")
        for name in SHOWN:
            rows = whole.table(name)
            con.register("rows", rows)
            con.execute(
                f"CREATE TABLE analysis.{name} AS FROM rows UNION ALL "
                "SELECT * REPLACE ('braf' AS grouping) FROM rows WHERE grouping <> 'overall' AND endpoint <> 'TTLTP' "
                "UNION ALL SELECT * REPLACE ('nras' AS grouping) FROM rows WHERE grouping <> 'overall'"
            )
            assert len(read(con, name)) > len(rows) >= len(read(con, name, SHOWN[name])) > 0
        found = tables_of(con)
    assert set(found) == set(SHOWN)
    assert render(content(tables={**whole.tables, **found})) == sample_page()
