"""Which complications are major, in the words of each scale.

Major is what the scale itself sets apart as such, or what needs more than a longer observation: CIRSE from 3 (added
treatment, or more than 48 hours longer in hospital), CTCAE from 3 (severe), Clavien-Dindo from III (an intervention),
SIR from C (of the letters A to F), SIR 2017 from 3 (severe). No scale is mapped to another (docs/decisions/0006): a
grade is judged in its own scale, and a share is of one scale. The scales ``other`` and ``unknown`` say of no grade that
it is major.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.plan.technique import graded
from analysis.subjects.complications import NONE, OTHER_GRADE

MAJOR, MINOR, OPEN = "major", "minor", "open"
_NAMED = {MINOR: MINOR, MAJOR: MAJOR}
_FIVE = dict.fromkeys("12", MINOR) | dict.fromkeys("345", MAJOR)
_SEVERE = {"mild": MINOR, "moderate": MINOR, "severe": MAJOR}
_CIRSE = _FIVE | {"6": MAJOR} | _NAMED
_ROMAN = dict.fromkeys(("I", "II"), MINOR) | dict.fromkeys(("III", "IV", "V"), MAJOR)
GRADES: dict[str, dict[str, str]] = {
    **dict.fromkeys(("cirse", "cirse_2017", "cirse_2025"), _CIRSE),
    "sir": dict.fromkeys("AB", MINOR) | dict.fromkeys("CDEF", MAJOR) | _NAMED,
    **dict.fromkeys(("sir_2017", "ctcae", "ctcae_v5"), _FIVE | _SEVERE | _NAMED),
    "clavien_dindo": _ROMAN | _FIVE | _NAMED,
}
"""Scale -> grade -> whether it is major. A sub-grade (3a, IIIb) counts as its grade; Clavien-Dindo is written in
Roman numerals or as 1 to 5."""
WORDS = ("death", "fatal", "life-threatening", "life threatening", "life-threatening or disabling")
"""What sites write instead of the severest grades; they are major in every scale of GRADES."""


def severities(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return complication_system and complication_grade as in ``pairs``, with ``scale`` (None where the pair does not
    state whether there was a complication) and ``severity``: none, minor, major, or open where the grade does not say.
    """
    read = graded(pairs)
    stated = zip(read["complication_system"], read["is_stated"], strict=True)
    scales = [scale if is_stated else None for scale, is_stated in stated]
    texts = ["" if pd.isna(text) else str(text) for text in pairs["complication_grade"]]
    found = [severity(*one) for one in zip(scales, read["grade"], texts, strict=True)]
    return pairs[["complication_system", "complication_grade"]].assign(
        scale=np.array(scales, dtype=object), severity=np.array(found, dtype=object)
    )


def severity(scale: str | None, grade: str, text: str) -> str:
    """Return what a grade means in its scale; ``text`` is the cell that it was read from.

    >>> [severity("cirse", grade, grade) for grade in ("none", "2", "3a", "6")], severity("sir", "C", "C")
    (['none', 'minor', 'major', 'major'], 'major')
    >>> severity("clavien_dindo", "IIIa", "3a"), severity("unknown", "3", "3"), severity("sir_2017", "other", "Death")
    ('major', 'open', 'major')
    """
    known = GRADES.get(scale or "", {})
    if grade == NONE:
        return NONE
    if grade == OTHER_GRADE:
        return MAJOR if known and text.casefold().strip(" .") in WORDS else OPEN
    return known.get(grade) or known.get(grade.rstrip("abcde"), OPEN)
