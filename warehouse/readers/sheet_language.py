"""Recognises the language of an answered sheet by its headings, and reads its answers as the tables are written.

English is tried first, so that an English sheet needs no catalogue. An answer counts in the words of any language: a
sheet may be answered from memory. A corrected value is read by the language of the sheet, and never guessed.
"""

from collections.abc import Iterator, Sequence

from languages.known import ENGLISH, LANGUAGES
from languages.language import Language, language
from schemas.codes import ANSWERS_KNOWN
from schemas.exports import EXPORTS

NUMBERS = ("integer", "number")


def languages() -> Iterator[Language]:
    """Yield every language, English first; the others are read only if they are asked for."""
    return (language(code) for code in sorted(LANGUAGES, key=lambda code: code != ENGLISH))


def is_called(name: str, text: str) -> bool:
    """Return whether the text is the English name in any language, without regard to case and blanks around it."""
    return any(one.word(name).casefold() == text.strip().casefold() for one in languages())


def heading_in(cells: Sequence[str], layouts: Sequence[tuple[str, ...]]) -> tuple[Language, tuple[str, ...]] | None:
    """Return the language in which the cells are the names of one of the layouts, and that layout; None if in none."""
    found = [cell.casefold() for cell in cells]
    for one in languages():
        for names in layouts:
            if found == [one.word(name).casefold() for name in names]:
                return one, names
    return None


def answer_in_english(text: str) -> str:
    """Return the answer's English word; the text in lower case if it is no answer in any language."""
    said = text.casefold()
    if said in ("", *ANSWERS_KNOWN):
        return said
    return next((known for one in languages() for known in ANSWERS_KNOWN if one.word(known).casefold() == said), said)


def corrected_in(one: Language, text: str, export: str, column: str) -> tuple[str, str]:
    """Return the corrected value as tables hold it, and why it cannot be read; '' if it can.

    What is no number or date of the language stays as it is, for the rules to judge.
    """
    columns = EXPORTS[export].columns if export in EXPORTS else ()
    kind = next((of.kind for of in columns if of.name == column), "text")
    try:
        if kind in NUMBERS:
            return one.writing.read_number(text), ""
        return (one.writing.read_day(text) if kind == "date" else text), ""
    except ValueError as refused:
        return text, str(refused.args[0])


def day_in(one: Language, text: str) -> str:
    """Return the day as YYYY-MM-DD, or the text as it is if it is none."""
    try:
        return one.writing.read_day(text)
    except ValueError:
        return text
