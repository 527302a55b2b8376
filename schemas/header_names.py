"""Decides which names of unknown columns may be reported, since a header can contain somebody's identity."""

import re

import polars as pl

from schemas.phi import PATTERN

DATE = re.compile(r"(?:19|20)\d{2}[-_. ]?\d{2}[-_. ]?\d{2}")
MANY_DIGITS = re.compile(r"\d{5}")
DIGITS_IN_ALL = 7
"""A name with more digits than this could be a telephone or record number; the digits of a date do not count."""
MAX_LENGTH = 60
"""A longer name is a sentence."""


def shown_header(name: str, position: int) -> str:
    """Return the column's name, or `column <number>` if it could be somebody's identity; `position` counts from 0.

    >>> shown_header("Ward", 4), shown_header("Dr. Miller 0171 5550123", 4)
    ('Ward', 'column 5')
    """
    return f"column {position + 1}" if len(name) > MAX_LENGTH or looks_personal(name) else name


def looks_personal(name: str) -> bool:
    """Return whether the name could identify somebody: a person's name, e-mail address, telephone or record number."""
    undated = DATE.sub("", name)
    return (
        sum(letter.isdigit() for letter in undated) > DIGITS_IN_ALL
        or MANY_DIGITS.search(undated) is not None
        or bool(pl.Series([name, name.replace("_", " ")]).str.contains(f"(?i:{PATTERN})").any())
    )
