"""docs/test-model.md is executed on the demonstration study; what it writes and what it refuses is looked at."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.own_rules.test_page import Executed, executed
from tests.structure.checkout import ROOT
from warehouse.cohorts import published_form
from warehouse.releases import share_log

PAGE = ROOT / "docs" / "test-model.md"
EXAMPLES = ROOT / "examples" / "published"


def nothing() -> None:
    """The page refreshes nothing."""


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The page, executed in a copy of the released study; what it writes lies in the home."""
    folder = tmp_path_factory.mktemp("published")
    home = copy_of(light_study, folder)
    text = PAGE.read_text(encoding="utf-8").replace("--out claim-tested", f"--out {folder / 'claim-tested'}")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        found = executed(text, home.root, nothing).replace(str(folder / "claim-tested"), "claim-tested")
    return Executed(found, home)


def test_the_page_shows_what_is_printed(page: Executed) -> None:
    """Every command on the page prints what stands below it."""
    assert page.text == PAGE.read_text(encoding="utf-8")


def test_every_key_is_explained() -> None:
    """The page names each key that a file may have."""
    text = PAGE.read_text(encoding="utf-8")
    forms = (
        *(published_form.PublishedFile, published_form.PublishedModel, published_form.PublishedBaseline),
        *(published_form.ScoreTerm, published_form.Claim, published_form.ClaimedGroup),
        *(published_form.Study, published_form.StudyGroup),
    )
    keys = {key for form in forms for key in form.model_fields} - {"categories", "reference"}
    assert [
        key for key in sorted(keys) if f"`{key}`" not in text and f"[{key}" not in text and f".{key}]" not in text
    ] == []


@pytest.mark.parametrize("name", ["index-study.toml", "claim.toml"])
def test_the_examples_are_tested(page: Executed, name: str, tmp_path: Path) -> None:
    """The index study's figures on the patients that were made to match them: every claim of a share and of a ratio
    holds; the rate that is called actuarial does not, and its crude share does.
    """
    ran = page.run("test-model", str(EXAMPLES / name), "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err.decode()
    with (tmp_path / "out" / "tables" / "claims.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    held = {(row["claim"], row["stratum"]): (row["holds_estimate"], row["holds_published"]) for row in rows}
    assert held["LTP", "KRAS wild-type" if name == "index-study.toml" else "wild-type"] == ("true", "true")
    for (claim, _), found in held.items():
        assert found == (("", "false") if claim == "LTPFS" else ("true", "true")), claim
    assert json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["tested"]["file"] == name


@pytest.mark.long
def test_figures_are_drawn_where_there_are_risks(page: Executed, tmp_path: Path) -> None:
    """Calibration and decision curve at the baseline's time, as SVG and PNG; the file that was tested lies beside."""
    ran = page.run("test-model", "score.toml", "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err.decode()
    names = sorted(path.name for path in (tmp_path / "out" / "figures").iterdir())
    assert names == [
        f"{name}-12-months.{kind}" for name in ("calibration", "decision-curve") for kind in ("png", "svg")
    ]
    assert "<svg" in (tmp_path / "out" / "figures" / names[1]).read_text(encoding="utf-8")
    assert (tmp_path / "out" / "score.toml").read_text() == (page.home.root / "score.toml").read_text()


@pytest.mark.long
def test_a_cohort_is_tested_alone(page: Executed, tmp_path: Path) -> None:
    """A recipe's patients, and the warning of one that is chosen by an outcome."""
    recipe = tmp_path / "small.yaml"
    recipe.write_text("title: small\ninclude: [max_diameter_mm < 30]\n", encoding="utf-8")
    ran = page.run("test-model", "score.toml", "--cohort", str(recipe))
    assert ran.code == 0 and "of the cohort small" in ran.text
    recipe.write_text("include: [ltp]\n", encoding="utf-8")
    ran = page.run("test-model", "score.toml", "--cohort", str(recipe))
    assert "note: the cohort is chosen by ltp, known only after the ablation: biased" in ran.text


def test_what_left_is_logged(page: Executed) -> None:
    """The claim that left under lt5 is a line of the log; the same under another mode without a folder is refused."""
    lines = share_log.outputs(page.home)
    assert [one.line["what"] for one in lines] == ["test-model"] and lines[0].line["counts_that_left"] > 0
    ran = page.run("test-model", "claim.toml", "--disclosure", "lt5")
    assert ran.code == 1 and "Name a folder with --out." in ran.complaint


def test_a_file_is_begun_and_not_overwritten(page: Executed) -> None:
    """A second one is refused, and so is a name in a folder; one that is not there is named."""
    assert "score.toml exists already" in page.run("test-model", "new", "score.toml").complaint
    assert "has no folder" in page.run("test-model", "new", "models/score.toml").complaint
    assert "other.toml cannot be read" in page.run("test-model", "other.toml").complaint
