"""Cells that somebody marked as missing in Castor are empty, and counted by reason."""

from pathlib import Path

import duckdb
import pytest

from tests.sources.castor_kit import ABLATION, feed_of, take_text
from warehouse.sources.castor.missing import REASONS, reason_number, without_reasons

SESSIONS = (
    'columns = { patient_id = "Participant Id", session_date = "abl_date", max_diameter_mm = "abl_size", '
    'approach = "abl_note" }'
)
WRITTEN = {
    "text": "##USER_MISSING_{}##",
    "number": "-{}",
    "number with decimals": "-{}.0",
    "date": "01-01-29{}",
    "date in the package for R": "31-12-29{}",
    "time": "01-01-29{} 00:00",
}


def cell_of(sql: str) -> str | None:
    """The value of the SQL."""
    row = duckdb.sql(f"SELECT {sql}").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("number", REASONS)
@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_each_type_has_its_own_marks(written: str, number: str) -> None:
    """A field's type decides how Castor writes each of the five reasons."""
    cell = f"'{written.format(number)}'"
    assert cell_of(without_reasons(cell)) is None
    assert cell_of(reason_number(cell)) == number


@pytest.mark.parametrize(("number", "reason"), REASONS.items())
def test_the_apis_marks(number: str, reason: str) -> None:
    """The API's export names the reason in words."""
    assert cell_of(reason_number(f"'Missing ({reason})'")) == number


@pytest.mark.parametrize(
    "cell", ["-94", "-100", "-9", "95", "01-01-1995", "01-01-2994", "01-02-2995", "-95.5", "Missing"]
)
def test_other_cells_stay(cell: str) -> None:
    """A number or date beside the reserved ones is a value."""
    assert cell_of(without_reasons(f"'{cell}'")) == cell
    assert cell_of(reason_number(f"'{cell}'")) is None


def test_they_are_counted_in_the_remark(tmp_path: Path) -> None:
    """The remark of the delivery says how many cells of its rows were marked, by reason."""
    taken = take_text(tmp_path, ABLATION, feed_of("rfa_sessions", SESSIONS))
    assert taken.column("approach")[1] is None
    assert taken.column("session_date")[2] is None
    assert taken.remark.endswith("Cells marked as missing: 1 measurement failed, 1 asked but unknown, 1 not done.")


def test_an_option_of_the_same_value_stays(tmp_path: Path) -> None:
    """-99 is an answer where site.toml or an option group gives it a meaning."""
    text = SESSIONS.replace('"abl_size"', '{ from = "abl_size", codes = { "-95" = "7" } }')
    assert take_text(tmp_path, ABLATION, feed_of("rfa_sessions", text)).column("max_diameter_mm")[2] == "7"
    groups = "Option group name;Option name;Option value\nSize;20;-95\nVariable name;Optiongroup name\nabl_size;Size\n"
    text = SESSIONS.replace('"abl_size"', '{ from = "abl_size", labels = true }')
    assert take_text(tmp_path, ABLATION, feed_of("rfa_sessions", text), groups).column("max_diameter_mm")[2] == "20"


def test_a_row_of_missing_marks_is_filled_in(tmp_path: Path) -> None:
    """Somebody who marks all fields as not done has filled in the form: the row is taken, and judged by the rules."""
    text = ABLATION.replace('"Treatment";"";"";"";""', '"Treatment";"01-01-2999";"-99";"";""')
    taken = take_text(tmp_path, text, feed_of("rfa_sessions", SESSIONS))
    assert len(taken.rows) == 4
    assert taken.reasons == {}
