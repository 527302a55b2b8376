"""Declares ID-01: an identifier contains invisible characters, or a letter in a form that looks like another.

Two identifiers that look alike are ID-02 (warehouse/sql/results/id_02.sql). Sources: Unicode Standard Annex 15
(forms), Unicode Technical Standard 39 (mixed scripts).
"""

import polars as pl

from schemas.export import Column, RowRule, if_filled

NOT_SEEN = (
    "\\x{ad}\\x{34f}\\x{61c}\\x{115f}\\x{1160}\\x{17b4}\\x{17b5}\\x{180b}-\\x{180f}\\x{200b}-\\x{200f}"
    "\\x{2060}-\\x{2064}\\x{206a}-\\x{206f}\\x{3164}\\x{fe00}-\\x{fe0f}\\x{feff}\\x{ffa0}\\x{e0000}-\\x{e0fff}"
)
"""Characters without width: soft hyphen, zero-width space and joiners, byte order mark, variation selectors, tags."""
ODD_SPACE = "\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}"
"""Spaces other than the ordinary one (U+0020)."""
ODD_FORM = (
    "\\x{300}-\\x{36f}"  # an accent beside its letter: not composed (NFC)
    "\\x{aa}\\x{b2}\\x{b3}\\x{b9}\\x{ba}\\x{2070}-\\x{209f}\\x{2100}-\\x{218b}\\x{2460}-\\x{24ff}"  # raised, circled
    "\\x{f900}-\\x{fb4f}\\x{ff01}-\\x{ff9f}\\x{1d400}-\\x{1d7ff}\\x{2f800}-\\x{2fa1f}"  # wide, ligatures, mathematical
)
"""Letters and digits that the compatibility form (NFKC) turns into plain ones."""
LATIN, OTHER = r"\p{Latin}", r"[\p{Greek}\p{Cyrillic}]"
ODD = f"[{NOT_SEEN}{ODD_SPACE}{ODD_FORM}]|{LATIN}.*{OTHER}|{OTHER}.*{LATIN}"


def rules(columns: tuple[Column, ...]) -> tuple[RowRule, ...]:
    """Return ID-01 for every identifier column."""
    return tuple(
        RowRule("ID-01", c.name, if_filled(c.name, ~pl.col(c.name).str.contains(ODD)))
        for c in columns
        if c.kind == "identifier"
    )
