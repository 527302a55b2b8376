"""Keep a number and its unit on one line: '23.3 %', '30 mm', 'p = 0.012', 'Table 5'."""

from __future__ import annotations

import re

NO_BREAK = "\u00a0"
UNITS = (
    *("%", "mm", "cm", "mL", "ng", "ng/mL", "months", "month", "days", "day", "years", "year", "mo", "per", "CI"),
    *("patients", "patient", "lesions", "lesion", "events", "event", "deaths", "death", "LTP", "exams", "exam"),
    *("sessions", "session", "rows", "row", "sites", "site", "tests", "test", "deliveries", "delivery"),
)
_BEFORE_UNIT = re.compile(rf"(?<=[\d)]) (?=(?:{'|'.join(map(re.escape, UNITS))})(?![\w/]))")
_SIGN = re.compile(r"(?<=[\w)]) ([=<>\u2264\u2265]) (?=[\d\u2212+.\u2013])")
_AFTER_SIGN = re.compile(r"(?<=[<>\u2264\u2265]) (?=\d)")
_INTERVAL = re.compile(r"(?<=\d) (?=[(\[][\d\u2212+>.])")
_REFERENCE = re.compile(
    r"\b(Tables?|Figures?|Tabellen?|Abbildung(?:en)?|Tableaux?|Tablas?|Figuras?|Tabell[ae]|Figur[ae]|Tabel|Figuur|[表图])"
    r" (?=\d)"
)
"""A table or figure, in any language of the page."""
_PER_CENT_CI = re.compile(r"(?<=%) (?=CI\b)")


def joined(text: str) -> str:
    """Return the text with no-break spaces between numbers and what belongs to them.

    >>> joined("28 of 120 patients (23.3 %), p = 0.012") == "28 of 120\\xa0patients (23.3\\xa0%), p\\xa0=\\xa00.012"
    True
    """
    if not any(letter.isdigit() for letter in text):
        return text
    text = _SIGN.sub(rf"{NO_BREAK}\1{NO_BREAK}", text)
    for pattern in (_BEFORE_UNIT, _AFTER_SIGN, _INTERVAL, _PER_CENT_CI):
        text = pattern.sub(NO_BREAK, text)
    return _REFERENCE.sub(rf"\1{NO_BREAK}", text)
