"""What sites write for a complication's grade."""

from __future__ import annotations

import pytest

from analysis.complications import NONE, OTHER_GRADE, UNKNOWN_GRADE, grade

DENIED = [
    "none",
    "NONE.",
    "0",
    "0.0",
    "no",
    "No complications",
    "keine",
    "Keine Komplikation",
    "ohne Komplikationen",
    "nil",
]
DENIED += ["-", "--", "\N{EN DASH}", "grade 0", "Grad 0", "Clavien-Dindo 0", "CTCAE v5: grade 0", "CIRSE 0", "0 (none)"]
DENIED += [
    "none / keine",
    "uncomplicated",
    "no periprocedural complications",
    "aucune",
    "sans complication",
    "geen",
    "ingen",
]
DENIED += ["nessuna", "ninguna", "Complications: none", "no adverse events", "", "  "]
NOT_KNOWN = [
    "unknown",
    "n/a",
    "NA",
    "not reported",
    "not recorded",
    "k.A.",
    "keine Angabe",
    "unbekannt",
    "?",
    "9",
    "99",
    "-9",
    "[Not Available]",
    "<NA>",
    "(blank)",
    "leer",
    "#NV",
    "#REF!",
]
GRADES = {"I": "I", "iiia": "IIIa", "IVA": "IVa", "Clavien-Dindo IIIa": "IIIa", "A": "A", "sir c": "C", "Grade 2": "2"}
GRADES |= {"grad 3": "3", "G3": "3", "CIRSE grade 6": "6", "2.0": "2", "3a": "3a", "Minor": "minor", "V": "V", "d": "D"}
OTHERS = ["bleeding", "yes", "no complication but pain", "none until day 3: bleeding", "not none", "2, 3a"]


@pytest.mark.parametrize("text", DENIED)
def test_denied(text: str) -> None:
    """No complication, in the words of sites in several languages."""
    assert grade(text) == NONE


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_not_known(text: str) -> None:
    """Not known is not none, and no complication either."""
    assert grade(text) == UNKNOWN_GRADE


@pytest.mark.parametrize("text", GRADES)
def test_a_grade_in_its_usual_letters(text: str) -> None:
    """A grade without the name of its scale: equal grades count together."""
    assert grade(text) == GRADES[text]


@pytest.mark.parametrize("text", OTHERS)
def test_any_other_text_is_a_complication(text: str) -> None:
    """What is written there and is no grade counts, and is not repeated."""
    assert grade(text) == OTHER_GRADE
