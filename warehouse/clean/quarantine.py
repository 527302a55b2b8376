"""Makes the quarantine (the open entries, with sentence and raw row) and the journal of resolved entries.

Every refresh brings quality.quarantine up to date, so an entry disappears when a later delivery corrects the row or
brings the missing parent; it then moves to quality.resolved. This journal also depends on when refreshes ran, so it is
left out of the release's content hash.
"""

import duckdb
import polars as pl

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.queries.entry_id import entry_id_sql, fingerprint_text, key_text
from warehouse.raw.aliases import DELIVERED_AS, IN_ROW
from warehouse.raw.inheritance import can_be_inherited
from warehouse.raw.row_numbers import LINE_BITS, line_of, slot_of
from warehouse.storage.connection import table_exists
from warehouse.storage.rule_table import book_of
from warehouse.storage.sql_files import sql_text

ENTRY = ("site", "export", "delivery", "line", "block", "rule_id", "column_name")
COLUMNS = (
    "row_id BIGINT, site VARCHAR, export VARCHAR, delivery VARCHAR, line BIGINT, key VARCHAR, scope VARCHAR, "
    "rule_id VARCHAR, column_name VARCHAR, reason VARCHAR, row VARCHAR, first_seen VARCHAR, load_id VARCHAR, "
    "entry_id VARCHAR, answer VARCHAR, source_column VARCHAR, block VARCHAR, is_open BOOLEAN"
)
"""Those of an entry: of quality.quarantine, and whether it is open."""
LATER_COLUMNS = ("entry_id", "answer", "source_column", "block")
"""Columns that are missing from a journal written by an earlier version."""


def write_quarantine(con: duckdb.DuckDBPyConnection) -> None:
    """Write quality.quarantine from quality.findings and the raw history.

    work.open_before gets the entries that were open before, work.overtaken those of conflicts that are
    superseded by a later delivery.
    """
    begin_entries(con)
    if exports := _with_entries(con):
        _register_reasons(con)
        con.execute(f"INSERT INTO entries BY NAME {' UNION ALL '.join(_entries(export) for export in exports)}")
        con.unregister("reasons")
    put_entries(con)


def begin_entries(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary table `entries`, empty."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE entries ({COLUMNS})")


def put_entries(con: duckdb.DuckDBPyConnection) -> None:
    """Replace quality.quarantine by the open ones of `entries`, work.overtaken by the others, and keep in
    work.open_before what was open.
    """
    had_before = table_exists(con, "quality", "quarantine")
    if had_before:
        for name in LATER_COLUMNS:
            con.execute(f"ALTER TABLE quality.quarantine ADD COLUMN IF NOT EXISTS {name} VARCHAR")
    before = "FROM quality.quarantine" if had_before else "SELECT * EXCLUDE (is_open) FROM entries LIMIT 0"
    con.execute(f"CREATE OR REPLACE TABLE work.open_before AS {before}")
    con.execute("CREATE OR REPLACE TABLE work.overtaken AS SELECT * EXCLUDE (is_open) FROM entries WHERE NOT is_open")
    con.execute(
        "CREATE OR REPLACE TABLE quality.quarantine AS SELECT * EXCLUDE (is_open) FROM entries WHERE is_open "
        "ORDER BY site, export, delivery, line, block, rule_id, column_name"
    )


def _with_entries(con: duckdb.DuckDBPyConnection) -> list[Export]:
    """Return the exports with a finding that sets aside or a conflict: most often few of them."""
    conflicts = " UNION ALL ".join(
        f"SELECT '{name}' AS export FROM raw.{name}_versions WHERE outcome = 'conflicting'"  # noqa: S608 (own names)
        for name in EXPORTS
    )
    rows = con.execute(
        f"SELECT DISTINCT export FROM (SELECT export FROM quality.findings WHERE scope IN ('row', 'value') "  # noqa: S608
        f"UNION ALL {conflicts})"
    ).fetchall()
    return [export for export in EXPORTS.values() if (export.name,) in rows]


def _register_reasons(con: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (rule.rule_id, name, rule.reason(name or ""))
        for rule in book_of(con).rules()
        for table in rule.tables
        if table in EXPORTS
        for name in (*EXPORTS[table].column_names, None)
    ]
    schema = {"rule_id": pl.String, "column_name": pl.String, "reason": pl.String}
    con.register("reasons", pl.DataFrame(rows, schema=schema, orient="row").unique().to_arrow())


