"""Tests which files an erasure keeps as they are: those that hold the rows that are read and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.warehouse.test_formats import FILES
from warehouse.archive.arrivals import Arrival
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.redaction.redact_file import rest_of

WORKBOOKS = ("xlsx", "xls", "ods")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize("what", [what for what in FILES if what != "gzip"])
def test_a_workbook_is_kept_as_its_rows_alone(tmp_path: Path, what: str, name: str) -> None:
    """Its hidden sheets could name the patient, whatever the file is called; other files stay as they are."""
    path = tmp_path / name
    path.write_bytes(FILES[what])
    with duckdb.connect() as con:
        arrival = Arrival(1, "north", "patients", name, name, "0" * 64, 1, "2024-01-31T00:00:00")
        rest = rest_of(con, path, DeliveredFile([arrival]), lambda _: set(), False)
    if what in WORKBOOKS:
        assert rest is not None and rest.rows == 0 and rest.path is not None and rest.path.exists()
    else:
        assert rest is None
