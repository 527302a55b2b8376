"""Finds the known name nearest to a mistyped one, and makes names from files safe to show.

The name of a column or key comes from a file and may be a person's: one that looks like personal data is not repeated.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from schemas.header_names import looks_personal

NEAR = 0.75
"""Similarity (difflib's ratio) from which a name counts as mistyped: segmnt is segment, notes is nothing known."""
MAX_SHOWN = 60
PERSONAL = "a column whose name looks like personal data"
SEVERAL_PERSONAL = "{n:,} columns whose names look like personal data"
MORE = "{n:,} more"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name nearest to `name`, without regard to case, spaces and hyphens; '' if none is near.

    >>> nearest("segmnt", ["segment", "modality"]), nearest("Lesion ID", ["lesion_id"]), nearest("notes", ["modality"])
    ('segment', 'lesion_id', '')
    """
    names = {_plain(one): one for one in known}
    found = get_close_matches(_plain(name), list(names), n=1, cutoff=NEAR)
    return names[found[0]] if found else ""


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")


def shown(name: str) -> str:
    """Return a name from a file in printable form: one line, no control characters, shortened, no personal data."""
    if looks_personal(name):
        return PERSONAL
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name.strip())
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "\N{HORIZONTAL ELLIPSIS}"


def shown_list(names: Iterable[str], most: int = 12, personal: tuple[str, str] = (PERSONAL, SEVERAL_PERSONAL)) -> str:
    """List names for a sentence: the first `most`, how many more there are, and the number of personal ones.

    `personal` says what one or several of those are; of names of files they are no columns.
    """
    listed = list(names)
    plain = [shown(name) for name in listed if not looks_personal(name)]
    n_personal = len(listed) - len(plain)
    parts = plain[:most] + ([MORE.format(n=len(plain) - most)] if len(plain) > most else [])
    if n_personal:
        parts.append(personal[0] if n_personal == 1 else personal[1].format(n=n_personal))
    return ", ".join(parts)
