"""Reads what an analyst writes as a cohort: a predicate, several, a SELECT, or a recipe."""

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.recipe import NamedPredicate, Recipe, RecipeRefused, read_recipe, recipe_of
from warehouse.releases.named_cohort import CURE, KEY, ONE_SELECT
from warehouse.releases.one_select import one_select
from warehouse.releases.query import names_in
from warehouse.releases.query_errors import failed
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    from ablation_registry.release import Release

Given = str | os.PathLike[str] | Recipe | Mapping[str, Any] | Iterable[Any] | None
RECIPE_FILES = (".yaml", ".yml")
OPENS_A_SELECT = re.compile(r"\s*(SELECT|WITH|FROM)\b", re.IGNORECASE)
NAMED_BY_SELECT = "named by a SELECT"


def recipe_from(release: "Release", of: Any, exclude: Any) -> tuple[Recipe, Choice]:
    """Return the recipe that `of` and `exclude` are, and the choice by its criteria on the release.

    QueryFailed or RecipeRefused, in one line, if one does not fit, or the recipe is for another release.
    """
    recipe = _recipe(release, of)
    if exclude is not None:
        more = _listed(exclude)
        recipe = recipe_of({**_keys(recipe), "exclude": [*recipe.exclude, *more]})
    if recipe.release and not release.id.startswith(recipe.release):
        raise RecipeRefused(
            f"The recipe is for release {recipe.release}, and this one is {release.id}.",
            f'Open it with open(release="{recipe.release}").',
        )
    return recipe, choose(release.connection, recipe.criteria)


def _recipe(release: "Release", of: Any) -> Recipe:
    if of is None:
        return recipe_of({})
    if isinstance(of, Recipe):
        return of
    if isinstance(of, os.PathLike):
        return read_recipe(Path(of))
    if isinstance(of, str) and of.strip().lower().endswith(RECIPE_FILES):
        return read_recipe(Path(of))
    if isinstance(of, str) and OPENS_A_SELECT.match(of):
        return recipe_of({"include": [_of_select(release, of)]})
    if isinstance(of, Mapping) and _is_recipe(of):
        return recipe_of(dict(of))
    return recipe_of({"include": _listed(of)})


def _is_recipe(keys: Mapping[str, Any]) -> bool:
    """Whether keys are a recipe's, perhaps mistyped, and not names with a predicate each."""
    return not set(keys).isdisjoint(Recipe.model_fields) or not all(isinstance(one, str) for one in keys.values())


def _listed(given: Any) -> list[Any]:
    """Return criteria as a recipe lists them: texts, (name, predicate) pairs, name: predicate, or Criterion."""
    if isinstance(given, Mapping):
        return [{"name": str(name), "where": where} for name, where in given.items()]
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Iterable):
        raise QueryFailed("That is no cohort.", 'Write a predicate, such as "ecog <= 1", a recipe, or a SELECT.')
    return [_criterion(one) for one in given]


def _criterion(one: Any) -> Any:
    if isinstance(one, Criterion):
        if not one.is_kept:
            raise QueryFailed(f'The criterion "{one.name}" leaves out.', "Pass it as exclude=.")
        return {"name": one.name, "where": one.where, "over": one.over}
    if isinstance(one, tuple) and len(one) == 2:
        return {"name": str(one[0]), "where": one[1]}
    return one


def _keys(recipe: Recipe) -> dict[str, Any]:
    return {name: getattr(recipe, name) for name in Recipe.model_fields}


def _of_select(release: "Release", sql: str) -> NamedPredicate:
    """Return the criterion of those whom a SELECT names by site and patient_id. QueryFailed if it does not."""
    select = one_select(sql, ONE_SELECT, CURE)
    con = release.connection
    try:
        described = con.execute(f"DESCRIBE (\n{select}\n)").fetchall()
    except duckdb.Error as error:
        raise failed(error, select, names_in(con)) from None
    names = {str(row[0]).lower() for row in described}
    if missing := [name for name in KEY if name not in names]:
        raise QueryFailed(f"The SELECT does not return {' and '.join(missing)}.", CURE)
    keys = f"SELECT DISTINCT (CAST(site AS VARCHAR), CAST(patient_id AS VARCHAR)) AS key FROM (\n{select}\n)"  # noqa: S608
    try:
        unknown = con.execute(
            f"SELECT count(*) FROM ({keys}) WHERE key NOT IN (SELECT (site, patient_id) FROM cohort.patients)"  # noqa: S608
        ).fetchone()
    except duckdb.Error as error:
        raise failed(error, select, names_in(con)) from None
    if unknown and unknown[0]:
        warnings.warn(f"{unknown[0]:,} of the patients whom the SELECT names are not in the release.", stacklevel=5)
    return NamedPredicate(name=NAMED_BY_SELECT, where=f"(site, patient_id) IN ({keys})", over="patients")
