"""Finds whether a source's numbers have a decimal comma."""

from collections.abc import Iterable
from typing import Literal

from warehouse.proposals.facts import Facts
from warehouse.sources.cell_steps import COMMA_NUMBER, POINTED_WITH_COMMA

POINT = r"[+-]?\d+\.\d+"
THOUSANDS = r"[+-]?\d{1,3}([.,]\d{3})+"
"""1,000 and 1.000 are as likely a thousand as one."""
Decimal = Literal[".", ",", "asked"]


def decimal_of(columns: Iterable[Facts]) -> Decimal:
    """Return the decimal sign of the number columns together; "asked" if they do not agree or do not tell."""
    n_comma = n_point = n_unclear = 0
    for facts in columns:
        thousands = f"regexp_full_match(cell, '{THOUSANDS}')"
        comma = f"(regexp_full_match(cell, '{COMMA_NUMBER}') OR regexp_full_match(cell, '{POINTED_WITH_COMMA}'))"
        point = f"regexp_full_match(cell, '{POINT}')"
        counted = facts.one(
            f"count(*) FILTER ({comma} AND NOT {thousands})",
            f"count(*) FILTER ({point} AND NOT {thousands})",
            f"count(*) FILTER ({thousands} AND contains(cell, ','))",
        )
        n_comma, n_point, n_unclear = n_comma + counted[0], n_point + counted[1], n_unclear + counted[2]
    if n_comma and not n_point:
        return ","
    return "asked" if n_comma or (n_unclear and not n_point) else "."
