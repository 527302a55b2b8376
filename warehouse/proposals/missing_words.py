"""Finds the cells of a source that mean: not known. Words are sure; a number only where no column could hold it."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.export import Column, Export
from schemas.missing import MISSING_WORDS
from warehouse.proposals.facts import Facts
from warehouse.proposals.plausible import is_plausible
from warehouse.proposals.words import code_of

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


def missing_words(columns: Iterable[tuple[Export, Column, Facts]]) -> MissingWords:
    """Return the words for "not known" that occur in the matched columns of a source."""
    words = [word for word in dict.fromkeys((*MISSING_WORDS, *MORE_WORDS)) if word not in NOT_HERE]
    sure: set[str] = set()
    impossible: set[str] = set()
    possible: set[str] = set()
    coded: set[str] = set()
    written: dict[str, str] = {}
    for export, column, facts in columns:
        if column.kind == "identifier":
            possible |= _identifiers_to_come(facts)
        if column.kind not in KINDS:
            continue
        found = facts.occurring((*words, *NUMBERS))
        written |= found
        for word in found:
            if column.codes and code_of(export, column, word) is not None:
                coded.add(word)
            elif word not in NUMBERS:
                sure.add(word)
            elif column.kind in ("integer", "number") and is_plausible(column.name, float(word)):
                possible.add(word)
            elif column.kind in ("integer", "number", "date"):
                impossible.add(word)
    return MissingWords(
        tuple(written[word] for word in sorted((sure | (impossible - possible)) - coded)),
        tuple(written[word] for word in sorted(impossible & possible)),
    )
