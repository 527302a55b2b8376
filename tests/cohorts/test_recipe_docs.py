"""docs/cohorts.md explains every key of a recipe, and the recipes of examples/ run as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.e2e.demonstration import Demonstration
from tests.variants import quick
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.recipe import NamedPredicate, Recipe, parse_recipe, read_recipe
from warehouse.cohorts.terms import Term
from workflows.recipe_tables import tables_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8")
RECIPES = sorted((ROOT / "examples" / "recipes").glob("*.yaml"))


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


def test_every_key_is_explained() -> None:
    """The tables of keys have those of a recipe and of a term, no more and no fewer; criteria's keys are in words."""
    keys = re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE)
    own = [key for key in keys if key in {*Recipe.model_fields, *Term.model_fields}]
    assert sorted(own) == sorted([*Recipe.model_fields, *(set(Term.model_fields) - {"column"})])
    for key in (*NamedPredicate.model_fields, "column"):
        assert f"`{key}" in PAGE or f"{{{key}:" in PAGE, key


def test_the_recipe_on_the_page_has_every_key() -> None:
    """It can be read, and uses each key once."""
    ((text),) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    recipe = parse_recipe(text)
    assert set(re.findall(r"^(\w+):", text, re.MULTILINE)) == set(Recipe.model_fields)
    assert [one.over for one in recipe.include] == [None, "lesions"]


def test_every_question_has_its_recipe() -> None:
    """The page names each file of examples/recipes, and each file begins with its question."""
    named = re.findall(r"`registry cohort examples/recipes/([a-z-]+\.yaml) --out [a-z-]+`", PAGE)
    assert sorted(named) == [path.name for path in RECIPES] and len(named) == 5
    for path in RECIPES:
        assert path.read_text(encoding="utf-8").startswith("# ") and "?" in path.read_text(encoding="utf-8"), path.name


@pytest.mark.long
@pytest.mark.parametrize("path", quick(2, RECIPES))
def test_a_question_is_answered(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The recipe finds subjects with events, and where it has covariates a model with estimates."""
    recipe = read_recipe(path)
    tables = tables_of(con, choose(con, recipe.criteria), recipe)
    assert (tables["km_summary"]["n_events"] > 0).all()
    assert ("cox" in tables) == bool(recipe.covariates)
    if recipe.covariates:
        assert tables["cox"].query("quantity == 'hazard_ratio'")["estimate"].notna().all()
