"""figures/ and tables/ of a release, and the sets that the two commands write."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import pytest
from docx import Document
from PIL import Image

from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_here
from warehouse.releases.verification import verify
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import file_facts
from warehouse.storage.table_catalogue import ALL_ANALYSES
from workflows.analyse_cohort import analyse_cohort

CURVES = {"km_curve", "cumulative_incidence", "lesion_curves", "comparison_curves"}
THREE = "SELECT site, patient_id FROM derived.patient_ltpfs WHERE NOT ltp AND kras = 'mutant' ORDER BY ALL LIMIT 3"


def _texts(path: Path) -> list[str]:
    return [paragraph.text for paragraph in Document(str(path)).paragraphs]


@pytest.mark.long
def test_every_analysis_table_but_curves_is_a_csv_file(demonstration: Demonstration) -> None:
    """tables/ holds each table, byte for byte as `registry query --format csv` prints it, and no curve."""
    folder = demonstration.release.folder / "tables"
    names = {table.name for table in ALL_ANALYSES}
    assert {path.name for path in folder.iterdir()} == {f"{name}.csv" for name in names - CURVES}
    for name in ("guards", "cox"):
        printed = run_here(demonstration.home.root, "query", f"FROM analysis.{name}", "--format", "csv").out
        assert printed == (folder / f"{name}.csv").read_bytes(), name


@pytest.mark.long
def test_the_page_says_how_to_print_a_curve(demonstration: Demonstration) -> None:
    """The command below the table of incidence prints every row of the release's table as CSV."""
    page = html.unescape(demonstration.release.report.read_text(encoding="utf-8"))
    (words,) = (shlex.split(code) for code in re.findall(r"<code>(registry query [^<]*)</code>", page) if "csv" in code)
    printed = run_here(demonstration.home.root, *words[1:])
    assert printed.code == 0
    rows = demonstration.release.manifest["tables"]["analysis.cumulative_incidence"]["rows"]
    assert len(printed.text.splitlines()) == 1 + rows > 100


@pytest.mark.long
def test_every_drawing_of_the_page_is_a_file(demonstration: Demonstration) -> None:
    """As many SVG files as drawings on the page, each the page's own, and each as PNG beside it."""
    page = demonstration.release.report.read_text(encoding="utf-8")
    folder = demonstration.release.folder / "figures"
    files = sorted(folder.glob("*.svg"))
    assert len(files) == page.count("<svg ") > 10
    assert {path.name for path in folder.iterdir()} == {path.stem + end for path in files for end in (".svg", ".png")}
    for path in files:
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG"), path.name
        drawing = path.read_text(encoding="utf-8")
        assert drawing[drawing.index("aria-label") :].strip() in page, path.name


@pytest.mark.long
def test_the_files_are_in_the_manifest_and_name_nobody(demonstration: Demonstration) -> None:
    """Each is listed with its SHA-256, verifies, and holds no identifier."""
    release = demonstration.release
    listed = set(release.manifest["files"])
    assert {"figures/swimmer.svg", "figures/swimmer.png", "tables/cox.csv", "manuscript.docx"} <= listed
    assert verify(release.folder).disagreements == []
    for path in [*(release.folder / "figures").iterdir(), *(release.folder / "tables").iterdir()]:
        assert not re.search(rb"SYN-\d+", path.read_bytes()), path.name


@pytest.mark.long
def test_the_manuscript_of_a_release_names_nobody_and_no_time(demonstration: Demonstration) -> None:
    """Its parts hold no identifier; its tables and figures are numbered from one, in the order of the page's."""
    path = demonstration.release.folder / "manuscript.docx"
    with zipfile.ZipFile(path) as parts:
        for part in parts.infolist():
            assert not re.search(rb"SYN-\d+", parts.read(part)), part.filename
            assert part.date_time == (1980, 1, 1, 0, 0, 0)
    said = _texts(path)
    for kind in ("Table", "Figure"):
        numbers = [int(found[1]) for text in said if (found := re.match(rf"{kind} (\d+)\. ", text))]
        assert numbers == list(range(1, len(numbers) + 1)) and numbers, kind
    captions = [text.split(". ", 1)[1] for text in said if re.match(r"(Table|Figure) \d+\. ", text)]
    page = html.unescape(demonstration.release.report.read_text(encoding="utf-8"))
    assert [caption for caption in captions if caption not in page] == []


