"""Removes from texts what may say who or when: names, numbers, mail addresses, dates, and the file's own identifiers.

The patterns are those of the rule PHI-01 and forms of dates. A text that breaks PHI-01 becomes one that breaks it
still, so that the rule judges as it would have; everything else of it is gone. A single surname is not found.
"""

import re
from collections.abc import Collection, Iterable

import polars as pl

from schemas import phi
from schemas.header_names import looks_personal
from warehouse.storage.home_settings import DROP

NAMED = "Mr Removed"
"""What a text becomes that breaks PHI-01."""
A_DATE, AN_IDENTIFIER, REMOVED = "(date)", "(identifier)", "(removed)"
_MONTH = (
    r"(?:jan|feb|m[aä]r|mrz|apr|ma[iy]|jun|jul|aug|sep|okt|oct|nov|de[cz]|janv|f[eé]vr|avr|juin|juil|ao[uû]t|"
    r"ene|abr|ago|dic|gen|mag|giu|lug|set|ott)[a-zéû]*"
)
DATE = re.compile(
    r"(?<!\d)(?:\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|\d{{1,2}}\.?\s*(?:de\s+)?{_MONTH}\.?\s*(?:de\s+)?(?:19|20)?\d{{2}}"
    rf"|{_MONTH}\.?\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?(?:19|20)\d{{2}}"
    r"|\d{4}年\d{1,2}月(?:\d{1,2}日)?)(?!\d)",
    re.IGNORECASE,
)
"""2019-03-04, 4.3.19, 04/03/2019, 20190304, 4. März 2019, Mar 4, 2019, March 2019, 2019年3月4日."""
WORD = re.compile(r"[\w./-]+")
NAMES = 4
"""Identifiers of fewer characters, or without a digit, are also words and numbers of other things."""
MOST_WORDS = 40
"""Of the name of a column."""
HARMLESS = r"[a-z_]{1,20}|[+-]?[0-9]{1,6}([.,][0-9]{1,4})?"
"""Cells that need no scan: a code in lower case, or a number."""


def without_identities(
    texts: Iterable[str], identifiers: Collection[str], policy: str, is_text: bool
) -> dict[str, str]:
    """Return, by text, what may be kept of each text that may not be kept whole.

    `is_text`: they are free text, otherwise cells of other columns. With DROP, such cells of several words go too.
    """
    texts = list(texts)
    named = _break_phi(texts)
    telling = set(filter(_is_telling, identifiers))
    found = {text: _kept_of(text, text in named, telling, is_text) for text in texts}
    if policy == DROP and not is_text:
        found |= {text: REMOVED for text in texts if " " in text.strip()}
    return {text: kept for text, kept in found.items() if kept != text}


def _break_phi(texts: list[str]) -> set[str]:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return set(frame.filter(pl.col("text").str.contains(phi.PATTERN))["text"])


def _kept_of(text: str, is_named: bool, identifiers: Collection[str], is_text: bool) -> str:
    if is_named:
        return NAMED if is_text else REMOVED
    return _without(DATE.sub(A_DATE, text), identifiers)


def _without(text: str, identifiers: Collection[str]) -> str:
    return WORD.sub(lambda word: AN_IDENTIFIER if word[0].strip("./-") in identifiers else word[0], text)


def without_identifiers(text: str, identifiers: Collection[str]) -> str:
    """Return a text of which the rest may be kept, such as who signed, without these identifiers."""
    return _without(text, set(filter(_is_telling, identifiers)))


def names_that_tell(names: Iterable[str], identifiers: Collection[str]) -> set[str]:
    """Return those of the names (of columns, sheets, codes) that may say who or when.

    One is an identifier of the file, has one of several characters between signs, has a date, or looks like a person's
    name or number.
    """
    asked = {name: _spans(name.lower()) for name in names if name}
    sought = set().union(*asked.values(), (name.strip().lower() for name in asked))
    found = [(one.lower(), one) for one in identifiers if one.lower() in sought] if asked else []
    known, telling = {lower for lower, _ in found}, {lower for lower, one in found if _is_telling(one)}
    return {
        name
        for name, spans in asked.items()
        if name.strip().lower() in known or not telling.isdisjoint(spans) or DATE.search(name) or looks_personal(name)
    }


def _is_telling(identifier: str) -> bool:
    return len(identifier) >= NAMES and any(map(str.isdigit, identifier))


def _spans(text: str) -> set[str]:
    """Return the parts of a text that begin and end where a word does."""
    words = [(word.start(), word.end()) for word in re.finditer(r"[^\W_]+", text)][:MOST_WORDS]
    return {text[first:last] for first, _ in words for _, last in words if first < last}
