"""Reads what an analyst writes as an endpoint, a group or a covariate."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from warehouse.cohorts.recipe import Recipe
from warehouse.cohorts.subjects import Question
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import QueryFailed


def question_of(recipe: Recipe, endpoint: str | None, level: str | None, time_zero: str | None) -> Question:
    """Return what is asked, from the recipe where it is not given. Endpoints need no capitals."""
    return Question((endpoint or recipe.endpoint).upper(), level or recipe.level, time_zero or recipe.time_zero)


def term_of(given: Any) -> Term | None:
    """Return a group or covariate from a column's name, a term's keys, or a Term; None from None."""
    if given is None or isinstance(given, Term):
        return given
    try:
        return Term.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        words = first["msg"].removeprefix("Value error, ").rstrip(".")
        place = ".".join(str(part) for part in first["loc"])
        said = f"{place}: {words}" if place else words
        raise QueryFailed(
            f"That is no column or term ({said[0].lower()}{said[1:]}).",
            'Write "kras" or {"column": "max_diameter_mm", "categories": [20, 30]}.',
        ) from None


def terms_of(given: Iterable[Any], references: Mapping[str, str] | None) -> list[Term]:
    """Return the covariates of a model, with the references that are named for their columns."""
    terms = [term for one in given if (term := term_of(one)) is not None]
    own = references or {}
    if unknown := [name for name in own if name not in {term.column for term in terms}]:
        raise QueryFailed(f"There is a reference for {unknown[0]}, which is no covariate.", "Leave it out.")
    return [term.model_copy(update={"reference": own[term.column]}) if term.column in own else term for term in terms]
