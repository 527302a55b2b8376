"""Turns what an answered query sheet says about patients into what the tables say: pseudonyms and shifted dates.

A site answers in the sheet that it was sent, whose keys are pseudonyms, or writes its own identifiers into it: both are
understood.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import zip_longest

import polars as pl

from schemas.exports import EXPORTS
from warehouse.pseudonyms import scan
from warehouse.pseudonyms.columns import BIRTH, DATE, LETTERS, TEXT, role_of
from warehouse.readers.answered_sheet import AnsweredLine
from warehouse.storage.home_settings import DROP, SCAN
from warehouse.storage.pseudonym_key import PseudonymKey

PSEUDONYM = re.compile(r"(?:\[0 |Mr )?[A-Z]-[a-r]{24}\u200b?")


def is_pseudonym(text: str) -> bool:
    """Return whether the text is a pseudonym, marked or not."""
    return PSEUDONYM.fullmatch(text) is not None


class Veiler:
    """Makes pseudonyms of what people write about a site's patients, and remembers of what."""

    def __init__(self, key: PseudonymKey, site: str):
        self._key, self._site = key, site
        self._names: dict[str, str] = {}

    @property
    def names(self) -> pl.DataFrame:
        """Return which identifier each pseudonym stands for."""
        rows = {"pseudonym": list(self._names), "identifier": list(self._names.values())}
        return pl.DataFrame(rows, schema={"pseudonym": pl.String, "identifier": pl.String})

    def identifier(self, column: str, text: str) -> str:
        """Return the pseudonym of an identifier; one that is a pseudonym already stays."""
        if not text or is_pseudonym(text):
            return text
        pseudonym = self._key.pseudonym(LETTERS.get(column, "X"), self._site, text)
        self._names[pseudonym] = text
        return pseudonym

    def key(self, export: str, text: str) -> str:
        """Return a row's key, its parts with bars between them, with pseudonyms for identifiers."""
        if export not in EXPORTS:
            return text
        columns = EXPORTS[export].key
        parts = text.split("|")
        changed = [
            self.identifier(name, part.strip()) if name in LETTERS else part
            for part, name in zip_longest(parts, columns[: len(parts)], fillvalue="")
        ]
        return "|".join(changed)

    def value(self, export: str, column: str, text: str, patient: str) -> str:
        """Return a cell that somebody wrote for a patient (by pseudonym), as it would have been delivered."""
        if not text or export not in EXPORTS or column not in EXPORTS[export].column_names:
            return scan.without_identities([text], (), SCAN, is_text=True).get(text, text)
        role = role_of(EXPORTS[export].column(column))
        if role in LETTERS.values():
            return self.identifier(column, text)
        if role == DATE:
            try:
                back = timedelta(days=self._key.days_back(self._site, patient))
                return (date.fromisoformat(text) - back).isoformat()
            except (ValueError, OverflowError):
                return scan.A_DATE
        if role == BIRTH:
            return found[0] if (found := re.findall(r"(?<!\d)(?:18|19|20)\d\d(?!\d)", text)) else text
        return scan.without_identities([text], (), SCAN, is_text=role == TEXT).get(text, text)


def veil_lines(veiler: Veiler, lines: Sequence[AnsweredLine], free_text: str) -> list[AnsweredLine]:
    """Return the answered lines of a sheet as they are kept."""
    kept = []
    for line in lines:
        key = veiler.key(line.export, line.key)
        patient = key.split("|")[0]
        corrected = veiler.value(line.export, line.column, line.corrected, patient)
        comment = line.comment
        if comment:
            own = [part for part in line.key.split("|") if part]
            comment = scan.without_identities([comment], own, SCAN, is_text=True).get(comment, comment)
            comment = "" if free_text == DROP else comment
        kept.append(replace(line, key=key, corrected=corrected, comment=comment))
    return kept
