"""Finds what prevents a release of what the build database holds, whichever run made it.

Within one run, a blocking check keeps the release from being made. But the release may be made in a run of its own, by
the daemon or by a person who asked for one layer; so the gates' last results are read here. A gate that did not pass
refuses the release. An analysis that is stale, because a delivery arrived between two runs, only makes it wait.
"""

from collections.abc import Iterable, Mapping

import duckdb

from warehouse.clean.ledger import unbalanced
from warehouse.expectations.suites import SUITES
from warehouse.incremental.input_hashes import inputs_of, is_made_from
from warehouse.storage.connection import table_exists

OWN_GATES = "own_gates"
"""The check of the gates among the suites of the home."""
BROKEN_GATES = (
    "SELECT DISTINCT suite FROM quality.expectations "
    "WHERE severity = 'gate' AND status IN ('failed', 'error') ORDER BY suite"
)


def failed_gates(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The gates that did not pass when they were last judged, each as "table: check"."""
    found = []
    if table_exists(con, "quality", "ledger") and unbalanced(con):
        found.append("quality.ledger: conservation")
    if table_exists(con, "quality", "canaries") and _any(con, "FROM quality.canaries WHERE NOT caught"):
        found.append("quality.canaries: canaries")
    if table_exists(con, "quality", "expectations"):
        broken = [suite for (suite,) in con.execute(BROKEN_GATES).fetchall()]
        checks = dict.fromkeys(suite if suite in SUITES else OWN_GATES for suite in broken)
        found += [f"quality.expectations: {check}" for check in checks]
    return found


def stale_tables(con: duckdb.DuckDBPyConnection, reads: Mapping[str, Iterable[str]]) -> list[str]:
    """The analysis tables whose inputs have changed since they were made; `reads` maps each to the tables it reads."""
    if not table_exists(con, "meta", "made_from"):
        return []
    noted = {name for (name,) in con.execute("SELECT table_name FROM meta.made_from").fetchall()}
    return [
        table
        for table, sources in reads.items()
        if table in noted and not is_made_from(con, table, inputs_of(con, sources))
    ]


def _any(con: duckdb.DuckDBPyConnection, what: str) -> bool:
    return con.execute(f"SELECT 1 {what} LIMIT 1").fetchone() is not None
