"""Computes the history: which version of each key is current, and how every received row counts.

A row whose key occurs only once, and that no later snapshot can have withdrawn, is new and current without being
listed. raw.<export>_versions lists the others: row_id, outcome (duplicate, conflicting, unchanged, new, changed), state
(current, superseded, withdrawn for new and changed; open, overtaken for conflicting), has_open_conflict for a current
version whose newest delivery contradicts itself, and withdrawn_position, the position of the delivery that withdrew a
key, null if somebody retracted it (retracted.py). The view raw.<export>_current has the current rows with the cells
that they inherited (inheritance.py).
"""

import hashlib

import duckdb

from schemas.export import Export
from schemas.exports import ANSWERS, EXPORTS
from warehouse.intake.site_config import SiteConfig
from warehouse.raw import inheritance
from warehouse.raw.key_lives import RETRACTED, has_gone, has_retracted, lives, shared_keys
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import Content

VERSION_COLUMNS = "row_id BIGINT, outcome VARCHAR, state VARCHAR, has_open_conflict BOOLEAN, withdrawn_position BIGINT"
"""The columns of raw.<export>_versions."""
OLDER_SNAPSHOT = "mode = 'snapshot' AND NOT is_newest"


def write_modes(con: duckdb.DuckDBPyConnection, configs: dict[str, SiteConfig]) -> None:
    """Write meta.delivery_order: accepted deliveries with their mode and their position within site and export.

    Its column `absent` lists the columns that a delivery lacks although an earlier one had them, and `lost` those that
    the delivery just before it had. `lacking` has the slots, of `n_slots`, that lack a column which others have.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE site_modes (site VARCHAR, export VARCHAR, mode VARCHAR)")
    rows = [(site, export, c.mode(export)) for site, c in configs.items() for export in EXPORTS]
    if rows:
        con.executemany("INSERT INTO site_modes VALUES (?, ?, ?)", rows)
    con.execute(
        """
        CREATE OR REPLACE TABLE meta.delivery_order AS
        WITH placed AS (
            SELECT d.load_no, d.site, d.export, coalesce(m.mode, 'delta') AS mode,
                   row_number() OVER (PARTITION BY d.site, d.export ORDER BY d.file_name, d.load_no) AS position,
                   position = count(*) OVER (PARTITION BY d.site, d.export) AS is_newest,
                   coalesce(d.missing_columns, []) AS missing, coalesce(d.lacking, MAP {}) AS lacking,
                   greatest(coalesce(len(d.slots), 1), 1) AS n_slots
            FROM meta.deliveries d LEFT JOIN site_modes m USING (site, export)
            WHERE d.status = 'accepted'
        ), asked AS (
            SELECT DISTINCT site, export, unnest(missing) AS name FROM placed
        ), had AS (
            SELECT site, export, name, min(position) AS position FROM asked JOIN placed USING (site, export)
            WHERE NOT list_contains(missing, name) GROUP BY site, export, name
        ), absent AS (
            SELECT p.load_no, list(h.name ORDER BY h.name) AS absent FROM placed p
            JOIN had h ON h.site = p.site AND h.export = p.export AND h.position < p.position
                      AND list_contains(p.missing, h.name)
            GROUP BY p.load_no
        )
        SELECT load_no, site, export, mode, position, is_newest, coalesce(absent, []) AS absent, lacking, n_slots,
               lag(missing) OVER (PARTITION BY site, export ORDER BY position) AS missing_before,
               CASE WHEN missing_before IS NULL THEN []
                    ELSE list_filter(missing, lambda c: NOT list_contains(missing_before, c)) END AS lost
        FROM placed LEFT JOIN absent USING (load_no)
        """
    )


def compute_versions(con: duckdb.DuckDBPyConnection, export: Export, was_counted: bool = False) -> None:
    """Write raw.<export>_versions and the view raw.<export>_current.

    `was_counted` says that raw.<export>_versions is that of the loads in counted_loads. Then only keys in it and keys
    in other loads can occur more than once, so only these are examined.
    """
    among, with_retracted = "", has_retracted(con, export)
    retracted = f" UNION SELECT key_hash FROM {RETRACTED} WHERE export = '{export.name}'" if with_retracted else ""  # noqa: S608
    if was_counted:
        among = "SEMI JOIN suspect_keys USING (key_hash)"
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE suspect_keys AS "  # noqa: S608 (identifiers from the contract)
            f"SELECT key_hash FROM raw.{export.name} WHERE row_id >> {LINE_BITS} NOT IN (FROM counted_loads) "
            f"UNION SELECT key_hash FROM raw.{export.name} SEMI JOIN raw.{export.name}_versions USING (row_id) "
            f"UNION SELECT key_hash FROM raw.{export.name}_gone"
            f"{retracted}"
        )
    inheritance.inherit(con, export)
    made = con.execute(f"CREATE OR REPLACE TEMP TABLE shared_keys AS {shared_keys(export, among)}").fetchone()
    ends_keys = with_retracted or has_gone(con, export) or _has_older_snapshots(con, export)
    if made == (0,) and not ends_keys:  # as most often: nothing to list
        _create_empty(con, export)
        return
    compared, taken = "cells", ""
    if inheritance.has_inherited(con, export):
        compared = "coalesce(taken.cells, life.cells)"
        taken = f"LEFT JOIN ({inheritance.whole_cells(export)}) taken USING (row_id)"
    con.execute(
        f"""
        CREATE OR REPLACE TABLE raw.{export.name}_versions AS
        WITH {lives(con, export, "FROM shared_keys", OLDER_SNAPSHOT)}, newest AS (
            SELECT site, max(position) AS newest_position FROM meta.delivery_order
            WHERE export = '{export.name}' GROUP BY site
        ), key_end AS (
            SELECT site, key, max(life_no) AS last_life,
                   bool_or(retracted_at IS NOT NULL OR is_last_appearance
                           AND (is_snapshot AND position < newest_position OR next_gone IS NOT NULL))
                       AS is_withdrawn,
                   bool_or(is_last_appearance AND is_conflict) AND NOT is_withdrawn AS has_open_conflict
            FROM life JOIN newest USING (site) GROUP BY site, key
        ), life_end AS (
            SELECT site, key, life_no, max(position) AS last_position, max_by(next_gone, position) AS gone_position,
                   max(retracted_at) AS retracted_at, bool_or(is_snapshot) AS is_snapshot
            FROM life GROUP BY site, key, life_no
        ), step AS (
            SELECT row_id, site, key, life_no, position, {compared} AS whole,
                   CASE WHEN lag(whole) OVER w IS NULL THEN 'new'
                        WHEN lag(whole) OVER w = whole THEN 'unchanged' ELSE 'changed' END AS outcome
            FROM life {taken}
            WHERE NOT is_conflict WINDOW w AS (PARTITION BY site, key, life_no ORDER BY position)
        ), version AS (
            SELECT s.row_id, s.outcome,
                   CASE WHEN s.outcome = 'unchanged' THEN NULL
                        WHEN row_number() OVER (PARTITION BY site, key, life_no, outcome = 'unchanged'
                                                ORDER BY position DESC) > 1 THEN 'superseded'
                        WHEN s.life_no < e.last_life OR e.is_withdrawn THEN 'withdrawn'
                        ELSE 'current' END AS state,
                   e.has_open_conflict, coalesce(l.gone_position, l.last_position + 1) AS end_position,
                   s.life_no = e.last_life AND l.retracted_at IS NOT NULL AND NOT coalesce(
                       (l.is_snapshot OR l.gone_position IS NOT NULL) AND end_position <= l.retracted_at, false
                   ) AS is_retracted
            FROM step s JOIN key_end e USING (site, key) JOIN life_end l USING (site, key, life_no)
        )
        SELECT row_id, outcome, state,
               coalesce(state = 'current' AND has_open_conflict, false) AS has_open_conflict,
               CASE WHEN state = 'withdrawn' AND NOT is_retracted THEN end_position END AS withdrawn_position
        FROM version
        UNION ALL
        SELECT d.row_id, 'conflicting',
               CASE WHEN e.has_open_conflict AND d.position = max(d.position) OVER (PARTITION BY d.site, d.key)
                    THEN 'open' ELSE 'overtaken' END, false, NULL
        FROM delivered d JOIN key_end e USING (site, key) WHERE d.is_conflict
        UNION ALL
        SELECT row_id, 'duplicate', NULL, false, NULL FROM delivered WHERE copy > 1 AND NOT is_conflict
        """  # noqa: S608 (identifiers from the contract)
    )
    create_current_view(con, export)


def list_no_versions(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Write what compute_versions writes, for an export without rows."""
    inheritance.inherit(con, export)
    _create_empty(con, export)


