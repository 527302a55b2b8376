"""Names of columns that no export knows, as they may be reported: a header can hold somebody's identity, too.

What belongs here: which names are shown. What does not: the cells below them, which nobody but the site sees.
"""

import re

import polars as pl

from schemas.phi import PATTERN

DATE = re.compile(r"(?:19|20)\d{2}[-_. ]?\d{2}[-_. ]?\d{2}")
MANY_DIGITS = re.compile(r"\d{5}")
DIGITS_IN_ALL = 7
"""A name with more digits than this could be a telephone or record number; a date in it does not count."""
MAX_LENGTH = 60
"""Longer names are sentences."""


def shown_header(name: str, position: int) -> str:
    """The column's name, or `column <position>` where it could be somebody's identity; position counts from 0.

    >>> shown_header("Ward", 4), shown_header("Dr. Miller 0171 5550123", 4)
    ('Ward', 'column 5')
    """
    return f"column {position + 1}" if len(name) > MAX_LENGTH or looks_personal(name) else name


def looks_personal(name: str) -> bool:
    """Whether the name could be somebody's identity: a person's name, an address, a telephone or record number."""
    undated = DATE.sub("", name)
    return (
        sum(letter.isdigit() for letter in undated) > DIGITS_IN_ALL
        or MANY_DIGITS.search(undated) is not None
        or bool(pl.Series([name, name.replace("_", " ")]).str.contains(f"(?i:{PATTERN})").any())
    )
