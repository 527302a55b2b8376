"""Reads a recipe: a YAML file that says which release, who is in a cohort, and what is analysed.

    release: 20260131T
    include:
      - fit enough: ecog <= 1
      - name: small lesions
        where: max_diameter_mm < 30
        over: lesions
    exclude:
      - genotype not known: kras = 'unknown'
    endpoint: TTLTP
    level: patient
    by: kras
    covariates: [kras, {column: max_diameter_mm, per: 5}, {column: cea_ng_ml, log: true}]

Every key may be left out. An unknown key, a wrong type and an unknown column are refused in one sentence.
"""

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator

from schemas.cohort import COHORT
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.terms import Strict, Term
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import RegistryError

Level = Literal["patient", "lesion"]
VIEW_OF = {"patient": "patients", "lesion": "lesions"}
FIRST_ABLATION = "first_ablation_date"
PRIMARY_ENDPOINT = "TTLTP"


class RecipeRefused(RegistryError):
    """A recipe cannot be read; the message says what and the cure says how to put it right."""


class NamedPredicate(Strict):
    """A criterion: a name, a predicate, and the view if its columns do not tell; in short `name: predicate`."""

    name: str = Field(min_length=1)
    where: str = Field(min_length=1, validation_alias=AliasChoices("where", "predicate"))
    over: Literal["patients", "lesions"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"name": given, "where": given}
        if isinstance(given, dict) and len(given) == 1 and not {"name", "where", "predicate"} & set(given):
            ((name, where),) = given.items()
            return {"name": str(name), "where": where}
        return given


class Recipe(Strict):
    """Everything that a cohort's products depend on, beside the release and the version of the code."""

    title: str = ""
    release: str | None = None
    include: tuple[NamedPredicate, ...] = ()
    exclude: tuple[NamedPredicate, ...] = ()
    endpoint: str = PRIMARY_ENDPOINT
    level: Level = "patient"
    by: tuple[Term, ...] = ()
    covariates: tuple[Term, ...] = ()
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    time_zero: str = FIRST_ABLATION

    @field_validator("include", "exclude", mode="before")
    @classmethod
    def _in_order(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return [{"name": str(name), "where": where} for name, where in given.items()]
        return [given] if isinstance(given, str) else given or ()

    @field_validator("by", "covariates", "strata", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return [given] if isinstance(given, str | dict | Term) else given or ()

    @field_validator("by")
    @classmethod
    def _groups(cls, given: tuple[Term, ...]) -> tuple[Term, ...]:
        if any(term.per or term.log for term in given):
            raise ValueError("groups are columns or categories of one, neither per nor log")
        return given

    @field_validator("endpoint")
    @classmethod
    def _upper(cls, given: str) -> str:
        return given.upper()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Return who is included, then who is excluded, each in the order of the file."""
        kept = [Criterion(one.name, one.where, True, one.over) for one in self.include]
        return (*kept, *(Criterion(one.name, one.where, False, one.over) for one in self.exclude))

    @property
    def view(self) -> str:
        """Return the view whose columns `by`, covariates and strata are: patients or lesions, as the level is."""
        return VIEW_OF[self.level]

    @property
    def fingerprint(self) -> str:
        """Return a SHA-256 of what the recipe says, however its file is laid out."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file. RecipeRefused, in one sentence, if it cannot be read or says something unknown."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RecipeRefused(f"{path.name} is not UTF-8 text.", "Save the recipe as UTF-8.") from None
    except OSError as error:
        raise RecipeRefused(f"{path} cannot be read ({error.strerror}).", "Name a recipe file.") from None
    return parse_recipe(text, path.name)


def parse_recipe(text: str, name: str = "The recipe") -> Recipe:
    """Read a recipe from its text; `name` is what errors call it. RecipeRefused like `read_recipe`."""
    import yaml

    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise RecipeRefused(
            f"{name}{where}: is not YAML.", 'Put a predicate that holds a colon or quotes into "double quotes".'
        ) from None
    if not isinstance(given, dict):
        raise RecipeRefused(f"{name} holds no keys.", "Begin with include: or endpoint:.")
    return recipe_of(given, name)


def recipe_of(given: dict, name: str = "The recipe") -> Recipe:
    """Make a recipe of its keys. RecipeRefused like `read_recipe`."""
    try:
        recipe = Recipe.model_validate(given)
    except ValidationError as error:
        raise _refused(name, error) from None
    _check_columns(recipe, name)
    return recipe


def dump_recipe(recipe: Recipe) -> str:
    """Return the recipe as YAML that `parse_recipe` reads as the same recipe; what is as by default is left out."""
    import yaml

    kept = recipe.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    kept = {"endpoint": recipe.endpoint} | kept
    order = [key for key in Recipe.model_fields if key in kept]
    return yaml.safe_dump({key: kept[key] for key in order}, sort_keys=False, allow_unicode=True, width=120)


def _check_columns(recipe: Recipe, name: str) -> None:
    kinds = {column.name: column.kind for column in COHORT[recipe.view].columns}
    asked = [("by", term.column) for term in recipe.by]
    asked += [("covariates", term.column) for term in recipe.covariates]
    asked += [("strata", column) for column in recipe.strata]
    asked += [("time_zero", recipe.time_zero)] + ([("cluster", recipe.cluster)] if recipe.cluster else [])
    for key, column in asked:
        if column not in kinds:
            near = nearest(column, kinds)
            cure = f"Did you mean {near}?" if near else f'`registry query "DESCRIBE cohort.{recipe.view}"` lists them.'
            raise RecipeRefused(f"{name}: {key} names {column}, which is no column of cohort.{recipe.view}.", cure)
    if kinds[recipe.time_zero] != "DATE":
        raise RecipeRefused(f"{name}: time_zero names {recipe.time_zero}, which is no date.", "Name a column of dates.")


def _refused(name: str, error: ValidationError) -> RecipeRefused:
    """Say the first problem of a recipe; values are the writer's own words and are not repeated."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        known = {*Recipe.model_fields, *NamedPredicate.model_fields, *Term.model_fields}
        near = nearest(key, known)
        cure = f"Did you mean {near}?" if near else f"The keys of a recipe are {', '.join(Recipe.model_fields)}."
        return RecipeRefused(f"{name}: {place} is no key of a recipe.", cure)
    if first["type"] == "missing":
        return RecipeRefused(f"{name}: {place} is missing.", "A criterion has a name and a predicate, `where`.")
    words = first["msg"].removeprefix("Value error, ").rstrip(".")
    return RecipeRefused(f"{name}: {place}: {words[0].lower()}{words[1:]}.", "See docs/cohorts.md for each key.")
