"""Declares PHI-01: what a cell looks like when somebody's identity has slipped into it.

The patterns are narrow on purpose: a pseudonym that merely contains digits must pass. Source: the identifiers of HIPAA
Safe Harbor, 45 CFR 164.514(b)(2), that can occur in free text.
"""

import polars as pl

from schemas.export import Column, RowRule, if_filled
from schemas.phi_names import looks_like_a_name

TITLED_NAME = (
    r"\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Prof|Professor|Herr|Frau|Mme|Monsieur|Madame|Señora?|Sr|Sra)"
    r"\b\.?\s+\p{Lu}[\p{L}'’-]+"
)
E_MAIL = r"[\w.+-]+@[\w-]+\.[\w.-]+"
PHONE = (
    r"(?:^|[^\w+])\+\d{1,3}[ -/.]?\(?\d(?:[ \-/.()]{0,2}\d){6,12}(?:$|\D)"  # +49 6221 123456
    r"|(?:^|[^\w-])\(?[2-9][0-8]\d\)?[ .-](?:[2-9][02-9]\d|[2-9]1[02-9])[ .-]\d{4}(?:$|[^\w-])"  # (212) 555-0123
    r"|(?:^|\D)1[3-9]\d{9}(?:$|\D)"  # a Chinese mobile number
)
NATIONAL_ID = (
    r"(?:^|[^\w-])[0-8]\d{2}-\d{2}-\d{4}(?:$|[^\w-])"  # a US social security number
    r"|(?:^|\D)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?:$|\W)"  # PRC
)
RECORD_NUMBER = (
    r"(?i)\b(?:MRN|medical record|patient record|record no|hospital no|NHS)\b\.?\s*(?:no\.?|number|#|:)*\s*:?\s*\d"
    r"|(?:住院号|病历号|身份证)"
)

PATTERN = "|".join(f"(?:{p})" for p in (TITLED_NAME, E_MAIL, PHONE, NATIONAL_ID, RECORD_NUMBER))


SUBJECT_NUMBER = r"^\d{3}[.-](?:\d{2}|[0-46-9]\d{2}|5[0-46-9]\d|55[0-46-9])[.-]0\d{3}$"
"""A trial's subject number as an identifier: country or site, centre, and a count that begins with 0, as in
201-301-0001. One phone number in ten would pass as one, but none with the exchange 555 of made-up numbers."""
STORED_UPPER_CASE = ("gene",)
"""Columns whose cells are judged in upper case, where a capital letter no longer identifies a title."""


def _pattern(column: str) -> str:
    return f"(?i:{PATTERN})" if column in STORED_UPPER_CASE else PATTERN


def _is_free_of_identities(column: Column) -> pl.Expr:
    cell = pl.col(column.name)
    if column.kind == "text":
        return ~cell.str.contains(_pattern(column.name))
    is_identity = cell.str.contains(_pattern(column.name)) & ~cell.str.contains(SUBJECT_NUMBER)
    return ~(is_identity | looks_like_a_name(column.name))


def rules(columns: tuple[Column, ...]) -> tuple[RowRule, ...]:
    """Return PHI-01 for every identifier and free-text column."""
    return tuple(
        RowRule("PHI-01", c.name, if_filled(c.name, _is_free_of_identities(c)))
        for c in columns
        if c.kind in ("identifier", "text")
    )
