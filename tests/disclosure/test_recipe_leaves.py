"""`registry cohort RECIPE --disclosure`, as a user types it: the folder says its mode and shows nothing small."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from disclosure.shared_tables import FROM_CURVES
from tests.cohorts.recipe_folder import Folder
from tests.e2e.demonstration import Demonstration
from tests.explore.copied import home_with_release
from tests.orchestration.command import Ran, run_here
from warehouse.storage.home import Home

MODE, SMALL = "lt5", range(1, 5)
RECIPE = """
title: KRAS in fit patients
include: [{fit: ecog <= 1}]
exclude: [{large: max_diameter_mm >= 45}]
endpoint: TTLTP
by: [kras, primary_site]
covariates: [kras, {column: max_diameter_mm, per: 5}]
"""
COUNTS = ("n", "n_events", "n_at_risk", "n_missing", "n_patients", "n_lesions")


@dataclass(frozen=True)
class Left:
    """A home from which a recipe's results left, the recipe's file, the folder, and what the command said."""

    home: Home
    recipe: Path
    folder: Folder
    ran: Ran

    def again(self, text: str, out: Path, mode: str = MODE) -> Ran:
        """Let another recipe's results leave the same home."""
        path = out.with_suffix(".yaml")
        path.write_text(text, encoding="utf-8")
        return run_here(self.home.root, "cohort", str(path), "--out", str(out), "--disclosure", mode)


@pytest.fixture(scope="module")
def left(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """The recipe, left under lt5."""
    root = tmp_path_factory.mktemp("left")
    home = home_with_release(demonstration, root)
    recipe, out = root / "recipe.yaml", root / "out"
    recipe.write_text(RECIPE, encoding="utf-8")
    ran = run_here(home.root, "cohort", str(recipe), "--out", str(out), "--disclosure", MODE)
    assert ran.code == 0, ran.err.decode()
    return Left(home, recipe, Folder(out), ran)


def test_the_folder_says_its_mode(left: Left) -> None:
    """Page, manuscript and manifest; and nothing calls it internal."""
    said = f"Disclosure control {MODE}"
    assert said in left.folder.page and said in left.folder.manuscript
    assert left.folder.manifest["disclosure"]["mode"] == MODE
    assert "small numbers are not suppressed" not in left.folder.page
    assert {path.name for path in left.folder.path.iterdir()} == {
        *("report.html", "figures", "tables", "manuscript.docx", "manifest.json", "recipe.yaml"),
    }


def test_no_table_prints_a_small_count(left: Left) -> None:
    """In no CSV does a column of counts hold 1 to 4, and no two steps of the attrition differ by as few; events of
    curves are midpoints of classes of five.
    """
    small = []
    for path in sorted((left.folder.path / "tables").glob("*.csv")):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            names = [name for name in COUNTS if name != "n_events" or path.stem not in FROM_CURVES]
            small += [(path.stem, name) for name in names if row.get(name) and int(row[name]) in SMALL]
            if path.stem == "table_one" and (found := re.match(r"(\d+) \(", row["value"])):
                small += [("table_one", row["variable"])] if int(found[1]) in SMALL else []
    assert small == []
    with (left.folder.path / "tables" / "attrition.csv").open(encoding="utf-8", newline="") as file:
        steps = list(csv.DictReader(file))
    assert len(steps) == 3
    for name in ("n_patients", "n_lesions"):
        known = [int(step[name]) for step in steps if step[name]]
        assert known and not {a - b for place, a in enumerate(known) for b in known[place + 1 :]} & set(SMALL)


def test_counts_that_do_not_leave_are_nowhere(left: Left) -> None:
    """What the attrition table leaves out is called suppressed on the page and in the picture; no table of checks."""
    with (left.folder.path / "tables" / "attrition.csv").open(encoding="utf-8", newline="") as file:
        is_gone = [not step["n_patients"] or not step["n_lesions"] for step in csv.DictReader(file)]
    assert any(is_gone) and "suppressed" in left.folder.page
    assert "suppressed" in (left.folder.path / "figures" / "flow.svg").read_text(encoding="utf-8")
    assert "guards.csv" not in left.folder.names("tables")


def test_curves_are_by_month_and_models_short(left: Left) -> None:
    """Times of curves are ends of months; ratios have two digits, without coefficients."""
    with (left.folder.path / "tables" / "km_curve.csv").open(encoding="utf-8", newline="") as file:
        months = [float(row["time_months"]) for row in csv.DictReader(file)]
    assert months and all(abs(month - round(month)) < 1e-6 for month in months)
    with (left.folder.path / "tables" / "cox.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and {row["term"] for row in rows} >= {"max_diameter_mm per 5"}
    for row in rows:
        assert row["coef"] == "" and row["std_error"] == ""
        assert row["estimate"] == "" or float(row["estimate"]) == float(f"{float(row['estimate']):.2g}")


def test_it_is_logged_with_its_recipe(left: Left) -> None:
    """Who, what, mode and recipe as it may be shown; registry verify finds the log whole."""
    line = json.loads((left.home.shared / "log.ndjson").read_text(encoding="utf-8").splitlines()[0])
    assert (line["what"], line["mode"]) == ("recipe", MODE) and "ecog <= 1" in line["recipe"] and line["by"]
    assert left.ran.text.startswith(tuple("0123456789a")) and "out/report.html" in left.ran.text


@pytest.mark.long
def test_the_same_recipe_leaves_again_with_the_same_bytes(left: Left, tmp_path: Path) -> None:
    """Only the log grows."""
    ran = left.again(RECIPE, tmp_path / "again")
    assert ran.code == 0, ran.err.decode()
    assert Folder(tmp_path / "again").files() == left.folder.files()


@pytest.mark.long
def test_nearly_the_same_patients_are_refused(left: Left, tmp_path: Path) -> None:
    """All but one of the patients that left: one sentence names the output, and nothing is written."""
    ((patient,),) = _rows(left, "SELECT min(patient_id) FROM cohort.patients WHERE ecog <= 1 AND max_diameter_mm < 45")
    ran = left.again(
        RECIPE.replace("exclude: [", f"exclude: [{{one: \"patient_id = '{patient}'\"}}, "), tmp_path / "out"
    )
    assert ran.code == 1 and "differ, whose data could be found by subtraction" in ran.complaint
    assert patient not in ran.complaint and not (tmp_path / "out").exists()


REFUSED = {
    "include: [{few: \"patient_id <= 'A'\"}]": "Nobody is left",
    "strata: [patient_id]\ncovariates: [kras]": "groups by patient_id",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_names_persons_is_refused(left: Left, tmp_path: Path, text: str) -> None:
    """Groups of one are no groups."""
    ran = left.again(text, tmp_path / "out")
    assert ran.code == 1 and REFUSED[text] in ran.complaint


@pytest.mark.long
def test_a_grouping_of_few_leaves_no_names(left: Left, tmp_path: Path) -> None:
    """Of a column with as many values as patients nothing leaves, its values neither."""
    ran = left.again("endpoint: TTLTP\nby: [{column: birth_year, categories: [1930, 1931, 1990]}]\n", tmp_path / "out")
    assert ran.code == 0, ran.err.decode()
    assert "1930 to < 1931" not in Folder(tmp_path / "out").html.replace("by: ", "")


def _rows(left: Left, sql: str) -> list[tuple]:
    from warehouse.releases.query import open_release
    from warehouse.releases.release import find_release

    with open_release(find_release(left.home)) as con:
        return con.execute(sql).fetchall()
