"""ID-01: an identifier that holds what nobody sees, or letters in a form that looks like another.

What belongs here: what such a form is, and the rule for one row. What does not: two identifiers that look alike
(ID-02, warehouse/sql/results/id_02.sql). Sources: Unicode Standard Annex 15 (forms), Technical Standard 39 (mixed
scripts).
"""

import polars as pl

from schemas.export import Column, RowRule, if_filled

NOT_SEEN = (
    "[\\x{ad}\\x{34f}\\x{61c}\\x{115f}\\x{1160}\\x{17b4}\\x{17b5}\\x{180b}-\\x{180f}\\x{200b}-\\x{200f}\\x{2060}-\\x{2064}"
    "\\x{206a}-\\x{206f}\\x{3164}\\x{fe00}-\\x{fe0f}\\x{feff}\\x{ffa0}\\x{e0000}-\\x{e0fff}]"
)
"""Characters without a width: soft hyphen, zero-width space and joiners, byte order mark, variation selectors, tags."""
ODD_SPACE = "[\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}]"
"""Spaces that are not the space."""
LATIN, GREEK_OR_CYRILLIC = r"\p{Latin}", r"[\p{Greek}\p{Cyrillic}]"
NOT_ASCII = "[^\\x{20}-\\x{7e}]"


def is_seen_as_it_is(column: str) -> pl.Expr:
    """True where the identifier is in its composed form (NFC, and compatible: NFKC), is all visible, and is of one
    alphabet."""
    cell = pl.col(column)
    is_plain = (
        (cell == cell.str.normalize("NFKC"))
        & ~cell.str.contains(f"{NOT_SEEN}|{ODD_SPACE}")
        & ~(cell.str.contains(LATIN) & cell.str.contains(GREEK_OR_CYRILLIC))
    )
    return if_filled(column, ~cell.str.contains(NOT_ASCII) | is_plain)


def rules(columns: tuple[Column, ...]) -> tuple[RowRule, ...]:
    """ID-01 for every identifier."""
    return tuple(RowRule("ID-01", c.name, is_seen_as_it_is(c.name)) for c in columns if c.kind == "identifier")
