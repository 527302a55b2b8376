"""Reads a language's catalogues, locale/<language>/*.po, as Babel reads them; nothing is compiled beforehand.

There are two: what sites and the morning note are told, and what stands on a report's page.
"""

from functools import cache
from pathlib import Path

from languages.known import LANGUAGES

LOCALE = Path(__file__).parent / "locale"
REGISTRY, REPORT = "registry", "report"


def template_of(name: str) -> Path:
    """Return the file with the English texts of the catalogue."""
    return Path(__file__).parent / f"{name}.pot"


TEMPLATE = template_of(REGISTRY)


@cache
def catalogue(code: str, name: str = REGISTRY) -> dict[str, str]:
    """Return the translations of the language by their English; {} for one that has no catalogue.

    What is not translated, or marked as uncertain, is left out: it is said in English.
    """
    path = LOCALE / code / f"{name}.po"
    if code not in LANGUAGES or not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with open(path, "rb") as file:
        found = read_po(file, locale=code)
    return {str(one.id): str(one.string) for one in found if one.id and one.string and not one.fuzzy}
