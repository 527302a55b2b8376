"""What sites write for a complication's grade."""

from __future__ import annotations

import pytest

from analysis.subjects.complications import NONE, OTHER_GRADE, UNKNOWN_GRADE, grade

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
DENIED += [
    *("no complications occurred", "No complications were observed.", "none noted", "keine Komplikation aufgetreten"),
    *("no immediate complication", "No minor or major complications", "no procedure-related complications"),
    *(
        "Nihil",
        "brak powik\u0142a\u0144",
        "nenhuma",
        "\u043d\u0435\u0442",
        "\u7121",
        "\u2205",
        "\u00d8",
        "-0-",
        "0\u00b0",
        "Dindo 0",
    ),
    *("o.B.", "komplikationsloser Verlauf", "unauff\u00e4llig", "RAS", "kein", "bez komplikac\u00ed", "keine Kompl."),
]
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
GRADES |= {"III a": "IIIa", "iii-b": "IIIb", "CD3a": "3a", "Grade 3 (CIRSE)": "3", "2 - moderate": "2", "02": "2"}
GRADES |= {"I\u00b0": "I", "Grade 4 CTCAE": "4", "minor complication": "minor", "B (nominal therapy)": "B", "3,0": "3"}
NOT_KNOWN += [
    "no major complication",
    "No significant complications",
    "keine relevanten Komplikationen",
    "nicht zutreffend",
]
OTHERS = ["a complication", "Grade I-II", "<2", "pneumothorax, grade 2", "2 (3 at day 30)", "x"]
OTHERS += ["bleeding", "yes", "no complication but pain", "none until day 3: bleeding", "not none", "2, 3a"]


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
