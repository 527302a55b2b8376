"""Builds the SQL that finds the lives of keys: deliveries that have a key, contradictory rows of it, its withdrawal.

Both the history (history.py) and inheritance (inheritance.py) start with these steps. A key that one snapshot leaves
out and a later one has again begins a new life, which inherits nothing from the earlier one.
"""

from schemas.export import Export
from warehouse.raw.tables import LINE_BITS, comparable, key_part

SEPARATOR = "chr(31)"
EMPTY = "chr(30)"


def cells_text(export: Export) -> str:
    """Return SQL of a row's canonical cells, as they are compared, as one text. Unknown columns never count."""
    return f" || {SEPARATOR} || ".join(f"coalesce({comparable(export, name)}, {EMPTY})" for name in export.column_names)


def lives(export: Export, among: str, also: str = "false") -> str:
    """Return SQL of the common table expressions up to `delivered` and `life`.

    `delivered` has rows with copy and is_conflict; `life` has the first copy of each key in each delivery, and life_no.
    `among` narrows the keys that are examined. Rows for which `also` is true are included even if their key occurs only
    once.
    """
    required = " AND ".join(f"{name} IS NOT NULL" for name in export.required_key)
    key = f" || {SEPARATOR} || ".join(f"coalesce({key_part(name)}, {EMPTY})" for name in export.key)
    cells = cells_text(export)
    return f"""
        shared AS (
            SELECT key_hash FROM raw.{export.name} {among} GROUP BY key_hash HAVING count(*) > 1
        ), candidate AS (
            SELECT r.row_id, r.site, o.mode = 'snapshot' AS is_snapshot, o.position,
                   CASE WHEN {required} THEN 'k' || {key} ELSE 'r' || {cells} END AS key, {cells} AS cells
            FROM raw.{export.name} r
            JOIN meta.delivery_order o ON o.load_no = r.row_id >> {LINE_BITS} AND o.export = '{export.name}'
            WHERE r.key_hash IN (SELECT key_hash FROM shared) OR ({also})
        ), delivered AS (
            SELECT *, row_number() OVER (PARTITION BY site, key, position ORDER BY row_id) AS copy,
                   min(cells) OVER (PARTITION BY site, key, position)
                       <> max(cells) OVER (PARTITION BY site, key, position) AS is_conflict
            FROM candidate
        ), appearance AS (
            SELECT *, coalesce(is_snapshot AND lag(position) OVER (PARTITION BY site, key ORDER BY position)
                               < position - 1, false) AS is_return,
                   position = max(position) OVER (PARTITION BY site, key) AS is_last_appearance
            FROM delivered WHERE copy = 1
        ), life AS (
            SELECT *, sum(is_return::INT) OVER (PARTITION BY site, key ORDER BY position) AS life_no
            FROM appearance
        )"""  # noqa: S608 (identifiers from the contract)
