"""Turns what an answered query sheet says about patients into what the tables say: pseudonyms and shifted dates.

A site answers in the sheet that it was sent, whose keys are pseudonyms, or writes its own identifiers into it: both are
understood. A corrected date or year of birth becomes what it would have become in a file of the sheet's name. Cells for
the registry's own words, such as a rule, keep nothing else.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import zip_longest

import polars as pl

from schemas.codes import ANSWERS_KNOWN
from schemas.exports import EXPORTS
from schemas.rule_book import is_own_id
from schemas.rules import RULES
from warehouse.pseudonyms import scan
from warehouse.pseudonyms.birth import birth_year
from warehouse.pseudonyms.columns import BIRTH, DATE, LETTERS, PATIENT_ID, TERMS, TEXT, role_of
from warehouse.pseudonyms.terms import Terms
from warehouse.readers.answered_sheet import AnsweredLine
from warehouse.storage.home_settings import DROP, SCAN
from warehouse.storage.pseudonym_key import LENGTH, NEVER, PseudonymKey

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ENTRY_ID = re.compile(r"[0-9a-f]{16}")
PSEUDONYM = re.compile(r"(?:\[0 |Mr )?[A-Z]-[a-r]{24}\u200b?")


def bare(pseudonym: str) -> str:
    """Return a pseudonym without its marks."""
    return pseudonym.removeprefix("[0 ").removeprefix("Mr ").rstrip("\u200b")


def letter_of(pseudonym: str) -> str:
    """Return the letter that says what a pseudonym names."""
    return bare(pseudonym)[: -LENGTH - 1]


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

    def key(self, export: str, text: str, known: Collection[str] = ()) -> str:
        """Return a row's key, its parts with bars between them, with pseudonyms for identifiers.

        What is too much, or of no export, is taken for an identifier; `known` ones are removed from what is none.
        """
        columns = EXPORTS[export].key if export in EXPORTS else ()
        parts = [part.strip() for part in text.split("|")]
        named = zip_longest(parts, columns[: len(parts)], fillvalue="")
        return "|".join(
            self.identifier(name, part) if name in LETTERS or not name else _scanned(part, known)
            for part, name in named
        )

    def value(self, line: AnsweredLine, patient: str, terms: Terms, known: Collection[str]) -> str:
        """Return the corrected value of a line about a patient (by pseudonym), as it would be kept of a file."""
        text, export = line.corrected, EXPORTS.get(line.export)
        if not text or export is None or line.column not in export.column_names:
            return _scanned(text, known)
        role = role_of(export.column(line.column))
        if role in LETTERS.values():
            return self.identifier(line.column, text)
        if role == DATE:
            return self._moved(text, patient, terms.extract)
        if role == BIRTH:
            return birth_year(text, terms.extract)
        if role == TEXT and terms.free_text == DROP and line.column not in TERMS:
            return ""
        return scan.without_identities([text], known, terms.free_text, is_text=role == TEXT).get(text, text)

    def _moved(self, text: str, patient: str, extract: date) -> str:
        """Return the date as the patient's others are shifted; what is no date, or after the extract, says that."""
        try:
            day = date.fromisoformat(text) if DAY.fullmatch(text) else None
            if day is None or day > extract:
                return scan.A_DATE if day is None else NEVER
            return (day - timedelta(days=self._key.days_back(self._site, patient))).isoformat()
        except (ValueError, OverflowError):
            return scan.A_DATE


def _scanned(text: str, known: Collection[str]) -> str:
    return scan.without_identities([text], known, SCAN, is_text=True).get(text, text) if text else text


def veil_lines(veiler: Veiler, lines: Sequence[AnsweredLine], terms: Terms) -> list[AnsweredLine]:
    """Return the answered lines of a sheet as they are kept.

    Texts are scanned for the identifiers of the site's patients, and for those of the row that a line is about.
    """
    patients = {number for pseudonym, number in terms.whose.items() if letter_of(pseudonym) == LETTERS[PATIENT_ID]}
    return [_kept(veiler, line, terms, patients) for line in lines]


def _kept(veiler: Veiler, line: AnsweredLine, terms: Terms, patients: set[str]) -> AnsweredLine:
    own = {terms.whose.get(part.strip(), part.strip()) for part in line.key.split("|")}
    known = patients | {part for part in own if part and not is_pseudonym(part)}
    key = veiler.key(line.export, line.key, known)
    export = EXPORTS.get(line.export)
    is_day = DAY.fullmatch(line.answered_on[:10]) is not None
    return replace(
        line,
        entry_id=line.entry_id if ENTRY_ID.fullmatch(line.entry_id) else "",
        export=line.export if export is not None else "",
        key=key,
        rule_id=line.rule_id if line.rule_id in RULES or is_own_id(line.rule_id) else "",
        column=line.column if export is not None and line.column in export.column_names else "",
        answer=line.answer if line.answer in ("", *ANSWERS_KNOWN) else scan.REMOVED,
        corrected=veiler.value(line, key.split("|")[0], terms, known),
        answered_by=scan.without_identifiers(line.answered_by, known),
        answered_on=line.answered_on[:10] if is_day else line.answered_on and scan.A_DATE,
        comment="" if terms.free_text == DROP else _scanned(line.comment, known),
    )
