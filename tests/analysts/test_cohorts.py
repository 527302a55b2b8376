"""A cohort is chosen by whatever an analyst has, counts who is left, and says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import ablation_registry as ar
from ablation_registry.cohorts import Cohort, OutcomeWarning
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.recipe import RecipeRefused, parse_recipe

RECIPE = """
title: Fit patients
include:
  - fit enough: ecog <= 1
exclude:
  - mutated: kras = 'mutant'
endpoint: os
by: sex
covariates: [sex, {column: max_diameter_mm, per: 5}]
"""
SELECT = "SELECT site, patient_id FROM cohort.patients WHERE ecog <= 1 AND kras <> 'mutant'"


@pytest.fixture(scope="module")
def fit(release: ar.Release) -> Cohort:
    """Fit patients without the mutation, by a recipe."""
    return release.cohort(parse_recipe(RECIPE))


@pytest.mark.long
def test_every_way_to_say_it_chooses_the_same(release: ar.Release, fit: Cohort, tmp_path: Path) -> None:
    """A recipe as file, text of a path and keys, predicates in order, names, criteria and a SELECT name one cohort."""
    path = tmp_path / "fit.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    keys = {"include": ["ecog <= 1"], "exclude": ["kras = 'mutant'"]}
    same = [
        release.cohort(path),
        release.cohort(str(path)),
        release.cohort(keys),
        release.cohort("ecog <= 1", exclude="kras = 'mutant'"),
        release.cohort(["ecog <= 1", ("not mutated", "kras <> 'mutant'")]),
        release.cohort({"fit": "ecog <= 1"}, exclude={"mutated": "kras = 'mutant'"}),
        release.cohort([Criterion("fit", "ecog <= 1")], exclude=[Criterion("mutated", "kras = 'mutant'")]),
        release.cohort(SELECT),
    ]
    rows = fit.patients.fetchall()
    assert fit.n == len(rows) == len(fit) > 0
    assert all(one.patients.fetchall() == rows and one.n_lesions == fit.n_lesions for one in same)
    assert release.cohort().n == 120


def test_attrition_adds_up(fit: Cohort) -> None:
    """Each step says who is left and who went; the cohort is what the last one leaves, and its SELECT gives it."""
    steps = fit.attrition
    assert list(steps["step"]) == ["in the release", "fit enough", "mutated"]
    assert list(steps["criterion"]) == ["", "ecog <= 1", "NOT (kras = 'mutant')"]
    assert steps["n_patients"].iloc[0] - steps["patients_out"].sum() == steps["n_patients"].iloc[-1] == fit.n
    assert steps["n_lesions"].iloc[0] - steps["lesions_out"].sum() == fit.n_lesions == len(fit.lesions.fetchall())
    assert f"Fit patients: {fit.n} patients" in repr(fit) and "not: mutated" in fit._repr_html_()
    assert fit._release.sql(f"SELECT count(*) FROM ({fit.query})").fetchall() == [(fit.n,)]


def test_the_recipe_says_what_is_asked(fit: Cohort) -> None:
    """Endpoint, groups and covariates are the recipe's unless others are given."""
    assert set(fit.kaplan_meier().table["endpoint"]) == {"OS"}
    assert set(fit.logrank().table["grouping"]) == {"sex"}
    assert list(dict.fromkeys(fit.cox().table["term"]))[:2] == ["sex", "max_diameter_mm per 5"]
    assert set(fit.cox(["kras"], "ltpfs").table["endpoint"]) == {"LTPFS"}


def test_lesions_are_kept_one_by_one(release: ar.Release) -> None:
    """A criterion over lesions keeps single lesions, and both kinds of rows leave as pandas, polars and Arrow."""
    cohort = release.cohort("segment = '7'")
    assert set(cohort.lesions.df()["segment"]) == {"7"}
    assert cohort.patients.pl().height == cohort.n == cohort.patients.to_arrow_table().num_rows


def test_an_outcome_is_warned_of(release: ar.Release) -> None:
    """A cohort chosen by what is known later warns, and everything it prints says so."""
    with pytest.warns(OutcomeWarning, match="Chosen by ltp, known only after the ablation"):
        cohort = release.cohort("ltp")
    shown = [repr(cohort), cohort._repr_html_(), repr(cohort.kaplan_meier("OS")), cohort.table_one()._repr_html_()]
    assert all("known only after the ablation" in text for text in shown)
    assert "chosen by an outcome (ltp)" in cohort.cite()


def test_a_citation_names_nobody(release: ar.Release) -> None:
    """Release, content hash, version and criteria are cited; an identifier in a criterion or its name is not."""
    site, patient = release.sql("SELECT site, patient_id FROM cohort.patients ORDER BY ALL").fetchall()[0]
    cohort = release.cohort("ecog <= 1", exclude={f"without {patient}": f"patient_id = '{patient}'"})
    cited = cohort.cite()
    assert release.id in cited and release.manifest["content_hash"] in cited and "ecog <= 1" in cited
    assert patient not in cited and cohort.recipe.fingerprint[:16] in cited
    assert patient not in release.cohort(f"SELECT '{site}' AS site, '{patient}' AS patient_id").cite()


def test_who_is_not_in_the_release_is_counted(release: ar.Release) -> None:
    """Patients whom a SELECT names and the release lacks are left out, and a warning counts them."""
    with pytest.warns(UserWarning, match="^1 of the patients"):
        assert release.cohort(f"{SELECT} UNION ALL SELECT 'nowhere', 'nobody'").n == release.cohort(SELECT).n


REFUSED = {
    "krs = 'mutant'": "names krs, which no cohort view has. Did you mean kras?",
    "ecog = 99": "removes the last 120 of 120 patients",
    "SELECT site FROM cohort.patients": "does not return patient_id",
    "SELECT 1; SELECT 2": "one SELECT and nothing else",
    "nowhere.yaml": "nowhere.yaml cannot be read",
    "random() < 0.5": "depends on random",
}


@pytest.mark.parametrize("of", REFUSED)
def test_what_cannot_be_meant_is_refused(release: ar.Release, of: str) -> None:
    """Each refusal is one line with its cure."""
    with pytest.raises(ar.RegistryError) as refused:
        release.cohort(of)
    assert REFUSED[of] in str(refused.value)
    assert "\n" not in str(refused.value) and refused.value.cure


def test_other_things_are_no_cohort(release: ar.Release) -> None:
    """Neither a number nor a recipe for another release chooses patients."""
    with pytest.raises(ar.QueryFailed, match="That is no cohort"):
        release.cohort(5)  # type: ignore[arg-type]
    with pytest.raises(RecipeRefused, match="The recipe is for release 1999"):
        release.cohort({"release": "1999", "include": ["ecog <= 1"]})
    with pytest.raises(RecipeRefused, match="Did you mean include"):
        release.cohort({"inclde": ["ecog <= 1"], "endpoint": "OS"})


def test_kinds_have_public_names(release: ar.Release) -> None:
    """What a reader may catch or annotate is named by the package itself, and so is its version."""
    assert isinstance(release.cohort(), ar.Cohort) and issubclass(ar.OutcomeWarning, UserWarning)
    assert ar.__version__ in release.cohort().cite()
    with pytest.raises(AttributeError, match="no attribute opne"):
        _ = ar.opne
