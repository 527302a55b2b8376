"""Tests that a missing value of a statistics package is empty, and its reason kept apart from a cell that was empty."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from tests.warehouse.statistics_kit import SPSS_1970, read, write_dta, write_sav, write_xpt


def test_declared_codes_of_spss(tmp_path: Path) -> None:
    """Codes and ranges that a file declares missing are empty; the reason is their label, or the code itself."""
    path = write_sav(
        tmp_path / "a.sav",
        {"ecog": [1.0, -5.0, 99.0, 98.0, None, 0.5], "n": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]},
        missing_ranges={"ecog": [{"lo": 98, "hi": 99}, -5]},
        variable_value_labels={"ecog": {1: "restricted", 99: "not asked"}},
    )
    seen = read(path)
    assert seen.source.header == ["ecog", "n", "ecog (reason missing)"]
    assert seen.cells["ecog"] == ["1", None, None, None, None, "0.5"]
    assert seen.cells["ecog (reason missing)"] == [None, "-5", "not asked", "98", None, None]


def test_open_ranges(tmp_path: Path) -> None:
    """A range without a lower end, LOWEST THRU 0 in SPSS, takes in every smaller number."""
    path = write_sav(
        tmp_path / "a.sav", {"cea": [-1e300, 0.0, 0.1]}, missing_ranges={"cea": [{"lo": float("-inf"), "hi": 0}]}
    )
    seen = read(path)
    assert seen.cells["cea"] == [None, None, "0.1"]
    assert seen.cells["cea (reason missing)"][1:] == ["0", None]


def test_two_kinds_of_nothing_in_text(tmp_path: Path) -> None:
    """A text that is declared missing has a reason; an empty text is empty and has none."""
    path = write_sav(
        tmp_path / "a.sav",
        {"gen": ["KRAS", "NA", "", "-9"]},
        missing_ranges={"gen": ["NA", "-9"]},
        variable_value_labels={"gen": {"NA": "not analysed"}},
    )
    seen = read(path)
    assert seen.cells["gen"] == ["KRAS", None, None, None]
    assert seen.cells["gen (reason missing)"] == [None, "not analysed", None, "-9"]


def test_a_date_that_means_unknown(tmp_path: Path) -> None:
    """A date that the file declares missing is empty, and its reason is that date."""
    unknown = SPSS_1970 + 2_932_896 * 86_400.0
    path = write_sav(
        tmp_path / "a.sav", {"d": [unknown, 0.0]}, missing_ranges={"d": [unknown]}, variable_format={"d": "DATE11"}
    )
    seen = read(path)
    assert seen.cells == {"d": [None, "1582-10-14"], "d (reason missing)": ["9999-12-31", None]}
    assert seen.source.dates == {0}


def test_a_declared_code_that_no_cell_has(tmp_path: Path) -> None:
    """Where no cell is missing for a reason there is no column of reasons."""
    seen = read(write_sav(tmp_path / "a.sav", {"ecog": [1.0, None]}, missing_ranges={"ecog": [99]}))
    assert seen.cells == {"ecog": ["1", None]}


def test_letters_of_stata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """.a to .z of Stata are empty, with their label or letter as reason, in whichever chunk; plain . has no reason."""
    monkeypatch.setattr("warehouse.readers.statistics.staging.CHUNK_CELLS", 2)
    path = tmp_path / "a.dta"
    frame = pd.DataFrame({"v": [1, 3, None, "a", "b", 3]}, dtype=object)
    labels = {"v": {1: "yes", "a": "refused"}}
    pyreadstat.write_dta(frame, path, missing_user_values={"v": ["a", "b"]}, variable_value_labels=labels)
    seen = read(path)
    assert seen.cells["v"] == ["1", "3", None, None, None, "3"]
    assert seen.cells["v (reason missing)"] == [None, None, None, "refused", ".b", None]
    assert seen.source.labels == {0: {"1": "yes"}}


def test_files_without_reasons(tmp_path: Path) -> None:
    """An empty number of Stata or of a SAS transport file is empty, without a column of reasons."""
    assert read(write_dta(tmp_path / "a.dta", {"n": [1.5, None]})).cells == {"n": ["1.5", None]}
    assert read(write_xpt(tmp_path / "a.xpt", {"n": [1.5, None]})).cells == {"n": ["1.5", None]}
