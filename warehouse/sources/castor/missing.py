"""Recognises cells that Castor writes for a value that somebody marked as missing, with the reason.

Five reasons with fixed numbers, 95 to 99 ("Mark fields and visits/forms as missing in CDMS", helpdesk.castoredc.com,
read 2026-11-29). How they are written depends on the type of the field: text ##USER_MISSING_95##, numbers -95, dates
01-01-2995 (31-12-2995 in castoRedc 2.1.0), and Missing (measurement failed) in the API's export.
"""

from collections.abc import Collection, Mapping

from warehouse.storage.sql_files import sql_text

REASONS: Mapping[str, str] = {
    "95": "measurement failed",
    "96": "not applicable",
    "97": "not asked",
    "98": "asked but unknown",
    "99": "not done",
}
"""Castor's number of a reason -> the reason."""


def pattern(number: str, kept: Collection[str] = ()) -> str:
    """Return the regular expression of a whole cell, in lower case, that gives the reason with this number.

    `kept` are cells that have a meaning of their own in this column.
    """
    codes = [rf"##_?user_missing_{number}##", rf"missing \({REASONS[number]}\).*"]
    if f"-{number}" not in kept:
        codes.append(rf"-{number}(\.0+)?")
    codes.append(rf"(01-01|31-12)-29{number}([ ;]\d\d:\d\d(:\d\d)?)?")
    return "|".join(codes)


def without_reasons(cell: str, kept: Collection[str] = ()) -> str:
    """Return SQL for a trimmed cell, null if it is marked as missing."""
    return f"CASE WHEN {_is_like(cell)} AND {_matches(cell, kept)} THEN NULL ELSE {cell} END"


def reason_number(cell: str, kept: Collection[str] = ()) -> str:
    """Return SQL for the number of the reason why a trimmed cell is missing, null if it is not marked."""
    whens = " ".join(
        f"WHEN regexp_full_match(lower({cell}), {sql_text(pattern(number, kept))}) THEN {sql_text(number)}"
        for number in REASONS
    )
    return f"CASE WHEN {_is_like(cell)} THEN CASE {whens} END END"


def _matches(cell: str, kept: Collection[str]) -> str:
    alternatives = "|".join(pattern(number, kept) for number in REASONS)
    return f"regexp_full_match(lower({cell}), {sql_text(alternatives)})"


def _is_like(cell: str) -> str:
    """Return SQL that is false for nearly all cells that are not marked, at little cost."""
    return f"({cell}[1] IN ('#', '-', 'M', 'm') OR contains({cell}, '-299'))"
