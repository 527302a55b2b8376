"""Tests what becomes of the cells of SPSS files: codes, dates, numbers and text."""

from pathlib import Path

import polars as pl
import pyreadstat
import pytest

from tests.warehouse.statistics_kit import SPSS_1970, read, texts_of, write_sav
from warehouse.readers.statistics import spss_formats

MARCH_4_1955 = 11_751_350_400.0
MARCH_4_2021 = 13_834_195_200.0
DAY_S = 86_400.0


def test_codes_stay_codes(tmp_path: Path) -> None:
    """Codes 1, 2 and 9 stay "1", "2" and "9"; the labels of 1 and 2 are given beside them, and 9 has none."""
    path = write_sav(
        tmp_path / "a.sav", {"kapsel": [1.0, 2.0, 9.0]}, variable_value_labels={"kapsel": {1: "yes", 2: "no"}}
    )
    seen = read(path)
    assert seen.cells == {"kapsel": ["1", "2", "9"]}
    assert seen.source.labels == {0: {"1": "yes", "2": "no"}}


def test_labels_of_text_and_of_broken_numbers(tmp_path: Path) -> None:
    """A label is found by the text that the cell has, be it a text or a number that is not whole."""
    path = write_sav(
        tmp_path / "a.sav",
        {"seite": ["r", "l"], "grad": [1.5, 2.0]},
        variable_value_labels={"seite": {"r": "right"}, "grad": {1.5: "between", 2: "two"}},
    )
    seen = read(path)
    assert seen.cells == {"seite": ["r", "l"], "grad": ["1.5", "2"]}
    assert seen.source.labels == {0: {"r": "right"}, 1: {"1.5": "between", "2": "two"}}


def test_a_date_with_a_time_is_its_day(tmp_path: Path) -> None:
    """4 March 1955, 14:00, in a column of format DATE11 is 1955-03-04, not the next day."""
    seconds = MARCH_4_1955 + 14 * 3600
    seen = read(write_sav(tmp_path / "a.sav", {"d": [seconds, MARCH_4_1955]}, variable_format={"d": "DATE11"}))
    assert seen.cells == {"d": ["1955-03-04", "1955-03-04"]}
    assert seen.source.dates == {0}


@pytest.mark.parametrize("name", ["DATE11", "ADATE10", "EDATE10", "SDATE10", "JDATE7"])
def test_every_format_of_dates(tmp_path: Path, name: str) -> None:
    """A date is the same in each of SPSS's formats, and is one from 1582 to 9999, whatever else the column holds."""
    days = [0.0, MARCH_4_2021, SPSS_1970 + 2_932_896 * DAY_S, None]
    seen = read(write_sav(tmp_path / "a.sav", {"d": days}, variable_format={"d": name}))
    assert seen.cells == {"d": ["1582-10-14", "2021-03-04", "9999-12-31", None]}
    assert seen.source.dates == {0}


def test_a_date_beyond_the_calendar_is_no_date(tmp_path: Path) -> None:
    """A number that is a day after the year 9999 stays a number: it fails as a date, and no row is lost."""
    seen = read(write_sav(tmp_path / "a.sav", {"d": [1e13, MARCH_4_2021]}, variable_format={"d": "DATE11"}))
    assert seen.cells == {"d": ["10000000000000", "2021-03-04"]}


