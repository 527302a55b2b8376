"""What the tests of pseudonyms share: a key, rows of a clinic, and tables as they should read under pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from warehouse.pseudonyms.columns import LETTERS
from warehouse.storage.pseudonym_key import PseudonymKey, key_of_text

KEY = "0123456789abcdef" * 4
OTHER = "f" * 64


def the_key(text: str = KEY) -> PseudonymKey:
    """The key that a text says."""
    return key_of_text(text, "The test")


def under_pseudonyms(
    key: PseudonymKey, site: str, columns: Sequence[str], rows: Sequence[tuple]
) -> list[tuple[object, ...]]:
    """The rows of a table with a column patient_id, as they read in a home with the key: identifiers and dates."""
    found = []
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        patient = key.pseudonym("P", site, str(cells["patient_id"]))
        back = timedelta(days=key.days_back(site, patient))
        for name, value in cells.items():
            if isinstance(value, date):
                cells[name] = value - back
            elif value is not None and (letter := letter_of(name)):
                cells[name] = key.pseudonym(letter, site, value)
        found.append(tuple(cells.values()))
    return sorted(found, key=repr)


def letter_of(column: str) -> str:
    """What a column of a derived table names: adequate_exam_id is an exam, kras_specimen a specimen."""
    if column.endswith("specimen"):
        return "B"
    return next((letter for name, letter in LETTERS.items() if column.endswith(name)), "")
