"""Tests Parquet, Excel and NDJSON: typed cells become what a CSV of the same table would contain."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import pytest

from tests.variants import quick
from tests.warehouse.kit import SITE, Kit

ROWS: list[dict[str, Any]] = [
    {
        "patient_id": "P1",
        "session_id": "S1",
        "session_date": date(2020, 1, 1),
        "lesion_id": "L1",
        "max_diameter_mm": 20.0,
        "segment": 5,
        "subcapsular": True,
        "perivascular": False,
        "power_w": None,
        "note": "n",
    },
    {
        "patient_id": "P2",
        "session_id": "S1",
        "session_date": date(2020, 2, 29),
        "lesion_id": "L1",
        "max_diameter_mm": 20.25,
        "segment": 8,
        "subcapsular": None,
        "perivascular": None,
        "power_w": 60.0,
        "note": None,
    },
]
EXPECTED = [
    ("P1", date(2020, 1, 1), 20.0, "5", "yes", "no", None),
    ("P2", date(2020, 2, 29), 20.25, "8", "unknown", "unknown", 60.0),
]
COLUMNS = "patient_id, session_date, max_diameter_mm, segment, subcapsular, perivascular, power_w"


def parquet(rows: list[dict[str, Any]]) -> bytes:
    """The rows as Parquet, with the types that polars gives them."""
    sink = io.BytesIO()
    pl.DataFrame(rows).write_parquet(sink)
    return sink.getvalue()


def workbook(rows: list[list[Any]], streamed: bool = False) -> bytes:
    """The rows as an Excel workbook; `streamed` leaves out the sheet's size, as exporting programs do."""
    book = openpyxl.Workbook(write_only=streamed)
    sheet = book.create_sheet() if streamed else book.active
    for row in rows:
        sheet.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def excel(rows: list[dict[str, Any]]) -> bytes:
    """The rows as an Excel workbook with real date, number and boolean cells."""
    return workbook([list(rows[0]), *(list(row.values()) for row in rows)])


def ndjson(rows: list[dict[str, Any]]) -> bytes:
    """The rows as NDJSON; a line leaves out what is null."""
    kept = [{k: v for k, v in row.items() if v is not None} for row in rows]
    return "".join(json.dumps(row, default=str) + "\n" for row in kept).encode()


@pytest.mark.long
@pytest.mark.parametrize("suffix, write", [("parquet", parquet), ("xlsx", excel), ("ndjson", ndjson)])
def test_typed_cells_become_the_csvs_text(
    kit: Kit, suffix: str, write: Callable[[list[dict[str, Any]]], bytes]
) -> None:
    """Dates, whole numbers held as floats, booleans and nulls give the same clean rows in every format."""
    kit.deliver(SITE, "rfa_sessions", f"2024-06-30.{suffix}", write(ROWS))
    kit.refresh()
    assert kit.tuples(f"SELECT {COLUMNS} FROM clean.rfa_sessions ORDER BY line") == EXPECTED
    assert kit.load(f"2024-06-30.{suffix}")["unknown_columns"] == ["note"]
    assert kit.entries() == []


@pytest.mark.long
def test_the_formats_are_one_delivery_history(kit: Kit) -> None:
    """The same rows as Parquet, Excel and NDJSON are unchanged rows of each other."""
    kit.deliver(SITE, "rfa_sessions", "2024-06-01.parquet", parquet(ROWS))
    kit.deliver(SITE, "rfa_sessions", "2024-06-02.xlsx", excel(ROWS))
    whole = [row | {"max_diameter_mm": text} for row, text in zip(ROWS, (20, 20.25), strict=True)]
    whole[1]["power_w"] = 60
    kit.deliver(SITE, "rfa_sessions", "2024-06-03.ndjson", ndjson(whole))
    kit.refresh()
    assert kit.tuples("SELECT unchanged FROM meta.loads ORDER BY position") == [(0,), (2,), (2,)]