def _create_empty(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    con.execute(f"CREATE OR REPLACE TABLE raw.{export.name}_versions ({VERSION_COLUMNS})")
    create_current_view(con, export)


def _has_older_snapshots(con: duckdb.DuckDBPyConnection, export: Export) -> bool:
    """Return whether a snapshot of the export has been followed by another, which may have withdrawn keys."""
    found = con.execute(
        f"SELECT 1 FROM meta.delivery_order WHERE export = ? AND {OLDER_SNAPSHOT} LIMIT 1",  # noqa: S608 (own words)
        [export.name],
    )
    return found.fetchone() is not None


def create_current_view(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Create the view raw.<export>_current over raw.<export>_whole."""
    con.execute(
        f"""
        CREATE OR REPLACE VIEW raw.{export.name}_current AS
        SELECT r.*, coalesce(v.has_open_conflict, false) AS has_open_conflict
        FROM raw.{export.name}_whole r LEFT JOIN raw.{export.name}_versions v USING (row_id)
        WHERE v.row_id IS NULL OR v.state = 'current'
        """  # noqa: S608
    )


def raw_data_version(con: duckdb.DuckDBPyConnection, name: str) -> Content:
    """Return the number of rows of raw.<name>, and a hash of what determines them: deliveries, order, mode,
    answers, retractions and merges.
    """
    rows = con.execute(f"SELECT count(*) FROM raw.{name}").fetchone()  # noqa: S608 (an export's name)
    made_of = con.execute(
        "SELECT site, export, delivery, sha256, mode, position, rows_received FROM meta.loads "
        "WHERE status = 'accepted' AND export IN (?, ?) ORDER BY ALL",
        [name, ANSWERS],
    ).fetchall()
    made_of += _corrected(con, name)
    return Content(int(rows[0]) if rows else 0, hashlib.sha256(repr(made_of).encode()).hexdigest())


def _corrected(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple]:
    """Return the retractions of an export's keys, and the merged numbers."""
    found: list[tuple] = []
    if table_exists(con, "raw", "retracted"):
        keys = f"SELECT * EXCLUDE (export) FROM {RETRACTED} WHERE export = ? ORDER BY ALL"  # noqa: S608 (own name)
        found += con.execute(keys, [name]).fetchall()
    if table_exists(con, "meta", "merges_followed"):
        found += con.execute("FROM meta.merges_followed ORDER BY ALL").fetchall()
    return found


def write_loads(con: duckdb.DuckDBPyConnection) -> None:
    """Write meta.loads: one row per arrival with its reason or its counts.

    rows_received = duplicate + conflicting + unchanged + new + changed. keys_withdrawn counts the keys that a snapshot
    no longer contained.
    """
    listed = " UNION ALL ".join(
        f"SELECT row_id >> {LINE_BITS} AS load_no, outcome, '{name}' AS export, withdrawn_position "  # noqa: S608
        f"FROM raw.{name}_versions"
        for name in EXPORTS
    )
    con.execute(
        f"""
        CREATE OR REPLACE TABLE meta.loads AS
        WITH listed AS ({listed}), counted AS (
            SELECT load_no, count(*) AS listed, count(*) FILTER (outcome = 'duplicate') AS duplicate,
                   count(*) FILTER (outcome = 'conflicting') AS conflicting,
                   count(*) FILTER (outcome = 'unchanged') AS unchanged,
                   count(*) FILTER (outcome = 'new') AS new, count(*) FILTER (outcome = 'changed') AS changed
            FROM listed GROUP BY load_no
        ), withdrawn AS (
            SELECT w.load_no, count(*) AS keys_withdrawn
            FROM listed JOIN meta.delivery_order o USING (load_no)
            JOIN meta.delivery_order w
              ON w.site = o.site AND w.export = o.export AND w.position = listed.withdrawn_position
            GROUP BY w.load_no
        )
        SELECT d.load_id, d.site, d.export, d.delivery, d.file_name, d.sha256, d.extract_date, o.mode, o.position,
               d.status, d.reason, d.rows_received, coalesce(c.duplicate, 0) AS duplicate,
               coalesce(c.conflicting, 0) AS conflicting, coalesce(c.unchanged, 0) AS unchanged,
               coalesce(c.new, 0) + d.rows_received - coalesce(c.listed, 0) AS new,
               coalesce(c.changed, 0) AS changed, coalesce(w.keys_withdrawn, 0) AS keys_withdrawn,
               d.unknown_columns, d.missing_columns, coalesce(o.lost, []) AS lost_columns,
               d.arrived_at, coalesce(d.rows_erased, 0) AS rows_erased, coalesce(d.folder, d.export) AS folder,
               coalesce(d.left_out, MAP {{}}) AS left_out
        FROM meta.deliveries d LEFT JOIN meta.delivery_order o USING (load_no)
        LEFT JOIN counted c USING (load_no) LEFT JOIN withdrawn w USING (load_no)
        ORDER BY d.site, d.export, o.position, d.load_no
        """  # noqa: S608 (identifiers from the contract)
    )
