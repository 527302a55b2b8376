"""Tests the Data Docs: their pages open from the file system, load nothing and contain no patient's value."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import pytest

from analysis.report.blocks import Numbering
from analysis.report.content import ReportContent
from analysis.report.sections import quality
from tests.analysis_report.page import Page
from tests.quality.sound_registry import sound_registry
from warehouse.expectations import run
from warehouse.expectations.data_docs import write_data_docs
from warehouse.expectations.suites import EXPECTATIONS, SUITES
from warehouse.releases.release import publish
from warehouse.releases.release_tables import copy_tables
from warehouse.storage.home import Home

MARKERS = ("MARKERPATIENT", "47.12345", "MARKERLESION", "1987-06-05")
RELEASE = "20250101T000000Z-0a1b2c3d"
PAGES = {"index.html", "history.html", *(f"{suite}.html" for suite in SUITES)}
HISTORY = "history.json"

REFUSE_NETWORK = """
import socket, sys
def refuse(*_): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = refuse
import orchestration.definitions
assert "great_expectations" not in sys.modules, "imported where it is not used"
from tests.quality.sound_registry import sound_registry
from warehouse.expectations import run
from warehouse.storage.home import Home
from pathlib import Path
con = sound_registry()
run.write_expectations(con, Home(Path("home")))
assert "great_expectations" in sys.modules
"""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A registry with planted values, one failed expectation, and its judgement."""
    with sound_registry() as con:
        con.execute("UPDATE clean.patients SET patient_id = 'MARKERPATIENT', cea_ng_ml = 47.12345 WHERE rowid = 3")
        con.execute("UPDATE clean.lesions SET lesion_id = 'MARKERLESION', max_diameter_mm = 47.12345")
        con.execute("UPDATE clean.imaging_followups SET exam_date = '1987-06-05', exam_id = 'MARKERPATIENT'")
        con.execute("UPDATE clean.rfa_sessions SET session_date = '1987-06-05' WHERE rowid > 0")
        run.write_expectations(con, Home(Path("/nonexistent")))
        yield con


@pytest.fixture(scope="module")
def docs(con: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the pages."""
    folder = tmp_path_factory.mktemp("release") / "data_docs"
    write_data_docs(con, folder, RELEASE)
    return folder


def test_no_page_loads_anything_and_every_link_has_its_page(docs: Path) -> None:
    """No script, image or address of a server; links lead to pages of the folder or to the report beside it."""
    assert {path.name for path in docs.iterdir()} == PAGES | {HISTORY}
    for path in docs.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link|<img|\son[a-z]+=", text), path.name
        assert page.is_well_nested and page.open == []
        assert {link.split("#")[0] for link in page.values("href")} <= PAGES | {"../report.html"}
        assert RELEASE in text and page.count("h1") == 1


@pytest.mark.long
def test_every_expectation_is_on_the_index_and_on_its_suites_page(docs: Path) -> None:
    """Each sentence with its status stands on both; what failed comes first on the index."""
    index = Page((docs / "index.html").read_text(encoding="utf-8")).text
    for e in EXPECTATIONS:
        assert e.sentence in index
        assert e.sentence in Page((docs / f"{e.suite}.html").read_text(encoding="utf-8")).text
    listed = index[index.index("Every expectation") :]
    assert listed.index("failed") < listed.index("passed") < listed.index("not applicable")


@pytest.mark.long
def test_no_planted_value_reaches_results_or_pages(con, docs: Path, capfd, caplog) -> None:
    """Planted identifiers, sizes and dates are in no page, no result, and nothing is printed."""
    run.write_expectations(con, Home(Path("/nonexistent")))
    kept = str(con.execute("FROM quality.expectations").fetchall() + con.execute("FROM work.validations").fetchall())
    texts = [kept, caplog.text, *capfd.readouterr(), *(path.read_text(encoding="utf-8") for path in docs.iterdir())]
    assert "unexpected" not in kept
    assert [(marker, text[:80]) for marker in MARKERS for text in texts if marker in text] == []
    assert [text for text in texts[2:4] if text] == []


def test_a_build_that_was_never_judged_has_an_index_that_says_so(tmp_path: Path) -> None:
    """Without quality.expectations there is one page."""
    write_data_docs(duckdb.connect(), tmp_path / "data_docs", RELEASE)
    assert [path.name for path in (tmp_path / "data_docs").iterdir()] == ["index.html"]
    assert "No expectation was judged" in (tmp_path / "data_docs" / "index.html").read_text(encoding="utf-8")


@pytest.mark.long
def test_a_release_holds_them_read_only_and_the_report_leads_there(con, tmp_path: Path) -> None:
    """Files of data_docs/ are 0400 in a folder of 0700; the report's quality section links to the index."""
    home = Home(tmp_path).create()

    def write_files(folder: Path) -> None:
        write_data_docs(con, folder / "data_docs", RELEASE)

    release = publish(home, RELEASE, {}, partial(copy_tables, con), write_files)
    folder = release.folder / "data_docs"
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o400"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    content = ReportContent(RELEASE, "", "", True, {}, data_docs="data_docs/index.html")
    links = [b for b in quality.build(content, Numbering()).blocks if b.kind == "link"]
    assert [(release.folder / link.address).exists() for link in links] == [True]


@pytest.mark.long
def test_judging_needs_no_network_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The library is imported where it is used only, opens no connection, and writes no file anywhere near."""
    for name in ("user", "tmp", "work"):
        (tmp_path / name).mkdir()
    places = {"HOME": str(tmp_path / "user"), "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", REFUSE_NETWORK],
        env=os.environ | places,
        cwd=tmp_path / "work",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
