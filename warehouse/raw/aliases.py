"""Says in SQL what a patient's number reads as, and what it was delivered as (archive/corrections.py).

Of a row that was delivered under a merged number, patient_id is what the number reads as and delivered_as the number
itself; delivered_as is null in every other row. What a site knows a row by (the key on its query sheet, an entry's id,
a retraction) is made of the number as delivered, so that a merge or its undoing leaves it as it is.
"""

from collections.abc import Mapping, Sequence

from schemas.export import Export
from warehouse.storage.pseudonym_key import NEVER, days_between
from warehouse.storage.sql_files import sql_text

DELIVERED_AS = "delivered_as"
IN_ROW = "Delivered as"
"""The name of delivered_as in the JSON of a raw row; unknown columns have no capital letters there."""
PATIENT = "patient_id"
NO_ALIASES: Mapping[str, str] = {}


def read_as(relation: str, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """Return a relation of the same rows with patient_id as it is read, and delivered_as.

    >>> read_as("rows")
    '(SELECT *, NULL::VARCHAR AS delivered_as FROM rows)'
    """
    if not aliases:
        return f"(SELECT *, NULL::VARCHAR AS {DELIVERED_AS} FROM {relation})"  # noqa: S608 (own SQL)
    listed = ", ".join(map(sql_text, sorted(aliases)))
    whens = " ".join(f"WHEN {sql_text(old)} THEN {sql_text(new)}" for old, new in sorted(aliases.items()))
    marked = f"SELECT *, CASE WHEN {PATIENT} IN ({listed}) THEN {PATIENT} END AS {DELIVERED_AS} FROM {relation}"  # noqa: S608
    return f"(SELECT * REPLACE (CASE {DELIVERED_AS} {whens} ELSE {PATIENT} END AS {PATIENT}) FROM ({marked}))"  # noqa: S608


def shifted_alike(rows: str, dates: Sequence[str], site: str, aliases: Mapping[str, str]) -> str:
    """Return a relation of what read_as gives, with the dates of merged numbers shifted as those of the number that
    they are read as; the relation itself if no dates are shifted.
    """
    days = {old: days_between(site, old, new) for old, new in aliases.items()}
    if not any(days.values()) or not dates:
        return rows
    whens = " ".join(f"WHEN {sql_text(old)} THEN {n}" for old, n in sorted(days.items()))
    moved = f"(CASE {DELIVERED_AS} {whens} END)"
    changed = ", ".join(
        f"CASE WHEN {DELIVERED_AS} IS NOT NULL AND {name} < '{NEVER}' AND length({name}) = 10 "
        f"AND TRY_CAST({name} AS DATE) IS NOT NULL THEN CAST(CAST({name} AS DATE) + {moved} AS VARCHAR) "
        f"ELSE {name} END AS {name}"
        for name in dates
    )
    return f"(SELECT * REPLACE ({changed}) FROM {rows})"  # noqa: S608 (own SQL)


def delivered(name: str, row: str = "", cell: str = "") -> str:
    """Return SQL of a cell as it was delivered; `cell` is SQL of it, `row` the alias of the raw row's table."""
    prefix = f"{row}." if row else ""
    cell = cell or f"{prefix}{name}"
    return f"coalesce({prefix}{DELIVERED_AS}, {cell})" if name == PATIENT else cell


def delivered_key(export: Export, row: str = "") -> str:
    """Return SQL of a raw row's key as one text, as it was delivered."""
    return " || '|' || ".join(f"coalesce({delivered(name, row)}, '')" for name in export.key)