def _entries(export: Export) -> str:
    """Return SQL of one export's entries: findings that set a row or value aside, and conflicting rows.

    The row is shown as delivered; of its inherited cells, only the one that the entry is about is shown. Of a merged
    number the row has both: patient_id as it is read, and the number as delivered (IN_ROW).
    """
    shown = {name: f"r.{name}" for name in export.column_names} | {
        name: f"CASE WHEN i.taken.{name} IS NULL OR f.column_name = '{name}' THEN r.{name} END"
        for name in can_be_inherited(export)
    }
    cells = ", ".join(f"{sql_text(name)}, {shown[name]}" for name in export.column_names)
    whole = (
        f"CASE WHEN r.extra IS NULL THEN json_object({cells}) "
        f"ELSE json_merge_patch(json_object({cells}), CAST(r.extra AS JSON)) END"
    )
    entry_id = entry_id_sql(export, fingerprint_text(export), "r.site", "f.rule_id", "f.column_name")
    return f"""(
        WITH f AS MATERIALIZED (
            SELECT row_id, rule_id, column_name, scope, true AS is_open FROM quality.findings
            WHERE export = '{export.name}' AND scope IN ('row', 'value')
            UNION ALL
            SELECT row_id, 'KEY-01', NULL, 'row', state = 'open' FROM raw.{export.name}_versions
            WHERE outcome = 'conflicting'
        )
        SELECT r.row_id, r.site, '{export.name}' AS export, d.delivery, {line_of("r.row_id", "d.slots")} AS line,
               {key_text(export, "r")} AS key,
               f.scope, f.rule_id, f.column_name, m.reason,
               CAST(CASE WHEN r.{DELIVERED_AS} IS NULL THEN {whole}
                    ELSE json_merge_patch({whole}, json_object('{IN_ROW}', r.{DELIVERED_AS})) END AS VARCHAR) AS row,
               d.arrived_at AS first_seen, d.load_id, {entry_id} AS entry_id,
               CASE WHEN (f.row_id, f.rule_id, coalesce(f.column_name, '')) IN (
                   SELECT (row_id, rule_id, coalesce(column_name, '')) FROM quality.answers
                   WHERE export = '{export.name}' AND answer = 'reject' AND status = 'applied'
               ) THEN 'reject' END AS answer,
               d.origins[f.column_name] AS source_column, {slot_of("r.row_id", "d.slots")} AS block, f.is_open
        FROM f
        -- so that only the cells of these rows are read
        JOIN (SELECT * FROM raw.{export.name}_whole WHERE row_id IN (SELECT row_id FROM f)) r USING (row_id)
        LEFT JOIN (SELECT t.row_id, t AS taken FROM raw.{export.name}_inherited t) i USING (row_id)
        JOIN meta.deliveries d ON d.load_no = r.row_id >> {LINE_BITS}
        LEFT JOIN reasons m ON m.rule_id = f.rule_id AND m.column_name IS NOT DISTINCT FROM f.column_name
    )"""  # noqa: S608 (identifiers from the contract)


def journal(con: duckdb.DuckDBPyConnection) -> None:
    """Add to quality.resolved the entries of work.open_before and work.overtaken that are no longer open, and remove
    those that are open again.
    """
    con.execute(
        "CREATE TABLE IF NOT EXISTS quality.resolved AS "
        "SELECT * EXCLUDE (row_id), CAST(NULL AS VARCHAR) AS resolved_load_id FROM quality.quarantine LIMIT 0"
    )
    for name in LATER_COLUMNS:
        con.execute(f"ALTER TABLE quality.resolved ADD COLUMN IF NOT EXISTS {name} VARCHAR")
    same = " AND ".join(f"a.{name} IS NOT DISTINCT FROM b.{name}" for name in ENTRY)
    newest = "(SELECT max_by(load_id, (arrived_at, load_id)) FROM meta.deliveries)"
    for source in ("work.overtaken", "work.open_before"):
        con.execute(
            f"""
            INSERT INTO quality.resolved BY NAME
            SELECT a.* EXCLUDE (row_id), {newest} AS resolved_load_id FROM {source} a
            WHERE NOT EXISTS (SELECT 1 FROM quality.quarantine b WHERE {same})
              AND NOT EXISTS (SELECT 1 FROM quality.resolved b WHERE {same})
            """  # noqa: S608 (own names)
        )
    con.execute(
        f"DELETE FROM quality.resolved a WHERE EXISTS (SELECT 1 FROM quality.quarantine b WHERE {same})"  # noqa: S608
    )
