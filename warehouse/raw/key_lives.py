"""Builds the SQL that finds the lives of keys: deliveries that have a key, contradictory rows of it, its withdrawal.

Both the history (history.py) and inheritance (inheritance.py) start with these steps. A key that one snapshot leaves
out and a later one has again begins a new life, which inherits nothing from the earlier one. So does a key whose row a
delivery shows outside the filter of its site (where): raw.<export>_gone holds the key_hash of such rows. So does a key
that somebody retracted (retracted.py): its rows up to there are a key apart, which is withdrawn. As they are told by
the key as delivered, of a merged patient's two rows one can be retracted and the other stay.
"""

import duckdb

from schemas.export import Export
from warehouse.raw.aliases import PATIENT, delivered
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.raw.tables import comparable, key_part
from warehouse.storage.connection import table_exists

SEPARATOR = "chr(31)"
EMPTY = "chr(30)"
RETRACTED = "raw.retracted"


def cells_text(export: Export) -> str:
    """Return SQL of a row's canonical cells, as they are compared, as one text. Unknown columns never count."""
    return f" || {SEPARATOR} || ".join(f"coalesce({comparable(export, name)}, {EMPTY})" for name in export.column_names)


def has_gone(con: duckdb.DuckDBPyConnection, export: Export) -> bool:
    """Return whether any delivery shows rows of the export outside a filter."""
    return con.execute(f"SELECT 1 FROM raw.{export.name}_gone LIMIT 1").fetchone() is not None  # noqa: S608 (own name)


def has_retracted(con: duckdb.DuckDBPyConnection, export: Export) -> bool:
    """Return whether a key of the export is retracted."""
    if not table_exists(con, "raw", "retracted"):
        return False
    return con.execute(f"SELECT 1 FROM {RETRACTED} WHERE export = ? LIMIT 1", [export.name]).fetchone() is not None  # noqa: S608


def delivered_text(export: Export) -> str:
    """Return SQL of a raw row's key, as it was delivered, as one text that no other key has."""
    cells = (delivered(name) if name == PATIENT else key_part(name) for name in export.key)
    return f" || {SEPARATOR} || ".join(f"coalesce({cell}, {EMPTY})" for cell in cells)


def retracted_at(export: Export) -> str:
    """Return a SELECT of site, key_hash, delivered and position: up to where in the order a retraction withdraws."""
    return f"""
        SELECT x.site, x.key_hash, x.delivered, coalesce(max(o.position), 0) AS position
        FROM {RETRACTED} x LEFT JOIN (
            SELECT d.site, d.file_name, d.load_no, p.position FROM meta.delivery_order p
            JOIN meta.deliveries d USING (load_no) WHERE d.export = '{export.name}'
        ) o ON o.site = x.site AND (o.file_name, o.load_no) <= (x.file_name, x.load_no)
        WHERE x.export = '{export.name}' GROUP BY x.retraction_no, x.site, x.key_hash, x.delivered
    """  # noqa: S608 (identifiers from the contract)


def shared_keys(export: Export, among: str = "") -> str:
    """Return a SELECT of the key_hash of every key that several rows have; `among` narrows the rows."""
    return f"SELECT key_hash FROM raw.{export.name} {among} GROUP BY key_hash HAVING count(*) > 1"  # noqa: S608 (own name)


def lives(con: duckdb.DuckDBPyConnection, export: Export, shared: str, also: str = "false") -> str:
    """Return SQL of the common table expressions up to `delivered` and `life`.

    `delivered` has rows with copy and is_conflict; `life` has the first copy of each key in each delivery, life_no,
    next_gone, the position of the next delivery that shows the row outside the filter, and retracted_at, the position
    up to which its key is retracted, null if it is not. `shared` is a SELECT of the key_hash of the keys that are
    examined. Rows for which `also` is true are included even if theirs is not among them.
    """
    gone, last_gone, next_gone = "", "NULL::BIGINT", "NULL::BIGINT"
    if has_gone(con, export):
        also = f"({also}) OR r.key_hash IN (SELECT key_hash FROM raw.{export.name}_gone)"  # noqa: S608
        gone = f"""gone AS (
            SELECT DISTINCT g.site, g.key_hash, o.position FROM raw.{export.name}_gone g
            JOIN meta.delivery_order o ON o.load_no = g.load_no AND o.export = '{export.name}'
        ), """  # noqa: S608 (identifiers from the contract)
        found = "FROM gone g WHERE g.site = d.site AND g.key_hash = d.key_hash AND g.position"
        last_gone = f"(SELECT max(g.position) {found} < d.position)"
        next_gone = f"(SELECT min(g.position) {found} > d.position)"
    retracted, told = "", "NULL::BIGINT"
    if has_retracted(con, export):
        also = f"({also}) OR r.key_hash IN (SELECT key_hash FROM {RETRACTED} WHERE export = '{export.name}')"  # noqa: S608
        retracted = f"retracted AS ({retracted_at(export)}), "
        told = (
            "(SELECT min(x.position) FROM retracted x WHERE x.site = c.site AND x.key_hash = c.key_hash "
            "AND x.delivered = c.delivered_key AND x.position >= c.position)"
        )
    required = " AND ".join(f"{name} IS NOT NULL" for name in export.required_key)
    key = f" || {SEPARATOR} || ".join(f"coalesce({key_part(name)}, {EMPTY})" for name in export.key)
    cells = cells_text(export)
    return f"""
        {gone}{retracted}shared AS (
            {shared}
        ), received AS (
            SELECT r.row_id, r.site, r.key_hash, o.mode = 'snapshot' AS is_snapshot, o.position,
                   CASE WHEN {required} THEN 'k' || {key} ELSE 'r' || {cells} END AS key, {cells} AS cells,
                   {delivered_text(export) if retracted else "NULL::VARCHAR"} AS delivered_key
            FROM raw.{export.name} r
            JOIN meta.delivery_order o ON o.load_no = r.row_id >> {LINE_BITS} AND o.export = '{export.name}'
            WHERE r.key_hash IN (SELECT key_hash FROM shared) OR ({also})
        ), placed AS (
            SELECT *, {told} AS retracted_at FROM received c
        ), candidate AS (
            SELECT * REPLACE (CASE WHEN retracted_at IS NULL THEN key
                                   ELSE 'w' || retracted_at || {SEPARATOR} || delivered_key END AS key)
            FROM placed
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
