"""figures/ and tables/ of a release, and the sets that the two commands write."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from assets.cohorts import analyse_cohort
from tests.e2e.demonstration import Demonstration, demonstration
from tests.orchestration.command import run_here
from warehouse.errors import RegistryError
from warehouse.hashing import file_facts
from warehouse.published import ANALYSIS_TABLES, QUALITY_ANALYSIS_TABLES
from warehouse.verification import verify

__all__ = ["demonstration"]
THREE = "SELECT site, patient_id FROM derived.patient_ltpfs WHERE NOT ltp AND kras = 'mutant' ORDER BY ALL LIMIT 3"


def test_every_analysis_table_is_a_csv_file(demonstration: Demonstration) -> None:
    """tables/ holds each table, byte for byte as `registry query --format csv` prints it."""
    folder = demonstration.release.folder / "tables"
    names = {table.name for table in (*ANALYSIS_TABLES, *QUALITY_ANALYSIS_TABLES)}
    assert {path.stem for path in folder.iterdir()} == names
    for name in ("guards", "cox", "km_curve"):
        printed = run_here(demonstration.home.root, "query", f"FROM analysis.{name}", "--format", "csv").out
        assert printed == (folder / f"{name}.csv").read_bytes(), name


def test_every_drawing_of_the_page_is_a_file(demonstration: Demonstration) -> None:
    """As many SVG files as drawings on the page, each the page's own."""
    page = demonstration.release.report.read_text(encoding="utf-8")
    files = list((demonstration.release.folder / "figures").iterdir())
    assert len(files) == page.count("<svg ") and {path.suffix for path in files} == {".svg"}
    for path in files:
        drawing = path.read_text(encoding="utf-8")
        assert drawing[drawing.index("aria-label") :].strip() in page, path.name


def test_the_files_are_in_the_manifest_and_name_nobody(demonstration: Demonstration) -> None:
    """Each is listed with its SHA-256, verifies, and holds no identifier."""
    release = demonstration.release
    listed = set(release.manifest["files"])
    assert {"figures/swimmer.svg", "tables/cox.csv"} <= listed
    assert verify(release.folder).disagreements == []
    for name in ("figures", "tables"):
        for path in (release.folder / name).iterdir():
            assert not re.search(r"SYN-\d+", path.read_text(encoding="utf-8")), path.name


@pytest.fixture(scope="module")
def three(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The set of three patients of one group, none of whom has LTP."""
    out = tmp_path_factory.mktemp("cohort") / "three"
    ran = run_here(demonstration.home.root, "cohort", THREE, "--out", str(out))
    assert ran.code == 0, ran.err.decode()
    assert ran.text.startswith("3 patients of release")
    return out


def test_three_patients_without_an_event_give_a_set(three: Path) -> None:
    """Page, figures, tables, manuscript and manifest are there; what cannot be estimated is said, and is no number."""
    assert {path.name for path in three.iterdir()} == {
        "report.html",
        "figures",
        "tables",
        "manuscript.docx",
        "manifest.json",
    }
    page = (three / "report.html").read_text(encoding="utf-8")
    assert "3 patients" in page and "no event" in page and not re.search(r"\bnan\b|SYN-\d+", page)
    rows = list(csv.DictReader(io.StringIO((three / "tables" / "cox.csv").read_text(encoding="utf-8"))))
    assert rows and all(row["estimate"] == "" and row["note"] for row in rows)


def test_the_manifest_of_a_set_lists_its_files(three: Path) -> None:
    """Every file with its SHA-256, the release, and the SELECT."""
    manifest = json.loads((three / "manifest.json").read_text(encoding="utf-8"))
    found = {name: facts for name, facts in file_facts(three).items() if name != "manifest.json"}
    assert manifest["files"] == found and manifest["cohort"]["patients"] == 3


@pytest.mark.long
def test_the_same_cohort_gives_the_same_bytes(demonstration: Demonstration, three: Path, tmp_path: Path) -> None:
    """Every file of the set, made again, is equal."""
    analyse_cohort(demonstration.release, THREE, tmp_path / "again")
    assert file_facts(tmp_path / "again") == file_facts(three)


@pytest.mark.long
def test_the_manuscript_of_a_release_shows_its_tables(demonstration: Demonstration, tmp_path: Path) -> None:
    """The manuscript's tables are the release's, and its SVG figures those of the release."""
    out = tmp_path / "set"
    ran = run_here(demonstration.home.root, "manuscript", "--out", str(out))
    assert ran.code == 0, ran.err.decode()
    of_release = demonstration.release.folder
    for path in (out / "tables").iterdir():
        assert path.read_bytes() == (of_release / "tables" / path.name).read_bytes(), path.name
    assert (out / "figures" / "km-ltpfs-kras.png").exists() and (out / "manuscript.docx").exists()


def test_a_folder_that_holds_something_is_left_alone(demonstration: Demonstration, tmp_path: Path) -> None:
    """RegistryError with one cure; nothing is written, nothing lost."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RegistryError, match="is not empty"):
        analyse_cohort(demonstration.release, THREE, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_cohort_that_fails_leaves_nothing(demonstration: Demonstration, tmp_path: Path) -> None:
    """Of a SELECT that is no cohort, one line is said and no folder is left."""
    ran = run_here(demonstration.home.root, "cohort", "SELECT 1 AS site", "--out", str(tmp_path / "out"))
    assert ran.code == 1 and "does not give patient_id" in ran.complaint
    assert list(tmp_path.iterdir()) == []
