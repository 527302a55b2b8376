"""Marks pseudonyms of identifiers that the rules about identifiers set aside, so that the rules do so still.

A name where an identifier should be (PHI-01), an invisible character (ID-01), a failed formula (TYPE-01): the pseudonym
hides it, but the site is to learn of it, and the tables are to be those that the identifier itself would have given.
"""

from collections.abc import Iterable

import polars as pl

from schemas.export import Column
from schemas.lookalike import rules as lookalike_rules
from schemas.missing import is_a_value
from schemas.phi import rules as phi_rules

HARMLESS = r"^(?:\d{1,8}|[A-Z]{1,4}[-_]?\d{1,8}(?:[-_][A-Z]{0,3}\d{1,6}){0,3})$"
"""Identifiers that keep all these rules."""
NO_VALUE, A_NAME, ODD = "[0 ", "Mr ", "\u200b"
"""What is put before a pseudonym, or behind it, so that it breaks the rule that its identifier breaks."""


def marks(column: Column, identifiers: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return, by identifier, what stands before and behind the pseudonym of those that break a rule."""
    name = column.name
    frame = pl.DataFrame({name: list(identifiers)}, schema={name: pl.String})
    holds = frame.select(
        pl.col(name),
        value=is_a_value(column),
        phi=phi_rules((column,))[0].holds,
        odd=lookalike_rules((column,))[0].holds,
    )
    found: dict[str, tuple[str, str]] = {}
    for identifier, value, is_free, is_plain in holds.iter_rows():
        if not value:
            found[identifier] = (NO_VALUE, "")
        elif not (is_free and is_plain):
            found[identifier] = ("" if is_free else A_NAME, "" if is_plain else ODD)
    return found
