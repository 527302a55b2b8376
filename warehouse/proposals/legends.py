"""Reads what a column's name or title says of its codes: Geschlecht (1=m, 2=w)."""

import re

from warehouse.sources.cell_steps import as_compared

PAIR = re.compile(
    r"(?<![\w.,])(-?\d{1,3}|[A-Za-z])\s*[=:]\s*([^\W\d][^,;/|()\[\]=:]*?)\s*"
    r"(?=[,;/|()\[\]]|$|\s-?\d{1,3}\s*[=:])"
)
"""A code, = or :, and its word, up to a sign or the next code."""
FEWEST_PAIRS = 2


def legend_of(text: str) -> dict[str, str]:
    """Return the words for the codes in a name or title, codes as cells are compared; empty if it names fewer than two.

    >>> legend_of("Geschlecht (1=m, 2=w)"), legend_of("Kapsel: 0 = nein; 1 = ja")
    ({'1': 'm', '2': 'w'}, {'0': 'nein', '1': 'ja'})
    >>> legend_of("Size (cm)"), legend_of("Vitalstatus 0=lebt 1=tot")
    ({}, {'0': 'lebt', '1': 'tot'})
    """
    found = {as_compared(code): word.strip() for code, word in PAIR.findall(text)}
    return found if len(found) >= FEWEST_PAIRS else {}


def before_legend(text: str) -> str:
    """Return what stands before the legend in a text; the text itself if it has none.

    >>> before_legend("Vitalstatus (0=lebt, 1=tot)"), before_legend("Vitalstatus")
    ('Vitalstatus', 'Vitalstatus')
    """
    first = PAIR.search(text)
    return text[: first.start()].rstrip(" (:,;[-") if first is not None and legend_of(text) else text
