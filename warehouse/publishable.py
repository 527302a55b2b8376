"""What stands against publishing what the build database holds, whichever run made it.

What belongs here: gates that did not pass when they were last judged, and analyses that were made from other rows. What
does not: judging. Within one run a blocking check keeps the release from being made; but the release may be made in a
run of its own, by the daemon or by a person who asked for one layer.
"""

from collections.abc import Mapping, Sequence

import duckdb

from warehouse.connection import table_exists
from warehouse.ledger import unbalanced
from warehouse.made_from import inputs_of, is_made_from


def objections(con: duckdb.DuckDBPyConnection, reads: Mapping[str, Sequence[str]]) -> list[str]:
    """Why nothing may be published, as the names of what refuses; `reads`: analysis table -> tables that it reads."""
    found = []
    if table_exists(con, "quality", "ledger") and unbalanced(con):
        found.append("quality.ledger: conservation")
    if table_exists(con, "quality", "canaries") and _any(con, "FROM quality.canaries WHERE NOT caught"):
        found.append("quality.canaries: canaries")
    broken = "FROM quality.expectations WHERE severity = 'gate' AND status IN ('failed', 'error')"
    if table_exists(con, "quality", "expectations") and _any(con, broken):
        found.append("quality.expectations: agreement")
    if table_exists(con, "meta", "made_from"):
        noted = {name for (name,) in con.execute("SELECT table_name FROM meta.made_from").fetchall()}
        found += [
            f"{table}: not made from the newest rows"
            for table, sources in reads.items()
            if table in noted and not is_made_from(con, table, inputs_of(con, sources))
        ]
    return found


def _any(con: duckdb.DuckDBPyConnection, what: str) -> bool:
    return con.execute(f"SELECT 1 {what} LIMIT 1").fetchone() is not None
