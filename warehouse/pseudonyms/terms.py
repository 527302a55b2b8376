"""Says by what a delivered file gets its pseudonyms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Terms:
    """By what a file is veiled: its site, its extract date, and what is done with free text.

    `whose` says which identifiers the site's pseudonyms stand for; only answered sheets need it.
    """

    site: str
    extract: date
    free_text: str
    whose: Mapping[str, str] = field(default_factory=dict)