@pytest.mark.long
def test_a_changed_picture_or_manuscript_is_found(demonstration: Demonstration, tmp_path: Path) -> None:
    """`registry verify` names each of the two."""
    folder = tmp_path / demonstration.release.release_id
    shutil.copytree(demonstration.release.folder, folder)
    for name in ("figures/flow.png", "manuscript.docx"):
        (folder / name).chmod(0o600)
        (folder / name).write_bytes(b"other")
        assert any(name in sentence for sentence in verify(folder).disagreements), name


@pytest.fixture(scope="module")
def three(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The set of three patients of one group, none of whom has LTP."""
    out = tmp_path_factory.mktemp("cohort") / "three"
    ran = run_here(demonstration.home.root, "cohort", THREE, "--out", str(out))
    assert ran.code == 0, ran.err.decode()
    assert ran.text.startswith("3 patients of release")
    return out


@pytest.mark.long
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
    assert 'href="tables/cumulative_incidence.csv"' in page and (three / "tables" / "km_curve.csv").exists()


@pytest.mark.long
def test_a_set_chosen_by_an_outcome_says_so(three: Path) -> None:
    """On the page, in the manuscript, in the manifest, and inside every picture; the same words as for a recipe."""
    warning = "Chosen by an outcome (LTP): who is in this cohort depends on what happened after the ablation."
    manifest = json.loads((three / "manifest.json").read_text(encoding="utf-8"))["cohort"]
    assert manifest["outcomes"] == ["ltp"] and manifest["caution"].startswith(warning)
    assert warning in (three / "report.html").read_text(encoding="utf-8")
    assert any(warning in text for text in _texts(three / "manuscript.docx"))
    drawn = sorted((three / "figures").glob("*.svg"))
    assert len(drawn) > 1
    for path in drawn:
        words = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8").split(">", 2)[2])
        assert "Chosen by an outcome (LTP)" in re.sub(r"\s+", " ", words), path.name


@pytest.mark.long
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
    """The manuscript's tables are the release's, with curves as files too; its SVG figures are those of the release."""
    out = tmp_path / "set"
    ran = run_here(demonstration.home.root, "manuscript", "--out", str(out))
    assert ran.code == 0, ran.err.decode()
    of_release = demonstration.release.folder
    for path in (of_release / "tables").iterdir():
        assert path.read_bytes() == (out / "tables" / path.name).read_bytes(), path.name
    for name in CURVES:
        printed = run_here(demonstration.home.root, "query", f"FROM analysis.{name}", "--format", "csv").out
        assert printed == (out / "tables" / f"{name}.csv").read_bytes(), name
    assert _texts(out / "manuscript.docx") == _texts(of_release / "manuscript.docx")
    assert {path.name for path in (out / "figures").iterdir()} < {
        path.name for path in (of_release / "figures").iterdir()
    }
    with Image.open(out / "figures" / "flow.png") as large, Image.open(of_release / "figures" / "flow.png") as small:
        assert large.width > 1.4 * small.width


@pytest.mark.long
def test_a_folder_that_holds_something_is_left_alone(demonstration: Demonstration, tmp_path: Path) -> None:
    """RegistryError with one cure; nothing is written, nothing lost."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RegistryError, match="is not empty"):
        analyse_cohort(demonstration.release, THREE, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.long
def test_a_cohort_that_fails_leaves_nothing(demonstration: Demonstration, tmp_path: Path) -> None:
    """Of a SELECT that is no cohort, one line is said and no folder is left."""
    ran = run_here(demonstration.home.root, "cohort", "SELECT 1 AS site", "--out", str(tmp_path / "out"))
    assert ran.code == 1 and "does not return patient_id" in ran.complaint
    assert list(tmp_path.iterdir()) == []
