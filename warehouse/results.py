"""quality.results: how every rule of the catalogue fared on this content.

What belongs here: counting broken rows per rule and export from quality.findings. What does not: the rules.
"""

import duckdb
import polars as pl

from schemas.exports import EXPORTS
from schemas.rules import RULES


def write_results(con: duckdb.DuckDBPyConnection) -> None:
    """quality.results: rule_id, table_name, severity, status, n_violations, n_rows, pct, sentence, Kahn category.

    n_rows are the current raw rows the rule was asked of. Gates are judged when the release is made.
    """
    rows = [
        (rule.rule_id, table, rule.severity, rule.reason("The value"), rule.kahn_category, rule.kahn_context)
        for rule in RULES.values()
        if rule.severity != "gate"
        for table in rule.tables
    ]
    names = ["rule_id", "table_name", "severity", "sentence", "kahn_category", "kahn_context"]
    con.register("catalogue", pl.DataFrame(rows, schema=names, orient="row").to_arrow())
    asked = " UNION ALL ".join(
        f"SELECT '{name}' AS table_name, (SELECT count(*) FROM raw.{name}_current)"  # noqa: S608 (own names)
        f" + (SELECT count(*) FROM raw.{name}_versions WHERE state = 'open') AS n_rows"
        for name in EXPORTS
    )
    con.execute(
        f"""
        CREATE OR REPLACE TABLE quality.results AS
        WITH asked AS ({asked}), broken AS (
            SELECT export AS table_name, rule_id, count(DISTINCT row_id) AS n_violations
            FROM quality.findings WHERE NOT (rule_id = 'KEY-01') GROUP BY ALL
            UNION ALL
            SELECT export, rule_id, count(DISTINCT (delivery, line, site)) FROM quality.quarantine
            WHERE rule_id = 'KEY-01' GROUP BY ALL
        )
        SELECT c.rule_id, c.table_name, c.severity,
               CASE WHEN a.n_rows = 0 THEN 'not applicable' WHEN coalesce(b.n_violations, 0) = 0 THEN 'passed'
                    ELSE 'failed' END AS status,
               coalesce(b.n_violations, 0)::BIGINT AS n_violations, a.n_rows::BIGINT AS n_rows,
               CASE WHEN a.n_rows > 0 THEN 100.0 * n_violations / a.n_rows END AS pct,
               c.sentence, c.kahn_category, c.kahn_context
        FROM catalogue c JOIN asked a USING (table_name) LEFT JOIN broken b USING (table_name, rule_id)
        ORDER BY c.rule_id, c.table_name
        """  # noqa: S608 (own names)
    )
    con.unregister("catalogue")
