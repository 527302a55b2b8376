"""Words a recipe so that it can be shown to others: without any identifier of a patient, lesion or exam.

Predicates are masked like a SELECT (warehouse/releases/shown_sql.py). Names and the title are the writer's own words
for readers, so only words in them that are a patient's identifier in the release are replaced.
"""

import re
from dataclasses import dataclass

import duckdb

from warehouse.cohorts.recipe import NamedPredicate, Recipe, dump_recipe
from warehouse.releases.shown_sql import HIDDEN_PATIENT, Known, known_in, shown

PATIENT_IN_WORDS = HIDDEN_PATIENT.strip("'")
_BLANK = re.compile(r"\s+")
_WORD = re.compile(r"[^\s,;:()\[\]\"'/]+")


@dataclass(frozen=True)
class ShownRecipe:
    """A recipe as others may read it, and whether that is all of it."""

    recipe: Recipe
    is_whole: bool

    @property
    def text(self) -> str:
        """Return the recipe's YAML."""
        return dump_recipe(self.recipe)


def shown_recipe(con: duckdb.DuckDBPyConnection, recipe: Recipe) -> ShownRecipe:
    """Mask a recipe by what the release that is open on `con` says identifies nobody."""
    known = known_in(con)

    def masked(one: NamedPredicate) -> NamedPredicate:
        where = shown_predicate(one.where, known)
        name = where if one.name == one.where else shown_words(one.name, known)
        return one.model_copy(update={"where": where, "name": name})

    made = recipe.model_copy(
        update={
            "title": shown_words(recipe.title, known),
            "include": tuple(map(masked, recipe.include)),
            "exclude": tuple(map(masked, recipe.exclude)),
        }
    )
    return ShownRecipe(made, made == recipe)


def shown_predicate(where: str, known: Known) -> str:
    """Return a predicate with its identifiers hidden; one that has none is returned as it was written."""
    masked = shown(where, known)
    return where if _BLANK.sub("", masked) == _BLANK.sub("", where) else masked


def shown_words(text: str, known: Known) -> str:
    """Return words without those that are a patient's identifier.

    >>> shown_words("without P-17 (moved)", Known(frozenset(), frozenset(), frozenset(), frozenset({"P-17"})))
    'without (a patient) (moved)'
    """
    patients = {patient.lower() for patient in known.patients if not patient.isalpha()}
    return _WORD.sub(lambda found: PATIENT_IN_WORDS if found[0].lower() in patients else found[0], text)
