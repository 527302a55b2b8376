"""Makes the ledger, which accounts for every row received, and checks its sums, a gate of every refresh.

In meta.loads, rows received = duplicate + conflicting + unchanged + new + changed. The ledger follows the new and
changed rows further, with one row per accepted delivery.
"""

import duckdb

from schemas.exports import EXPORTS
from warehouse.raw.filled_exports import with_rows
from warehouse.raw.row_numbers import LINE_BITS, line_of, slot_of

COUNTS = (
    "current_rows",
    "superseded",
    "withdrawn",
    "in_clean",
    "in_quarantine",
    "in_both",
    "conflicting_in_quarantine",
)


def write_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """Write quality.ledger. Each accepted delivery has the counts of meta.loads, then current, superseded, withdrawn,
    in_clean, in_quarantine, in_both, conflicting_in_quarantine, and is_balanced.
    """
    held = [export.name for export in with_rows(con)] or list(EXPORTS)[:1]
    parts = " UNION ALL ".join(_counts(name) for name in held)  # a sheet of answers has rows in several exports
    sums = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE quality.ledger AS
        WITH counts AS (SELECT load_no, {sums} FROM ({parts}) GROUP BY load_no)
        SELECT l.site, l.export, l.delivery, l.load_id, l.rows_received, l.duplicate, l.conflicting, l.unchanged,
               l.new, l.changed,
               (l.new + l.changed - coalesce(c.superseded, 0) - coalesce(c.withdrawn, 0))::BIGINT AS current,
               coalesce(c.superseded, 0)::BIGINT AS superseded, coalesce(c.withdrawn, 0)::BIGINT AS withdrawn,
               coalesce(c.in_clean, 0)::BIGINT AS in_clean,
               coalesce(c.in_quarantine, 0)::BIGINT AS in_quarantine,
               coalesce(c.in_both, 0)::BIGINT AS in_both,
               coalesce(c.conflicting_in_quarantine, 0)::BIGINT AS conflicting_in_quarantine,
               l.rows_received = l.duplicate + l.conflicting + l.unchanged + l.new + l.changed
                   AND coalesce(c.current_rows, 0) = current
                   AND coalesce(c.in_clean, 0) + coalesce(c.in_quarantine, 0) = current
                   AND coalesce(c.in_both, 0) = 0
                   AND coalesce(c.conflicting_in_quarantine, 0) = l.conflicting AS is_balanced
        FROM meta.loads l
        LEFT JOIN (SELECT load_id, load_no FROM meta.deliveries) d USING (load_id)
        LEFT JOIN counts c USING (load_no)
        WHERE l.status = 'accepted'
        ORDER BY l.site, l.export, l.position
        """  # noqa: S608 (own names)
    )


def _counts(name: str) -> str:
    """Return SQL of one export's counts per load. Quarantine may hold several entries of a row, which counts once.

    Of resolved contradictions those count whose rows contradict each other still; a merge that was undone ends one.
    """
    return f"""
        SELECT load_no, sum(current_rows) AS current_rows, sum(superseded) AS superseded,
               sum(withdrawn) AS withdrawn, sum(in_clean) AS in_clean, sum(in_quarantine) AS in_quarantine,
               sum(in_both) AS in_both, sum(conflicting_in_quarantine) AS conflicting_in_quarantine
        FROM (
            SELECT row_id >> {LINE_BITS} AS load_no, count(*) AS current_rows, 0 AS superseded, 0 AS withdrawn,
                   0 AS in_clean, 0 AS in_quarantine, 0 AS in_both, 0 AS conflicting_in_quarantine
            FROM raw.{name}_current GROUP BY 1
            UNION ALL
            SELECT row_id >> {LINE_BITS}, 0, count(*) FILTER (state = 'superseded'),
                   count(*) FILTER (state = 'withdrawn'), 0, 0, 0, 0
            FROM raw.{name}_versions GROUP BY 1
            UNION ALL
            SELECT row_id >> {LINE_BITS}, 0, 0, 0, count(*), 0, 0, 0
            FROM clean.{name} WHERE row_id IS NOT NULL GROUP BY 1
            UNION ALL
            SELECT row_id >> {LINE_BITS}, 0, 0, 0, 0, count(DISTINCT row_id), 0, 0
            FROM quality.findings WHERE export = '{name}' AND scope = 'row' GROUP BY 1
            UNION ALL
            SELECT row_id >> {LINE_BITS}, 0, 0, 0, 0, 0, count(DISTINCT row_id), 0
            FROM clean.{name} SEMI JOIN (SELECT row_id FROM quality.findings
                                         WHERE export = '{name}' AND scope = 'row') USING (row_id) GROUP BY 1
            UNION ALL
            SELECT d.load_no, 0, 0, 0, 0, 0, 0, count(DISTINCT (q.line, q.block))
            FROM (SELECT site, export, delivery, line, block FROM quality.quarantine WHERE rule_id = 'KEY-01'
                  UNION SELECT site, export, delivery, line, block FROM quality.resolved
                  WHERE rule_id = 'KEY-01' AND (site, delivery, line, coalesce(block, '')) IN (
                      SELECT (c.site, c.delivery, {line_of("v.row_id", "c.slots")},
                              coalesce({slot_of("v.row_id", "c.slots")}, ''))
                      FROM raw.{name}_versions v JOIN meta.deliveries c ON c.load_no = v.row_id >> {LINE_BITS}
                      WHERE v.outcome = 'conflicting'
                  )) q
            JOIN meta.deliveries d USING (site, export, delivery)
            WHERE q.export = '{name}' GROUP BY 1
        ) GROUP BY load_no
    """  # noqa: S608 (own names)


def unaccounted(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the accepted deliveries of exports that quality.ledger lacks because it was made before they arrived."""
    rows = con.execute(
        f"SELECT site || '/' || export || '/' || delivery FROM meta.loads ANTI JOIN quality.ledger USING (load_id) "  # noqa: S608
        f"WHERE status = 'accepted' AND export IN {tuple(EXPORTS)} ORDER BY ALL"
    ).fetchall()
    return [name for (name,) in rows]


def unbalanced(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the deliveries whose sums do not agree, as site/export/delivery."""
    rows = con.execute(
        "SELECT site || '/' || export || '/' || delivery FROM quality.ledger WHERE NOT is_balanced ORDER BY ALL"
    ).fetchall()
    return [name for (name,) in rows]
