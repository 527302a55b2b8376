"""Finds the cells of a source that mean: not known. Words are sure; a number only where no column could hold it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.export import Column, Export
from schemas.missing import MISSING_WORDS
from warehouse.proposals.facts import Facts
from warehouse.proposals.plausible import is_plausible
from warehouse.proposals.words import code_of, joined
from warehouse.readers.numbers import NUMBER
from warehouse.sources.cell_steps import as_compared

NOT_HERE = ("none", "0")
"""Words of which the registry makes a value: no complication."""
MORE_WORDS = (
    "n.b.",
    "n. b.",
    "n.e.",
    "nicht erhoben",
    "nicht bekannt",
    "non renseigné",
    "s/d",
    "sin datos",
    "niet bekend",
)
NUMBERS = ("-9", "-8", "-99", "-88", "-999", "-9999", "99", "999", "888", "9999", "99999")
NOT_KNOWN = frozenset(
    joined(word)
    for word in (
        "unbekannt",
        "nicht bekannt",
        "keine Angabe",
        "unknown",
        "not known",
        "fehlend",
        "missing",
        "non connu",
        "inconnu",
        "manquant",
        "desconocido",
        "no consta",
        "sconosciuto",
        "non noto",
        "mancante",
        "onbekend",
        "ontbreekt",
        "desconhecido",
        "weiß nicht",
        "not done",
        "nicht durchgeführt",
        "nicht gemessen",
        "non mesuré",
        "no medido",
        "non misurato",
        "niet gemeten",
        "not measured",
        "未知",
        "不详",
        "缺失",
    )
)
"""Labels of codes that mean: not known, as the dictionary compares words."""
MEASURED = ("date", "integer", "number")
KINDS = ("code", "flag", "date", "integer", "number")


@dataclass(frozen=True)
class MissingWords:
    """`sure` are cells that can only mean: not known. `asked` are numbers that are also values of some column.

    A word that is a code of one column, such as "unknown", is in neither: it would be taken from that column too.
    """

    sure: tuple[str, ...]
    asked: tuple[str, ...]


def _identifiers_to_come(facts: Facts) -> set[str]:
    """Return the numbers that an identifier may be, now or when a digit more is needed: patient 999 is a patient."""
    (longest,) = facts.one("max(length(cell))", where="regexp_full_match(cell, '[1-9][0-9]*')")
    return {word for word in NUMBERS if longest and word.isdecimal() and len(word) <= longest + 1}


def _values_here(column: Column, facts: Facts, words: Iterable[str]) -> set[str]:
    """Return those words for "not known" in other columns that are cells of this one, and may be values of it."""
    found = facts.occurring(words)
    if column.kind in ("integer", "number"):
        return {word for word in found if re.fullmatch(NUMBER, word) and is_plausible(column.name, float(word))}
    return set(found) if column.kind in ("code", "flag") else set()


def means_not_known(text: str) -> bool:
    """Return whether a word or a label means: not known."""
    plain = " ".join(text.lower().split())
    return plain not in NOT_HERE and (plain in (*MISSING_WORDS, *MORE_WORDS) or joined(plain) in NOT_KNOWN)


def _labelled(facts: Facts) -> dict[str, str]:
    """Return the codes of a column of numbers that are no measurement by their label, each as it is written in cells.

    A number that often stands for "not known" does so with any label: -9 may be called not measurable.
    """
    labels = {as_compared(code): label for code, label in facts.labels().items()}
    return facts.occurring(code for code, label in labels.items() if code in NUMBERS or means_not_known(label))


def labelled_numbers(facts: Facts, missing: Iterable[str]) -> dict[str, str]:
    """Return cells of a column of numbers that have a label which is no number, though they may be values: 0, none."""
    labels = {as_compared(code): label for code, label in facts.labels().items()}
    words = {as_compared(word) for word in missing}
    named = {code for code, label in labels.items() if code not in words and not re.search(r"\d", label)}
    return {code: labels[code] for code in facts.occurring(named)}


def missing_words(columns: Iterable[tuple[Export, Column, Facts]]) -> MissingWords:
    """Return the words for "not known" that occur in the matched columns of a source."""
    words = [word for word in dict.fromkeys((*MISSING_WORDS, *MORE_WORDS)) if word not in NOT_HERE]
    sure: set[str] = set()
    impossible: set[str] = set()
    possible: set[str] = set()
    coded: set[str] = set()
    written: dict[str, str] = {}
    columns = list(columns)
    labelled = {place: _labelled(facts) for place, (_, one, facts) in enumerate(columns) if one.kind in MEASURED}
    called_so = {word: text for found in labelled.values() for word, text in found.items()}
    written |= called_so
    impossible |= called_so.keys()
    for place, (export, column, facts) in enumerate(columns):
        if column.kind == "identifier":
            possible |= _identifiers_to_come(facts) | facts.occurring(called_so).keys()
        if column.kind not in KINDS:
            continue
        possible |= _values_here(column, facts, called_so.keys() - labelled.get(place, {}).keys())
        found = facts.occurring((*words, *NUMBERS))
        written |= found
        for word in found:
            if column.codes and code_of(export, column, word) is not None:
                coded.add(word)
            elif word not in NUMBERS:
                sure.add(word)
            elif word in labelled.get(place, {}):
                continue
            elif column.kind in ("integer", "number") and is_plausible(column.name, float(word)):
                possible.add(word)
            elif column.kind in ("integer", "number", "date"):
                impossible.add(word)
    return MissingWords(
        tuple(written[word] for word in sorted((sure | (impossible - possible)) - coded)),
        tuple(written[word] for word in sorted(impossible & possible)),
    )
