"""Tests what becomes of the cells of Stata files: dates of every kind, numbers of every type, text."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.datasets
import statsmodels.iolib

from tests.warehouse.statistics_kit import read, texts_of, write_dta
from warehouse.readers.statistics import stata_formats

MARCH_4_2021 = 22_343
MARCH_4_2021_MS = 22_343 * 86_400_000.0
LEAP_SECONDS_2021_MS = 27_000.0


@pytest.mark.parametrize("name", ["%td", "%d", "%tdDD/NN/CCYY", "%tdD_m_Y", "%-td"])
def test_days(tmp_path: Path, name: str) -> None:
    """Days since 1960 are dates in each layout, also long before and after what pandas can hold."""
    days = [float(MARCH_4_2021), 0.0, -137_809.0, 2_936_549.0, None]
    seen = read(write_dta(tmp_path / "a.dta", {"d": days}, variable_format={"d": name}))
    assert seen.cells == {"d": ["2021-03-04", "1960-01-01", "1582-09-10", "9999-12-31", None]}
    assert seen.source.dates == {0}


def test_date_times(tmp_path: Path) -> None:
    """Milliseconds since 1960 are dates with times; %tC counts leap seconds, so 27 s more in 2021 are the same time."""
    leap = LEAP_SECONDS_2021_MS
    path = write_dta(
        tmp_path / "a.dta",
        {"c": [MARCH_4_2021_MS, MARCH_4_2021_MS + 50_400_000], "leap": [MARCH_4_2021_MS + leap, 50_400_000.0]},
        variable_format={"c": "%tc", "leap": "%tC"},
    )
    seen = read(path)
    assert seen.cells == {"c": ["2021-03-04", "2021-03-04 14:00:00"], "leap": ["2021-03-04", "1960-01-01 14:00:00"]}
    assert seen.source.dates == {0, 1}


def test_the_leap_second_itself() -> None:
    """The second before midnight that was inserted on 31 December 2016 belongs to that day."""
    midnight_ms = 1_798_848_000_000.0  # 2017-01-01 by %tc
    seen = texts_of(stata_formats.meaning_of("%tC"), midnight_ms + 26_000, midnight_ms + 27_000)
    assert seen == ["2016-12-31 23:59:59", "2017-01-01"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("%tm", 734.0, "2021-03"),
        ("%tq", 244.0, "2021Q1"),
        ("%th", 122.0, "2021H1"),
        ("%tw", 3180.0, "2021w9"),
        ("%ty", 2021.0, "2021"),
        ("%tm", -1.0, "1959-12"),
        ("%tm", 734.5, "734.5"),
        ("%tb", 734.0, "734"),
        ("%9.0g", 734.0, "734"),
        ("%tcHH:MM:SS", 50_400_000.0, "14:00:00"),
        ("%tcHH:MM_AM", 50_400_000.0, "14:00:00"),
    ],
)
def test_parts_of_dates_are_no_dates(tmp_path: Path, name: str, value: float, text: str) -> None:
    """Months, quarters, half-years, weeks, years and times of day are text, and no column of them passes for dates."""
    seen = read(write_dta(tmp_path / "a.dta", {"t": [value]}, variable_format={"t": name}))
    assert seen.cells == {"t": [text]}
    assert seen.source.dates == set()


def test_numbers_of_every_type(tmp_path: Path) -> None:
    """A float of 29.9 is "29.9", not 29.899999618530273; a double has its own digits; whole numbers have no point."""
    frame = pd.DataFrame(
        {
            "f": np.array([29.9, 30.0], dtype="float32"),
            "d": [29.9, 30.0],
            "i": np.array([101, -1], dtype="int32"),
            "b": np.array([1, 0], dtype="int8"),
        }
    )
    frame.to_stata(tmp_path / "a.dta", write_index=False, version=117)
    seen = read(tmp_path / "a.dta")
    assert seen.cells == {"f": ["29.9", "30"], "d": ["29.9", "30"], "i": ["101", "-1"], "b": ["1", "0"]}
    assert seen.source.remark == ""


def test_identifiers_in_floats_are_reported(tmp_path: Path) -> None:
    """A float holds whole numbers only to 2**24, so that 8-digit identifiers may be wrong: the remark says so."""
    frame = pd.DataFrame({"fallnr": np.array([16_777_217, 5], dtype="float32")})
    frame.to_stata(tmp_path / "a.dta", write_index=False)
    seen = read(tmp_path / "a.dta")
    assert seen.cells == {"fallnr": ["16777216", "5"]}
    assert "fallnr" in seen.source.remark


@pytest.mark.parametrize("version", [8, 10, 12, 13, 14, 15])
def test_every_version(tmp_path: Path, version: int) -> None:
    """Files of Stata 8 to 15 give the same cells, labels by the code's text, text without its filling."""
    path = write_dta(
        tmp_path / "a.dta",
        {"id": ["P1 ", ""], "k": [1, 2]},
        version=version,
        variable_value_labels={"k": {1: "yes", 2: "no"}},
    )
    seen = read(path)
    assert seen.cells == {"id": ["P1", None], "k": ["1", "2"]}
    assert seen.source.labels == {1: {"1": "yes", "2": "no"}}
    assert seen.source.n_records == 2


def test_a_file_of_another_hand(tmp_path: Path) -> None:
    """The file that statsmodels ships of American quarterly figures has the values of its CSV, number for number."""
    data = statsmodels.datasets.macrodata
    seen = read(Path(shutil.copy(Path(data.__file__).with_name("macrodata.dta"), tmp_path)))
    expected = data.load_pandas().data
    assert len(seen.cells["year"]) == len(expected) == 203
    for name in ("year", "realgdp", "cpi"):
        read_numbers = np.array([float(cell) for cell in seen.cells[name] if cell is not None], dtype="float32")
        assert (read_numbers == expected[name].to_numpy(dtype="float32")).all()


def test_dates_of_another_hand(tmp_path: Path) -> None:
    """Every kind of Stata's dates, before and after 1960, is read from a file that statsmodels' own tests use."""
    path = Path(statsmodels.iolib.__file__).parent / "tests" / "results" / "time_series_examples.dta"
    seen = read(Path(shutil.copy(path, tmp_path)))
    assert seen.cells == {
        "datetime_c": ["2006-11-19 23:13:20", "1959-12-31 20:03:20"],
        "datetime_big_c": ["2006-11-19 22:56:40", "1959-12-31 23:35:20.41"],
        "date": ["2010-01-20", "1953-10-02"],
        "weekly_date": ["2010w2", "1948w24"],
        "monthly_date": ["2010-01", "1955-01"],
        "quarterly_date": ["1974Q3", "1955Q3"],
        "half_yearly_date": ["2010H1", "1955H1"],
        "yearly_date": ["2010", "2"],
    }
    assert seen.source.dates == {0, 1, 2}
