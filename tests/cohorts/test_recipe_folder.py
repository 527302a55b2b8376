"""A recipe's folder follows the recipe: its page, figures, tables, manuscript, and the recipe itself."""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import ablation_registry as ar
from disclosure.shared_content import Shared
from schemas.disclosure import MODES
from tests.cohorts.recipe_folder import BY_AN_OUTCOME, OF_LESIONS, SMALL, Folder, written
from tests.e2e.demonstration import Demonstration
from warehouse.cohorts.recipe import parse_recipe, read_recipe
from workflows.analyse_recipe import analyse_recipe
from workflows.disclosed import Disclosure, Leaving

WARNING = "Chosen by an outcome (LTP)"


@pytest.fixture(scope="module")
def small(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The folder of few patients."""
    return written(demonstration, SMALL, tmp_path_factory.mktemp("small") / "folder")


@pytest.fixture(scope="module")
def by_an_outcome(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The folder of a cohort that is chosen by LTP."""
    return written(demonstration, BY_AN_OUTCOME, tmp_path_factory.mktemp("outcome") / "folder")


@pytest.fixture(scope="module")
def of_lesions(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The folder of lesions by their diameter, from the first exam without viable tumour on."""
    return written(demonstration, OF_LESIONS, tmp_path_factory.mktemp("lesions") / "folder")


@pytest.mark.long
def test_the_same_recipe_gives_the_same_bytes(
    demonstration: Demonstration, small: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another folder, under another name, from the recipe that the first run wrote, and through the package."""
    monkeypatch.chdir(tmp_path)
    with ar.open(demonstration.home.root) as release:
        again = release.cohort(small.path / "recipe.yaml").write("elsewhere")
    assert Folder(again).files() == small.files()


def test_nothing_is_made_that_was_not_asked_for(small: Folder) -> None:
    """No group, covariate or other endpoint: two drawings of the endpoint, no model, no test, no other section."""
    assert {name for name in small.names("figures") if name.endswith(".svg")} == {
        "flow.svg",
        "km-ttltp-overall.svg",
        "cif-overall.svg",
    }
    assert small.names("tables") == {
        *("attrition.csv", "cumulative_incidence.csv", "guards.csv", "km_curve.csv", "km_summary.csv"),
        "table_one.csv",
    }
    titles = re.findall(r"<h2>(?:<span[^>]*>\d+</span>)?\s*([^<]+?)\s*</h2>", small.html)
    assert titles == [
        *("Patients and lesions", "What was asked", "Contents", "Time to LTP, death competing"),
        *("Characteristics of the patients", "Methods", "The recipe"),
    ]


def test_the_recipe_is_in_the_folder(small: Folder) -> None:
    """As it was read, with its fingerprint in the manifest; the owner's file beside the folder holds it too."""
    recipe = parse_recipe(SMALL)
    assert read_recipe(small.path / "recipe.yaml") == recipe
    assert small.manifest["recipe"]["fingerprint"] == recipe.fingerprint
    assert recipe.fingerprint[:12] in small.page
    beside = small.path.with_name("folder.private.yaml")
    assert read_recipe(beside) == recipe and beside.stat().st_mode & 0o77 == 0


@pytest.mark.long
def test_the_attrition_is_a_table_and_a_picture(demonstration: Demonstration, small: Folder) -> None:
    """Both say what SQL counts, criterion by criterion."""
    met = ["true", "kras = 'mutant'", "n_lesions = 1 AND max_diameter_mm < 25", "(n_clm_total > 2) IS NOT TRUE"]
    counts = [
        demonstration.rows(f"SELECT count(*) FROM cohort.patients WHERE {' AND '.join(f'({m})' for m in met[:place])}")
        for place in range(1, len(met) + 1)
    ]
    with (small.path / "tables" / "attrition.csv").open(encoding="utf-8", newline="") as file:
        assert [int(row["n_patients"]) for row in csv.DictReader(file)] == [n for ((n,),) in counts]
    picture = (small.path / "figures" / "flow.svg").read_text(encoding="utf-8")
    gone = [a - b for ((a,),), ((b,),) in zip(counts, counts[1:], strict=False)]
    names = ("not KRAS mutant", "not one small lesion", "many metastases")
    for name, n in zip(names, gone, strict=True):
        assert f"{name}: {n} patient" in picture
    assert small.manifest["recipe"]["patients"] == counts[-1][0][0]


def test_an_outcome_warns_everywhere(by_an_outcome: Folder) -> None:
    """On the page, in the manuscript, in the manifest, and inside every picture, as SVG and as pixels."""
    assert WARNING in by_an_outcome.page and WARNING in by_an_outcome.manuscript
    assert by_an_outcome.manifest["recipe"]["outcomes"] == ["ltp"]
    drawn = sorted((by_an_outcome.path / "figures").glob("*.svg"))
    assert len(drawn) > 1
    for path in drawn:
        words = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8").split(">", 2)[2])
        assert WARNING in re.sub(r"\s+", " ", words), path.name


def test_no_warning_without_an_outcome(small: Folder) -> None:
    """A cohort chosen at baseline carries none."""
    assert WARNING not in small.page and "Chosen by" not in (small.path / "figures" / "flow.svg").read_text()


def test_a_ratio_that_rests_on_few_is_not_shown(by_an_outcome: Folder) -> None:
    """With four deaths the model is named among what could not be estimated, and its table says why."""
    assert "What could not be estimated" in by_an_outcome.page
    with (by_an_outcome.path / "tables" / "cox.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and all(row["estimate"] == "" and "events per variable" in row["note"] for row in rows)


def test_lesions_are_those_chosen(demonstration: Demonstration, of_lesions: Folder) -> None:
    """A lesion-level endpoint is of the lesions that meet the criteria, from the date that the recipe names."""
    ((n, n_events, n_late),) = demonstration.rows(
        "SELECT count(*) FILTER (end_date > adequate_date), count(*) FILTER (end_date > adequate_date AND event = 1), "
        "count(*) FILTER (NOT coalesce(end_date > adequate_date, false)) "
        "FROM derived.time_to_event JOIN cohort.lesions USING (site, patient_id, lesion_id) "
        "WHERE endpoint = 'TTLTP' AND level = 'lesion' AND approach = 'percutaneous'"
    )
    assert n_late > 0
    assert f"{n_events} of {n} lesions had LTP." in of_lesions.page
    said = "Time runs from the first exam without viable tumour, not from the first ablation. Left out for lack of it, "
    said += f"or of follow-up after it: {n_late} lesion"
    assert said in of_lesions.page and said in of_lesions.manuscript


def test_time_zero_is_on_the_axis(of_lesions: Folder) -> None:
    """Every curve says from what its months run."""
    curves = [path for path in (of_lesions.path / "figures").glob("*.svg") if path.name.startswith(("km", "cif"))]
    assert len(curves) == 2
    for path in curves:
        assert "Months since first exam without viable tumour" in path.read_text(encoding="utf-8"), path.name


def test_lesions_of_one_patient_are_not_independent(of_lesions: Folder) -> None:
    """The model's variance is clustered by patient, and the tests are called descriptive."""
    assert "allow for several lesions of one patient" in of_lesions.page
    assert "tests between groups of lesions are descriptive" in of_lesions.page


def test_a_class_reads_with_its_unit(of_lesions: Folder) -> None:
    """Classes and transformed covariates read as a clinician says them, and no column is named."""
    for words in ("< 20 mm", "20 to < 30 mm", "\u2265 30 mm", "Largest diameter, per 5 mm"):
        assert words in of_lesions.page, words
    body = re.sub(r"<pre.*?</pre>|<a [^>]*>|<td>.*?</td>", "", of_lesions.html.split("<body>")[1], flags=re.DOTALL)
    for column in ("max_diameter_mm", "adequate_date"):
        assert column not in body and column not in of_lesions.manuscript, column


@pytest.mark.long
def test_a_recipe_that_names_a_patient_hides_them(demonstration: Demonstration, tmp_path: Path) -> None:
    """The folder's recipe and page hide the identifier, and hold no hash of it; the owner's file has it."""
    ((patient,),) = demonstration.rows("SELECT min(patient_id) FROM cohort.patients")
    text = f"exclude: [{{'withdrew {patient}': \"patient_id = '{patient}'\"}}]\nendpoint: LTPFS"
    folder = written(demonstration, text, tmp_path / "folder")
    for name, file in folder.files().items():
        assert patient.encode() not in file, name
    assert folder.manifest["recipe"]["is_whole"] is False
    assert folder.manifest["recipe"]["fingerprint"] != parse_recipe(text).fingerprint
    assert patient in (tmp_path / "folder.private.yaml").read_text(encoding="utf-8")


@pytest.mark.long
def test_all_that_is_written_passes_one_place(demonstration: Demonstration, tmp_path: Path) -> None:
    """What disclosure control hands back is what tables, figures, page and manuscript show."""
    logged: list[Path] = []

    class WithoutCurves(Disclosure):
        @contextmanager
        def leaving(self, content, source):  # type: ignore[no-untyped-def]
            kept = {name: table for name, table in content.tables.items() if name != "km_curve"}
            yield Leaving(Shared(replace(content, tables=kept, title="Disclosed"), {}, {}), b"")

        def log(self, release, left, folder):  # type: ignore[no-untyped-def]
            logged.append(folder)

    control = WithoutCurves(demonstration.home, MODES["lt5"], "recipe")
    analyse_recipe(demonstration.release, parse_recipe("endpoint: OS"), tmp_path / "folder", disclosure=control)
    folder = Folder(tmp_path / "folder")
    assert "km_curve.csv" not in folder.names("tables") and folder.names("figures") == {"flow.svg", "flow.png"}
    assert "Disclosed" in folder.page and "Disclosed" in folder.manuscript and len(logged) == 1
