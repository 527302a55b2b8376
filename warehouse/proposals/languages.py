"""Finds the language of a site's words, and those words of it that the site's files do not have yet.

A file in which everybody lives has no word for the dead; the next delivery may have one, and it would be set aside.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache

from schemas.export import Column, Export
from warehouse.proposals.words import ASKED, GENERAL, code_of, code_words, column_words, joined
from warehouse.sources.cell_steps import as_compared

ALL = "all"
NO_LANGUAGE = (ALL, GENERAL, ASKED)
MOST_WORDS = 2
"""Of a code that no cell has, so many words are proposed; one of each if it is yes or no, or if others are left."""
SHORTEST = 2
"""Letters of a word that is proposed; f and m mean something else in the next column."""
LEFT_OUT = ("unknown",)
"""Codes whose words are not proposed: a cell that is no code is set aside, and that is what unknown comes to."""


@cache
def _languages_of_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for language, word in column_words():
        if language not in NO_LANGUAGE:
            found.setdefault(joined(word), set()).add(language)
    return {key: frozenset(languages) for key, languages in found.items()}


def language_of(names: Iterable[str]) -> str | None:
    """Return the language in which most of these names of columns are words; None if two have as many.

    >>> language_of(["Pat.-Nr.", "Segment", "Herd"]), language_of(["Segment"])
    ('de', None)
    """
    counts = Counter(one for name in names for one in _languages_of_names().get(joined(name), ()))
    (first, n_first), (_, n_second) = (*counts.most_common(2), ("", 0), ("", 0))[:2]
    return first if n_first > n_second else None


def further_codes(export: Export, column: Column, texts: Collection[str], language: str | None) -> dict[str, str]:
    """Return words for the codes that no cell has, in the language of the cells; `texts` are all different cells.

    `language` is that of the file, taken where the cells may be of it. Empty if the cells are numbers or single
    letters, mostly no words of the dictionary, or of several languages.
    """
    codes = {text: code_of(export, column, as_compared(text)) for text in texts}
    words = [text for text in texts if codes[text] and not _is_short(text)]
    listed = code_words(export, column)
    has_letters = any(len(joined(text)) == 1 and text.isascii() for text in texts)
    if not words or has_letters or 2 * len(words) < len(texts):
        return {}
    of_cells = _common({joined(text) for text in words}, listed)
    if language not in of_cells:
        language = next(iter(of_cells)) if len(of_cells) == 1 else None
    if language is None:
        return {}
    taken = {as_compared(text) for text in texts} | set(column.codes)
    found: dict[str, list[str]] = {}
    for code in column.codes:
        if code in codes.values() or code in LEFT_OUT:
            continue
        own = [word for one, its, word in listed if one == code and its == language]
        if own and as_compared(own[0]) == code:
            continue  # the code is the usual word itself, as no is in Italian
        for word in own:
            is_new = not _is_short(word) and as_compared(word) not in taken
            if is_new and {one for one, _, other in listed if joined(other) == joined(word)} == {code}:
                taken.add(as_compared(word))
                found.setdefault(code, []).append(word)
    is_yes_or_no = column.kind == "flag" and language != "zh"  # 是 or 有, 否 or 无
    n_words = 1 if len(found) > 1 or is_yes_or_no else MOST_WORDS
    return {word: code for code, words in found.items() for word in words[:n_words]}


def _common(words: Collection[str], listed: Iterable[tuple[str, str, str]]) -> set[str]:
    """Return the languages of which all words may be; words that are the same in all tell nothing."""
    languages: dict[str, set[str]] = {word: set() for word in words}
    everywhere = {language for _, language, _ in listed if language != ALL}
    for code, language, word in listed:
        if (key := joined(word)) in languages:
            languages[key] |= everywhere if language == ALL else {language}
        if (key := joined(code)) in languages:
            languages[key].add("en")
    return set.intersection(*(found or everywhere for found in languages.values()))


def _is_short(text: str) -> bool:
    return text.isascii() and len(joined(text)) < SHORTEST or text.isdecimal()