def test_date_times(tmp_path: Path) -> None:
    """A date with a time has both; at midnight it is a date alone."""
    values = [MARCH_4_2021 + 50_400.5, MARCH_4_2021, -1.0]
    seen = read(write_sav(tmp_path / "a.sav", {"d": values}, variable_format={"d": "DATETIME20"}))
    assert seen.cells == {"d": ["2021-03-04 14:00:00.5", "2021-03-04", "1582-10-13 23:59:59"]}
    assert seen.source.dates == {0}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("TIME8", 90_000.0, "25:00:00"),
        ("DTIME10", 90_000.0, "25:00:00"),
        ("MTIME8", 90.5, "00:01:30.5"),
        ("MOYR8", MARCH_4_2021, "2021-03"),
        ("QYR8", MARCH_4_2021, "2021Q1"),
        ("WKYR10", MARCH_4_2021, "2021w9"),
        ("WKDAY9", 5.0, "Thursday"),
        ("MONTH9", 3.0, "March"),
        ("WKDAY9", MARCH_4_2021, "13834195200"),
    ],
)
def test_times_and_parts_of_dates_are_no_dates(tmp_path: Path, name: str, value: float, text: str) -> None:
    """25 hours stay 25 hours, a month is a month; none of these columns passes for one of dates."""
    seen = read(write_sav(tmp_path / "a.sav", {"t": [value]}, variable_format={"t": name}))
    assert seen.cells == {"t": [text]}
    assert seen.source.dates == set()


def test_clocks_before_midnight_and_beyond_reason() -> None:
    """A negative time keeps its sign; a number of seconds beyond 300 years is left as the number."""
    assert texts_of(spss_formats.CLOCK, -90_000.25, 1e15) == ["-25:00:00.25", "1000000000000000"]


def test_numbers_are_written_as_short_as_they_can_be(tmp_path: Path) -> None:
    """An id 101 is "101", zero has no sign, and a fraction has the digits that make it the same number, no more."""
    seen = read(write_sav(tmp_path / "a.sav", {"n": [101.0, -0.0, 29.9, 0.1 + 0.2, -7.0, None]}))
    assert seen.cells == {"n": ["101", "0", "29.9", "0.30000000000000004", "-7", None]}
    assert seen.source.remark == ""


def test_numbers_that_may_have_lost_digits_are_reported(tmp_path: Path) -> None:
    """Identifiers from 2**53 on cannot be told apart; the column is named in the remark, the others are not."""
    seen = read(write_sav(tmp_path / "a.sav", {"fallnr": [2.0**53, 1.0], "size": [2.0**53 - 1, 1.0]}))
    assert seen.cells["fallnr"] == ["9007199254740992", "1"]
    assert "fallnr" in seen.source.remark and "size" not in seen.source.remark


def test_text_loses_its_filling(tmp_path: Path) -> None:
    """Trailing blanks go, leading ones stay for the step that trims all cells; text without a letter is empty."""
    seen = read(write_sav(tmp_path / "a.sav", {"PATIENTN": ["P1  ", " P2", "", "   "]}))
    assert seen.cells == {"PATIENTN": ["P1", " P2", None, None]}


def test_the_header_is_the_names(tmp_path: Path) -> None:
    """A column is called by its name, of eight characters or more; its description does not replace it."""
    path = write_sav(
        tmp_path / "a.sav", {"DURCHMES": [1.0], "a_name_of_a_newer_version": [2.0]}, column_labels=["Durchmesser", None]
    )
    assert read(path).source.header == ["DURCHMES", "a_name_of_a_newer_version"]


@pytest.mark.parametrize("packed", [{"compress": True}, {"row_compress": True}, {}])
def test_packed_files_in_several_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: dict[str, bool]
) -> None:
    """A file of more rows than a chunk holds gives every row once, in its order, packed in any way or not."""
    monkeypatch.setattr("warehouse.readers.statistics.staging.CHUNK_CELLS", 14)
    numbers = [float(i) for i in range(100)]
    columns = {"n": numbers, "t": [f"P{i}" for i in range(100)]}
    seen = read(write_sav(tmp_path / "a.zsav", columns, **packed))
    assert seen.cells == {"n": [str(i) for i in range(100)], "t": [f"P{i}" for i in range(100)]}
    assert seen.source.n_records == 100


def test_a_file_without_rows(tmp_path: Path) -> None:
    """A file with variables and no rows is a table without rows."""
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pl.DataFrame({"a": [1.0], "b": ["x"]}).clear(), str(path))
    assert read(path).cells == {"a": [], "b": []}
