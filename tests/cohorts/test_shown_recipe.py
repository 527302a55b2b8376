"""A recipe is shown without any identifier of a patient, and otherwise as it was written."""

from __future__ import annotations

import pytest

from tests.cohorts.small_release import small_release
from warehouse.cohorts.recipe import parse_recipe
from warehouse.cohorts.shown_recipe import shown_recipe, shown_words
from warehouse.releases.shown_sql import Known

KNOWN = Known(frozenset(), frozenset(), frozenset(), frozenset({"P-17", "smith", "30", "20071"}))
WORDS = {
    "without P-17": "without (a patient)",
    "p-17, who moved": "(a patient), who moved",
    "lesion P-17-L2": "lesion (a patient)",
    "(P-17)": "((a patient))",
    "north/P-17.": "north/(a patient).",
    "P-171": "P-171",
    "number 20071": "number (a patient)",
    "below 30 mm": "below 30 mm",
    "a smith": "a smith",
    "": "",
}


@pytest.mark.parametrize("text", WORDS)
def test_names_hide_identifiers(text: str) -> None:
    """However it stands in a name or title; a word or a small number that is somebody's identifier stays a word."""
    assert shown_words(text, KNOWN) == WORDS[text]


def test_a_recipe_without_identifiers_is_whole() -> None:
    """It is shown to the letter, with its blanks."""
    recipe = parse_recipe(
        "title: Fit\ninclude: ['ecog   <= 1', {'mutant': \"kras = 'mutant'\"}]\nexclude: ['n_lesions > 3']"
    )
    with small_release() as con:
        con.execute("CREATE SCHEMA derived; CREATE VIEW derived.patient_ltpfs AS FROM cohort.patients")
        shown = shown_recipe(con, recipe)
    assert shown.is_whole and shown.recipe == recipe and parse_recipe(shown.text) == recipe


def test_a_hidden_predicate_is_its_own_name() -> None:
    """A criterion without a name is called by its predicate as it may be shown."""
    recipe = parse_recipe("exclude: [\"patient_id = 'P1' -- Miller\"]")
    with small_release() as con:
        con.execute("CREATE SCHEMA derived; CREATE VIEW derived.patient_ltpfs AS FROM cohort.patients")
        shown = shown_recipe(con, recipe)
    assert not shown.is_whole
    assert [(one.name, one.where) for one in shown.recipe.exclude] == [("patient_id = '(a patient)'",) * 2]
