"""Words a recipe so that it can be shown to others: without any identifier of a patient, lesion or exam.

Predicates are masked like a SELECT (warehouse/releases/shown_sql.py). Names and the title are the writer's own words
for readers, so only words in them that are a patient's identifier in the release are replaced.
"""

import re
from dataclasses import dataclass

import duckdb

from warehouse.cohorts.recipe import NamedPredicate, Recipe, dump_recipe
from warehouse.releases.shown_sql import HIDDEN_PATIENT, THRESHOLD, Known, known_in, shown

PATIENT_IN_WORDS = HIDDEN_PATIENT.strip("'")
_BLANK = re.compile(r"\s+")
_WORD = re.compile(r"\w(?:[^\s,;:()\[\]\"'/]*\w)?")
_JOINT = re.compile(r"[-_.]")


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
    """Return words without those that are, or begin with, a patient's identifier. Only letters, or a number of up to
    three digits, could be any word and is left.

    >>> known = Known(frozenset(), frozenset(), frozenset(), frozenset({"P-17"}))
    >>> shown_words("without p-17 (moved), P-17-L2.", known)
    'without (a patient) (moved), (a patient).'
    """
    return _WORD.sub(lambda found: PATIENT_IN_WORDS if _is_patient(found[0], known.patients) else found[0], text)


def _is_patient(word: str, patients: frozenset[str]) -> bool:
    ends = [*(found.start() for found in _JOINT.finditer(word)), len(word)]
    parts = (word[:end] for end in ends if not word[:end].isalpha() and not THRESHOLD.fullmatch(word[:end]))
    return any({part, part.lower(), part.upper()} & patients for part in parts)
