"""Builds the SQL that finds the lives of keys: deliveries that have a key, contradictory rows of it, its withdrawal.

Both the history (history.py) and inheritance (inheritance.py) start with these steps. A key that one snapshot leaves
out and a later one has again begins a new life, which inherits nothing from the earlier one. So does a key whose row a
delivery shows outside the filter of its site (where): raw.<export>_gone holds the key_hash of such rows.
"""

import duckdb

from schemas.export import Export
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.raw.tables import comparable, key_part

SEPARATOR = "chr(31)"
EMPTY = "chr(30)"


def cells_text(export: Export) -> str:
    """Return SQL of a row's canonical cells, as they are compared, as one text. Unknown columns never count."""
    return f" || {SEPARATOR} || ".join(f"coalesce({comparable(export, name)}, {EMPTY})" for name in export.column_names)


def has_gone(con: duckdb.DuckDBPyConnection, export: Export) -> bool:
    """Return whether any delivery shows rows of the export outside a filter."""
    return con.execute(f"SELECT 1 FROM raw.{export.name}_gone LIMIT 1").fetchone() is not None  # noqa: S608 (own name)


def shared_keys(export: Export, among: str = "") -> str:
    """Return a SELECT of the key_hash of every key that several rows have; `among` narrows the rows."""
    return f"SELECT key_hash FROM raw.{export.name} {among} GROUP BY key_hash HAVING count(*) > 1"  # noqa: S608 (own name)


def lives(export: Export, shared: str, also: str = "false", with_gone: bool = False) -> str:
    """Return SQL of the common table expressions up to `delivered` and `life`.

    `delivered` has rows with copy and is_conflict; `life` has the first copy of each key in each delivery, life_no, and
    next_gone, the position of the next delivery that shows the row outside the filter. `shared` is a SELECT of the
    key_hash of the keys that are examined. Rows for which `also` is true are included even if theirs is not among
    them. `with_gone` says that raw.<export>_gone is not empty.
    """
    gone, last_gone, next_gone = "", "NULL::BIGINT", "NULL::BIGINT"
    if with_gone:
        also = f"({also}) OR r.key_hash IN (SELECT key_hash FROM raw.{export.name}_gone)"  # noqa: S608
        gone = f"""gone AS (
            SELECT DISTINCT g.site, g.key_hash, o.position FROM raw.{export.name}_gone g
            JOIN meta.delivery_order o ON o.load_no = g.load_no AND o.export = '{export.name}'
        ), """  # noqa: S608 (identifiers from the contract)
        found = "FROM gone g WHERE g.site = d.site AND g.key_hash = d.key_hash AND g.position"
        last_gone = f"(SELECT max(g.position) {found} < d.position)"
        next_gone = f"(SELECT min(g.position) {found} > d.position)"
    required = " AND ".join(f"{name} IS NOT NULL" for name in export.required_key)
    key = f" || {SEPARATOR} || ".join(f"coalesce({key_part(name)}, {EMPTY})" for name in export.key)
    cells = cells_text(export)
    return f"""
        {gone}shared AS (
            {shared}
        ), candidate AS (
            SELECT r.row_id, r.site, r.key_hash, o.mode = 'snapshot' AS is_snapshot, o.position,
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
            SELECT *, coalesce(lag(position) OVER (PARTITION BY site, key ORDER BY position)
                               < CASE WHEN is_snapshot THEN position - 1 ELSE last_gone END, false) AS is_return,
                   position = max(position) OVER (PARTITION BY site, key) AS is_last_appearance
            FROM (SELECT *, {last_gone} AS last_gone, {next_gone} AS next_gone FROM delivered d WHERE copy = 1)
        ), life AS (
            SELECT *, sum(is_return::INT) OVER (PARTITION BY site, key ORDER BY position) AS life_no
            FROM appearance
        )"""  # noqa: S608 (identifiers from the contract)
