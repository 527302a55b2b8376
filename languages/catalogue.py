"""Reads a language's catalogue, locale/<language>/registry.po, as Babel reads it; nothing is compiled beforehand."""

from functools import cache
from pathlib import Path

from languages.known import LANGUAGES

LOCALE = Path(__file__).parent / "locale"
TEMPLATE = Path(__file__).parent / "registry.pot"


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return the translations of the language by their English; {} for one that has no catalogue.

    What is not translated, or marked as uncertain, is left out: it is said in English.
    """
    path = LOCALE / code / "registry.po"
    if code not in LANGUAGES or not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with open(path, "rb") as file:
        found = read_po(file, locale=code)
    return {str(one.id): str(one.string) for one in found if one.id and one.string and not one.fuzzy}
