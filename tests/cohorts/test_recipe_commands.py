"""`registry cohort` with a recipe: how it is given, which release it is for, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.cli.cohort import release_for
from orchestration.cli.sql_argument import recipe_path
from tests.cohorts.small_release import small_release
from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_here
from warehouse.cohorts.older_releases import check_release
from warehouse.cohorts.recipe import RecipeRefused, parse_recipe
from warehouse.storage.errors import QueryFailed

GIVEN = {
    "a path": ("small.yaml", None, Path("small.yaml")),
    "the other ending": ("recipes/Small.YML", None, Path("recipes/Small.YML")),
    "as a file": (None, Path("small.yaml"), Path("small.yaml")),
    "a SELECT": ("FROM derived.patient_ltpfs", None, None),
    "a SELECT that ends like one": ("SELECT 'a.yaml'", None, None),
    "a file of SQL": (None, Path("cohort.sql"), None),
    "standard input": ("-", None, None),
    "nothing": (None, None, None),
}


@pytest.mark.parametrize("given", GIVEN)
def test_a_recipe_is_told_from_a_select(given: str) -> None:
    """By the ending of a file's name."""
    word, file, expected = GIVEN[given]
    assert recipe_path(word, file) == expected


@pytest.mark.long
def test_a_recipe_is_typed_like_a_select(demonstration: Demonstration, tmp_path: Path) -> None:
    """The command says whom it found and where the page is."""
    recipe, out = tmp_path / "fit.yaml", tmp_path / "out"
    recipe.write_text("include: [ecog = 0]\nendpoint: OS\n", encoding="utf-8")
    ran = run_here(demonstration.home.root, "cohort", str(recipe), "--out", str(out))
    ((n, n_lesions),) = demonstration.rows("SELECT count(*), sum(n_lesions)::INT FROM cohort.patients WHERE ecog = 0")
    assert ran.code == 0, ran.err
    release = demonstration.release.release_id
    assert ran.text == f"{n} patients with {n_lesions} lesions of release {release}: {out / 'report.html'}\n"


REFUSED = {
    "include: [ecog = 0, ecog = 99]": 'the criterion "ecog = 99" removes the last',
    "include: [ecg = 0]": "Did you mean ecog?",
    "endpoint: TTLT": "The release has no endpoint TTLT. Did you mean TTLTP?",
    "endpoint: OS\nlevel: lesion": "OS has no lesion level.",
    "release: 19990101T\n": "19990101T",
    "include: [{as a number: 'patient_id::INT > 3'}]": 'The criterion "as a number" converts a value',
    "covariates: [kras, kras]": "covariates names kras twice.",
    "covariates: [{column: sex, log: true}]": "covariates transforms sex, which is no number.",
    "by: {column: sex, categories: [20]}": "by transforms sex, which is no number.",
    "by: krs": "by names krs, which is no column of cohort.patients. Did you mean kras?",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(demonstration: Demonstration, tmp_path: Path, text: str) -> None:
    """One sentence with its cure, and nothing is left behind."""
    (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
    words = ("cohort", str(tmp_path / "recipe.yaml"), "--out", str(tmp_path / "out"))
    ran = run_here(demonstration.home.root, *words)
    assert ran.code == 1 and REFUSED[text] in ran.complaint
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.yaml"]


def test_two_releases_are_refused(demonstration: Demonstration) -> None:
    """The recipe's release counts unless --release says otherwise; if both say something else, that is said."""
    own = demonstration.release.release_id
    asked = parse_recipe(f"release: {own}")
    assert release_for(demonstration.home, asked, None).release_id == own
    assert release_for(demonstration.home, asked, own[:10]).release_id == own
    assert release_for(demonstration.home, parse_recipe("endpoint: OS"), own[:10]).release_id == own


def test_a_recipe_for_another_release_is_refused(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """--release and the recipe name different releases."""
    from dataclasses import replace

    from orchestration.cli import cohort

    own = demonstration.release
    other = replace(own, folder=own.folder.with_name("20200101T000000Z-00000000"))
    monkeypatch.setattr(cohort, "find_release", lambda _, name: other if name and name.startswith("2020") else own)
    with pytest.raises(RecipeRefused, match="The recipe is for release 2020, and --release names"):
        release_for(demonstration.home, parse_recipe("release: '2020'"), own.release_id)


LACKING = {
    "endpoint: OS": "Release R has no derived.time_to_event, which recipes need.",
    "by: nras": "Release R lacks cohort.patients.nras, which the recipe names.",
    "include: [sex = 'female']": "Release R lacks cohort.patients.sex, which the recipe names.",
    "include: [approach = 'open']": "Release R lacks cohort.lesions.approach, which the recipe names.",
}


@pytest.mark.parametrize("text", LACKING)
def test_an_older_release_says_what_it_lacks(text: str) -> None:
    """Views and columns that a release made by older code does not have are named, with the cure."""
    with small_release() as con:
        if text != "endpoint: OS":
            con.execute("CREATE SCHEMA derived; CREATE TABLE derived.time_to_event (endpoint VARCHAR)")
            con.execute("ALTER TABLE cohort.patients ADD COLUMN first_ablation_date DATE")
        with pytest.raises(QueryFailed) as refused:
            check_release(con, parse_recipe(text), "R")
    assert LACKING[text] in str(refused.value) and "registry refresh --full" in refused.value.cure


def test_a_release_without_the_views_says_so() -> None:
    """It was made before cohorts were chosen from views."""
    with small_release() as con:
        con.execute("DROP TABLE cohort.lesions")
        with pytest.raises(QueryFailed, match=r"has no cohort.lesions and no derived.time_to_event"):
            check_release(con, parse_recipe("endpoint: OS"), "R")
