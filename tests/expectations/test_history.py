"""The Data Docs keep what was observed in earlier releases, and carry it on without an older database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.analysis_report.page import Page
from tests.quality.sound_registry import sound_registry
from warehouse.expectations import history, run
from warehouse.expectations.data_docs import FOLDER, write_data_docs
from warehouse.releases.release import Release
from warehouse.storage.home import Home


def release(folder: Path) -> Release:
    """A release with these Data Docs, as far as they are asked."""
    return Release(folder, {})


def row(status: str, observed: float | None) -> dict:
    """One expectation of a run."""
    return {"suite": "house", "table_name": "clean.lesions", "expectation": "x", "status": status, "observed": observed}


@pytest.mark.long
def test_pages_carry_the_history_on(tmp_path: Path) -> None:
    """The second release's page has a column for the first; a third that cannot read the second begins anew."""
    ids = ("20250101T000000Z-0a1b2c3d", "20250102T000000Z-1a1b2c3d")
    before = None
    with sound_registry() as con:
        for name in ids:
            run.write_expectations(con, Home(Path("/nonexistent")))
            write_data_docs(con, tmp_path / name / FOLDER, name, before)
            before = release(tmp_path / name)
            con.execute("UPDATE derived.patient_genotype SET kras = 'unknown' WHERE patient_id < 'P030'")
    text = (tmp_path / ids[1] / FOLDER / "history.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.is_well_nested and all(name in page.text for name in ids)
    (line,) = [line for line in text.split("<tr>") if "<td>KRAS known</td>" in line]
    assert [cell in line for cell in ("failed</span> 85<", ">100<")] == [True, True]
    assert line.index("failed") < line.index(">100<"), "newest first"


def test_twelve_runs_are_kept(tmp_path: Path) -> None:
    """The oldest goes; what was expected then and is no longer has its line as long as a run had it."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(15):
        runs = history.runs_with(folder, f"2025010{number % 10}T000000Z-{number:08x}", [row("passed", float(number))])
        (folder / history.FILE).write_text(history.as_text(runs))
    runs = history.runs_with(folder, "now", [])
    assert len(runs) == history.MOST_RUNS and runs[1]["results"][0][4] == 14
    shown = history.table_of(runs, ["house"])
    ((table, name, cells),) = shown["by_suite"]["house"]
    assert (table, name, cells[0], cells[1]) == ("clean.lesions", "x", None, ["passed", 14.0])


def test_a_history_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    """No file, no JSON, another form: none stops a release."""
    assert len(history.runs_with(None, "now", [])) == 1
    for text in ("", "{}", json.dumps([{"results": 3}]), "[1]"):
        (tmp_path / history.FILE).write_text(text)
        assert [run["release"] for run in history.runs_with(tmp_path, "now", [])] == ["now"]