@pytest.mark.long
@pytest.mark.parametrize(
    ("zone", "stored"),
    quick(2, [("Europe/Berlin", 23), ("-03:30", 3.5), ("America/New_York", 5), ("+02:00", 22), (None, 0)]),
)
def test_a_time_with_a_zone_is_the_day_that_was_written(kit: Kit, zone: str | None, stored: float) -> None:
    """Parquet stores the midnight of 4 March 2021 as the hour of UTC, and the zone apart: read as UTC it would be the
    day before, or no date at all.
    """
    import pyarrow as pa
    from pyarrow.parquet import write_table

    day = datetime(2021, 3, 3 if stored > 12 else 4) + timedelta(hours=stored)
    micros = (day - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    sink = io.BytesIO()
    write_table(
        pa.table({"patient_id": ["P1"], "last_contact_date": pa.array([micros], pa.timestamp("us", zone))}), sink
    )
    kit.deliver(SITE, "patients", "2024-06-30.parquet", sink.getvalue())
    kit.con.execute("SET TimeZone = 'Asia/Shanghai'")
    kit.refresh()
    assert kit.tuples("SELECT last_contact_date FROM clean.patients") == [(date(2021, 3, 4),)]


@pytest.mark.long
def test_parquet_holds_whole_floats_timestamps_and_decimals(kit: Kit) -> None:
    """A column with gaps is often float: 2.0 is 2, an identifier 17.0 is 17, midnight is a date in any zone."""
    rows = {
        "patient_id": [17.0],
        "birth_year": [1950.0],
        "ecog": [2.0],
        "cea_ng_ml": [Decimal("4.50")],
        "last_contact_date": [datetime(2020, 1, 1)],
        "death_date": [datetime(2020, 1, 1, tzinfo=UTC)],
        "vital_status": ["dead"],
        "dfi_months": [float("nan")],
    }
    sink = io.BytesIO()
    pl.DataFrame(rows).write_parquet(sink)
    kit.deliver(SITE, "patients", "2024-06-30.parquet", sink.getvalue())
    kit.con.execute("SET TimeZone = 'Asia/Shanghai'")
    kit.refresh()
    columns = "patient_id, birth_year, ecog, cea_ng_ml, last_contact_date, death_date, dfi_months"
    assert kit.tuples(f"SELECT {columns} FROM clean.patients") == [
        ("17", 1950, 2, 4.5, date(2020, 1, 1), date(2020, 1, 1), None)
    ]


@pytest.mark.long
@pytest.mark.parametrize("streamed", [False, True])
def test_excel_rows_of_any_length_and_blank_rows(kit: Kit, streamed: bool) -> None:
    """Rows that end early are filled up, blank rows and empty columns at the edge are nothing."""
    rows = [["patient_id", "sex", "birth_year", None], ["P1"], [None, None], ["P2", "male", 1950, None]]
    kit.deliver(SITE, "patients", "2024-06-30.xlsx", workbook(rows, streamed))
    kit.refresh()
    assert kit.tuples("SELECT patient_id, birth_year FROM clean.patients ORDER BY 1") == [("P1", None), ("P2", 1950)]
    assert kit.load("2024-06-30.xlsx")["unknown_columns"] == []


@pytest.mark.long
def test_excel_gives_its_first_sheet_and_runs_no_formula(kit: Kit) -> None:
    """Other sheets are not read; a formula without a stored value sets its cell aside."""
    book = openpyxl.Workbook()
    book.active.append(["patient_id", "birth_year"])
    book.active.append(["P1", "=1900+50"])
    book.create_sheet("other").append(["patient_id", "P9"])
    sink = io.BytesIO()
    book.save(sink)
    kit.deliver(SITE, "patients", "2024-06-30.xlsx", sink.getvalue())
    kit.refresh()
    assert kit.tuples("SELECT patient_id, birth_year FROM clean.patients") == [("P1", None)]
    assert [(e["rule_id"], e["column_name"], e["scope"]) for e in kit.entries()] == [("TYPE-01", "birth_year", "value")]


@pytest.mark.long
def test_excel_writes_no_warnings(kit: Kit, recwarn: pytest.WarningsRecorder) -> None:
    """A date cell out of Excel's range makes the library warn, and its warning quotes the cell."""
    book = openpyxl.Workbook()
    book.active.append(["patient_id", "last_contact_date"])
    book.active.append(["P1", 99999999])
    book.active["B2"].number_format = "yyyy-mm-dd"
    sink = io.BytesIO()
    book.save(sink)
    kit.deliver(SITE, "patients", "2024-06-30.xlsx", sink.getvalue())
    kit.refresh()
    assert kit.load("2024-06-30.xlsx")["status"] == "accepted"
    assert not recwarn.list


@pytest.mark.long
def test_ndjson_lines_may_differ_in_their_names(kit: Kit) -> None:
    """The header is the union of the names; a byte order mark and blank lines are nothing; what is lacking is empty."""
    lines = '\ufeff{"patient_id": "P1", "sex": "male"}\n\n{"birth_year": 1950, "patient_id": "P2"}\n{}\n'
    kit.deliver(SITE, "patients", "2024-06-30.ndjson", lines)
    kit.refresh()
    assert kit.tuples("SELECT patient_id, sex, birth_year, line FROM clean.patients ORDER BY line") == [
        ("P1", "male", None, 1),
        ("P2", None, 1950, 2),
    ]
    assert [(e["line"], e["rule_id"]) for e in kit.entries()] == [(3, "REQ-01")]
