"""Reads the dictionary of words for columns and codes (words.toml), and finds what a site's word stands for."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from schemas.codes import ROMAN_SEGMENT, SEGMENT
from schemas.export import Column, Export
from schemas.exports import EXPORTS

FILE = Path(__file__).with_name("words.toml")
GENERAL, ASKED = "general", "asked"
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "º": " ", "ª": " "})
DATE_SHORT = re.compile(r"^f(?:ec|ch|cha)?[._ ]+(?=\w)", re.IGNORECASE)
"""The beginning of a Spanish name of a date: F. control, F_EXITUS and Fec. RF are fecha control, exitus and RF."""
GENITIVE = re.compile(r"\b(?:des|eines)\s+(\w{3,}?)(?:e?s)\b", re.IGNORECASE)
"""Lokalisation des Primärtumors is Lokalisation Primärtumor, Größe des Herdes is Größe Herd."""
STOP = "der die das des dem den de del della dell di du la le les el los il lo of the a an d l"
STOP_WORDS = frozenset(STOP.split())
NOTHING = ("", "bag: ")
"""The keys of a name of stop words alone, which means nothing: D is no lesion because LOE is one."""
"""Words that do not tell one column from another: Datum des Eingriffs is Datum Eingriff."""
WHOSE = "patient patients patienten patientin patiente pazient paziente pazienti paciente pacientes patienter doente"
WHOSE_BEFORE = re.compile(r"^(?:患者|病人|受试者)的?(?=.)")
NEAR, NEAR_LETTERS, FEWEST_LETTERS = 0.88, 2, 6
CODE_LIST = {
    ("rfa_sessions", "modality"): "ablation_modality",
    ("imaging_followups", "modality"): "imaging_modality",
}
"""The list of codes of a column that does not have its own name."""
NO_ABLATION = "no_ablation"
"""In the dictionary, what a procedure is that is no ablation. It is no code."""


class Strength(IntEnum):
    """How surely a name means a column."""

    asked = 1
    general = 2
    named = 3
    canonical = 4


class Meaning(NamedTuple):
    """A canonical column that a name may mean, and how surely."""

    column: str
    strength: Strength


def normalised(text: str) -> list[str]:
    """Return a text's words as they are compared: no case, accents or punctuation; ae, oe, ue as ä, ö, ü.

    >>> normalised("Läsion (Nr.)"), normalised("Laesion-Nr"), normalised("PatNr")
    (['lasion', 'nr'], ['lasion', 'nr'], ['pat', 'nr'])
    """
    text = re.sub(r"(?<=[a-zäöüßéè])(?=[A-ZÄÖÜÉÈ])", " ", text)
    folded = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return [re.sub(r"(?<=[aou])e", "", word) for word in re.findall(r"[^\W_]+", bare)]


def joined(text: str) -> str:
    """Return a text's words without anything between them: Pat.-Nr. and PatNr are one word."""
    return "".join(normalised(text))


def bag(text: str) -> str:
    """Return a text's words in alphabetical order, without those that say nothing."""
    return " ".join(sorted(word for word in normalised(text) if word not in STOP_WORDS))


@cache
def _content() -> dict:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _listed(text: str) -> Iterable[str]:
    return (word.strip() for word in text.split(",") if word.strip())


@cache
def names_of(export: str) -> dict[str, tuple[Meaning, ...]]:
    """Return what each name may mean in an export, by `joined` name and by "bag: " and its words."""
    found: dict[str, dict[str, Strength]] = {}

    def add(key: str, column: str, strength: Strength) -> None:
        of_key = found.setdefault(key, {})
        of_key[column] = max(strength, of_key.get(column, strength))

    columns = _content()["columns"]
    for column in EXPORTS[export].column_names:
        add(joined(column), column, Strength.canonical)
        languages: Mapping[str, str] = columns[export].get(column) or columns["every"].get(column, {})
        for language, words in languages.items():
            strength = {GENERAL: Strength.general, ASKED: Strength.asked}.get(language, Strength.named)
            for word in _listed(words):
                add(joined(word), column, strength)
                add(f"bag: {bag(word)}", column, strength)
    return {key: tuple(Meaning(*one) for one in of_key.items()) for key, of_key in found.items() if key not in NOTHING}


def _without_whose(text: str) -> str:
    """Return a text without words that say whose a thing is: Geschlecht des Patienten is Geschlecht."""
    words = [word for word in normalised(text) if word not in STOP_WORDS and word not in normalised(WHOSE)]
    return " ".join(WHOSE_BEFORE.sub("", word) for word in words)


