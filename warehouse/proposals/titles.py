"""Reads what a file calls a column in words, such as V12: "Geburtsjahr des Patienten", and finds what that means."""

import re
from collections.abc import Iterator

from schemas.exports import EXPORTS
from schemas.header_names import looks_personal
from warehouse.proposals.legends import before_legend
from warehouse.proposals.units import split
from warehouse.proposals.words import STOP_WORDS, Meaning, Strength, is_known_name, joined, names_of, normalised

NUMBERED = re.compile(r"^\s*[A-Za-z]{0,3}\d{1,3}[a-z]?\s*[.):]\s*")
"""The number of a question in front of its text: Q7. Size, 3a) Size."""
DASH = re.compile(r"\s+[-–—]\s+")
FEWEST_LETTERS = 8
"""A known word within a longer text counts from this length: Date within a sentence says nothing."""
LONGEST_SHOWN = 80


def wordings(title: str) -> Iterator[str]:
    """Yield a title, and its essence: without a question's number, before a legend, behind and before a colon.

    >>> list(wordings("Q3. Geschlecht: 1=m, 2=w"))
    ['Q3. Geschlecht: 1=m, 2=w', 'Geschlecht: 1=m, 2=w', 'Geschlecht', '1=m, 2=w', 'Geschlecht']
    """
    yield title
    if (bare := NUMBERED.sub("", title)) != title:
        yield bare
    if (essence := before_legend(bare)) != bare:
        yield essence
    for before, behind in (bare.rpartition(":")[::2], (DASH.split(bare)[0], DASH.split(bare)[-1])):
        yield from (part.strip() for part in (behind, before) if part.strip() and part != bare)


def within(export: str, title: str) -> Meaning | None:
    """Return the column that the longest known words in a title mean, as one to be asked; None if there are none."""
    words = [word for word in normalised(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", title)) if word not in STOP_WORDS]
    known = names_of(export)
    for length in range(len(words) - 1, 0, -1):
        parts = [words[at : at + length] for at in range(len(words) - length + 1)]
        found = {
            one.column
            for part in parts
            if len("".join(part)) >= FEWEST_LETTERS
            for one in known.get("".join(part)) or known.get(f"bag: {' '.join(sorted(part))}") or ()
            if one.strength >= Strength.named
        }
        if found:
            return Meaning(found.pop(), Strength.asked) if len(found) == 1 else None
    return None


def is_known_title(title: str) -> bool:
    """Return whether a title means a column of any export, alone or by words in it."""
    texts = [split(text).name for text in wordings(title)]
    return any(is_known_name(text) for text in texts) or any(within(export, texts[0]) for export in EXPORTS)


def shown_title(title: str) -> str:
    """Return a title for a comment: on one line, shortened; '' if it looks like personal data."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in title).split())
    if not joined(text) or looks_personal(text):
        return ""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
