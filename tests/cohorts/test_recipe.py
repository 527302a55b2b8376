"""A recipe is read as it is written, and what cannot be meant is refused in one sentence."""

from __future__ import annotations

import pytest

from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.recipe import RecipeRefused, dump_recipe, parse_recipe

WHOLE = """
title: Small lesions
release: 20260131T
include:
  - fit enough: ecog <= 1
  - {name: small, where: max_diameter_mm < 30, over: lesions}
exclude:
  unknown: kras = 'unknown'
endpoint: ltpfs
by: [kras, {column: max_diameter_mm, categories: [20, 30]}]
covariates: [kras, {column: max_diameter_mm, per: 5}, {column: cea_ng_ml, log: true}]
strata: site
"""


def test_everything_is_read() -> None:
    """Criteria keep their order, short forms mean what long ones do, and endpoints need no capitals."""
    recipe = parse_recipe(WHOLE)
    assert recipe.criteria == (
        Criterion("fit enough", "ecog <= 1"),
        Criterion("small", "max_diameter_mm < 30", over="lesions"),
        Criterion("unknown", "kras = 'unknown'", is_kept=False),
    )
    assert (recipe.endpoint, recipe.level, [term.name for term in recipe.by]) == (
        "LTPFS",
        "patient",
        ["kras", "max_diameter_mm in classes"],
    )
    assert [term.name for term in recipe.covariates] == ["kras", "max_diameter_mm per 5", "log2(cea_ng_ml)"]


def test_what_is_written_is_read_again() -> None:
    """A recipe saved by a page is the recipe that it was, and layout does not change its fingerprint."""
    recipe = parse_recipe(WHOLE)
    again = parse_recipe(dump_recipe(recipe))
    assert (again, again.fingerprint) == (recipe, recipe.fingerprint)


REFUSED = {
    "inclde: []": "inclde is no key of a recipe. Did you mean include?",
    "by: krs": "by names krs, which is no column of cohort.patients. Did you mean kras?",
    "level: lesion\nby: segmnt": "by names segmnt, which is no column of cohort.lesions. Did you mean segment?",
    "include: [{name: fit}]": "include.1.where is missing",
    "covariates: [{column: ecog, per: 0}]": "covariates.1.per",
    "covariates: [{column: ecog, per: 2, log: true}]": "takes one of per, log and categories",
    "by: {column: ecog, per: 2}": "neither per nor log",
    "by: {column: ecog, categories: [2, 1]}": "categories that do not rise",
    "a: b: c": "line 1: is not YAML",
    "[1]": "holds no keys",
    "time_zero: kras": "time_zero names kras, which is no date",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    """Each refusal is one line that names the key and the cure."""
    with pytest.raises(RecipeRefused) as refused:
        parse_recipe(text)
    assert REFUSED[text] in str(refused.value)
    assert "\n" not in str(refused.value) and refused.value.cure
