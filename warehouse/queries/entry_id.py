"""Computes the id and key of a quarantine entry, in SQL and in Python, and says which answers the entry can have.

The id is a fingerprint of the row's cells with site, export, rule and column: a row that has changed since, or a key
that somebody edited, does not match it. Unknown columns are left out, so that they invalidate no answer, and so are
columns that came later where they are empty: sheets that were sent before, and answers in the archive, still match. The
patient's number is the delivered one, so that merging two numbers, or undoing it, leaves entries and their answers as
they are.
"""

import hashlib
from collections.abc import Sequence

from schemas.codes import ANSWERS_KNOWN
from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.intake.exceptions_file import why_not
from warehouse.raw.aliases import delivered
from warehouse.raw.tables import comparable
from warehouse.storage.sql_files import sql_text

ID_DIGITS = 16
SEPARATOR, EMPTY = chr(31), chr(30)
NEVER_CORRECTED = ("KEY-01", "ORPHAN-01", "PARENT-01")
"""Rules whose findings are not about a single cell."""


def key_text(export: Export, row: str) -> str:
    """Return SQL for a raw row's key as one text; `row` is the table's alias."""
    return " || '|' || ".join(f"coalesce({row}.{name}, '')" for name in export.key)


def fingerprint_text(export: Export) -> str:
    """Return SQL for a raw row's cells, in the form in which they are compared, as one text."""
    cells = list(zip(export.columns, fingerprint_cells(export), strict=True))
    text = " || chr(31) || ".join(f"coalesce({cell}, chr(30))" for column, cell in cells if not column.came_later)
    later = (f"coalesce(chr(31) || '{column.name}=' || {cell}, '')" for column, cell in cells if column.came_later)
    return " || ".join((text, *later))


def fingerprint_cells(export: Export) -> list[str]:
    """Return SQL of the cells of which fingerprint_text is made."""
    return [delivered(name, cell=comparable(export, name)) for name in export.column_names]


def entry_id_sql(export: Export, fingerprint: str, site: str, rule_id: str, column: str) -> str:
    """Return SQL for the entry's id; the other arguments are SQL too, `fingerprint` from fingerprint_text."""
    parts = (site, sql_text(export.name), rule_id, f"coalesce({column}, '')", fingerprint)
    return f"left(sha256({' || chr(31) || '.join(parts)}), {ID_DIGITS})"


def entry_id(export: str, site: str, rule_id: str, column: str, cells: Sequence[str | None]) -> str:
    """Return the same id, computed in Python; `cells` are those of fingerprint_cells."""
    named = list(zip(EXPORTS[export].columns, cells, strict=True))
    first = (EMPTY if cell is None else cell for own, cell in named if not own.came_later)
    later = (f"{own.name}={cell}" for own, cell in named if own.came_later and cell is not None)
    parts = (site, export, rule_id, column, *first, *later)
    return hashlib.sha256(SEPARATOR.join(parts).encode("utf-8")).hexdigest()[:ID_DIGITS]


def why_no_correction(export: Export, rule_id: str, column: str) -> str | None:
    """Return why the entry cannot be corrected in a sheet, as a sentence, or None if it can."""
    if rule_id in NEVER_CORRECTED or not column:
        return "This cannot be corrected in a single cell; deliver the corrected rows again."
    if column in export.key:
        return "A key cannot be corrected in a query sheet; deliver the row again under the right key."
    return None


def answers_possible(export: Export, rule_id: str, column: str) -> tuple[str, ...]:
    """Return the answers of ANSWERS_KNOWN that the entry can have."""
    can_correct = why_no_correction(export, rule_id, column) is None
    can_confirm = why_not(rule_id) is None
    return tuple(answer for answer, can in zip(ANSWERS_KNOWN, (can_correct, can_confirm, True), strict=True) if can)