def meanings(export: str, name: str) -> tuple[Meaning, ...]:
    """Return the columns of an export that a name may mean; none if it is in no dictionary."""
    known = names_of(export)
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name)
    for text in dict.fromkeys((name, bare, DATE_SHORT.sub("fecha ", bare), GENITIVE.sub(r"\1", bare))):
        if found := known.get(joined(text)) or known.get(f"bag: {bag(text)}"):
            return found
    if export == "patients" and (text := _without_whose(bare)):  # the size of a patient is not that of a lesion
        found = known.get(joined(text)) or known.get(f"bag: {bag(text)}") or ()
        return tuple(one for one in found if one.strength >= Strength.named)
    return ()


@cache
def _near_words() -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, languages in _content()["near"].items():
        for listed in languages.values():
            for word in _listed(listed):
                found |= {joined(word): kind, f"bag: {bag(word)}": kind}
    return found


def near_column(name: str) -> str | None:
    """Return what a column is that is none of the registry's but nearly one, such as birth_date; None if it is none."""
    bare = _without_whose(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name))
    known = _near_words()
    for text in (name, bare):
        if bag(text) and (kind := known.get(joined(text)) or known.get(f"bag: {bag(text)}")):
            return kind
    return None


def near_meaning(export: str, name: str) -> str | None:
    """Return the column whose name or word is nearly this name, as a mistyped one would be; None if none is."""
    key = joined(name)
    if len(key) < FEWEST_LETTERS or name.isdigit():
        return None
    best, column = NEAR, None
    for known, of_key in names_of(export).items():
        if known[0] != key[0] or abs(len(known) - len(key)) > NEAR_LETTERS or of_key[0].strength < Strength.named:
            continue
        ratio = SequenceMatcher(None, known, key, autojunk=False).ratio()
        if ratio > best:
            best, column = ratio, of_key[0].column
    return column


def is_known_name(name: str) -> bool:
    """Return whether a name means a column of any export, also by a general word."""
    return any(meanings(export, name) for export in EXPORTS)


def column_words() -> Iterable[tuple[str, str]]:
    """Yield the language and each word of all columns; the language may also be all, general or asked."""
    for columns in _content()["columns"].values():
        for languages in columns.values():
            for language, listed in languages.items():
                yield from ((language, word) for word in _listed(listed))


@cache
def _code_words(export: str, column: str, kind: str) -> tuple[tuple[str, str, str], ...]:
    own = CODE_LIST.get((export, column), column)
    return tuple(
        (code, language, word)
        for name in (["flag", own] if kind == "flag" else [own])
        for code, languages in _content()["codes"].get(name, {}).items()
        for language, listed in languages.items()
        for word in _listed(listed)
        if joined(word)
    )


def code_words(export: Export, column: Column) -> tuple[tuple[str, str, str], ...]:
    """Return code, language (or "all") and word of a column's words, in the order of the dictionary."""
    return _code_words(export.name, column.name, column.kind)


@cache
def _codes_of(export: str, column: str, kind: str) -> dict[str, str]:
    """Return the code of each word by its joined form."""
    words = {joined(word): code for code, _, word in _code_words(export, column, kind)}
    for word, code in _unknown_words().items():
        words.setdefault(word, code)
    allowed = {*EXPORTS[export].column(column).codes, NO_ABLATION}
    return {word: code for word, code in words.items() if code in allowed}


def _unknown_words() -> dict[str, str]:
    languages = _content()["codes"]["flag"]["unknown"]
    return {joined(word): "unknown" for listed in languages.values() for word in _listed(listed) if joined(word)}


def code_of(export: Export, column: Column, value: str) -> str | None:
    """Return the code that a site's word stands for, None if the dictionary does not know it."""
    plain = value.strip().lower()
    if plain in column.codes:
        return plain
    if column.name == "segment":
        return _segment(value)
    if column.name == "ecog":
        found = re.fullmatch(r"(?:ecog|ps|who|oms)?\W*([0-4])", plain)
        return found[1] if found else None
    same = {joined(code): code for code in column.codes}
    key = joined(value)
    return same.get(key) or _codes_of(export.name, column.name, column.kind).get(key)


def _segment(value: str) -> str | None:
    """Return the segment in S5, Seg. V, SVIII or segment 4a; None if it is none or several."""
    found = re.fullmatch(
        r"(?:s|sg|seg|segm|segment|segmento|leversegment|肝段)?[\W_]*([1-8][ab]?|[ivab]+)段?", value.strip().lower()
    )
    if found is None:
        return None
    code = ROMAN_SEGMENT.get(found[1], found[1])
    return code if code in SEGMENT else None


@cache
def lesion_words() -> frozenset[str]:
    """Return the words that mean a lesion, as `normalised` gives them, for wide columns such as Herd1_Status."""
    words = {"l", "les", "met", "lesion", "tumor", "tu", "m", "hd"}
    for listed in _content()["columns"]["every"]["lesion_id"].values():
        for word in _listed(listed):
            if len(parts := normalised(word)) == 1:
                words |= set(parts)
    return frozenset(words)
