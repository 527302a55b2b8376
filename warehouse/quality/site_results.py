"""Writes quality.site_results: every rule at every site, judged by the site's own threshold where it has one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from warehouse.control.run_in import sites_in_run_in
from warehouse.control.site_terms import in_force
from warehouse.quality.result import Result
from warehouse.storage.connection import table_exists

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "rule_id": pl.String(),
    "table_name": pl.String(),
    "aspect": pl.String(),
    "site": pl.String(),
    "status": pl.String(),
    "n_violations": pl.Int64(),
    "n_rows": pl.Int64(),
    "pct": pl.Float64(),
    "threshold_pct": pl.Float64(),
    "threshold_from": pl.String(),
    "is_run_in": pl.Boolean(),
    "note": pl.String(),
}
OF_RULE, OF_SITE = "rule", "site"
IN_RUN_IN = "run-in"
"""Status in place of failed while a site is in its run-in."""


def write_site_results(con: duckdb.DuckDBPyConnection, results: Iterable[Result]) -> None:
    """Write quality.site_results from the results of sites."""
    own, in_run_in = in_force(con), sites_in_run_in(con)
    rows = []
    for result in results:
        pct = own.get((result.site, result.rule.rule_id, result.aspect))
        judged = result if pct is None else replace(result, allowed_pct=pct)
        is_run_in = result.site in in_run_in
        status = IN_RUN_IN if is_run_in and judged.status == "failed" else judged.status
        rows.append(
            (
                *(judged.rule.rule_id, judged.table, judged.aspect, judged.site, status),
                *(judged.n_violations, judged.n_rows, judged.pct, judged.threshold_pct),
                *(OF_RULE if pct is None else OF_SITE, is_run_in, judged.note),
            )
        )
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    con.register("at_sites", frame.to_arrow())
    con.execute(
        "CREATE OR REPLACE TABLE quality.site_results AS FROM at_sites ORDER BY site, rule_id, table_name, aspect"
    )
    con.unregister("at_sites")


def thresholds(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Return the thresholds of sites' own, each with its results by table: none for one that is not in force."""
    import pandas as pd

    if not (table_exists(con, "quality", "thresholds") and table_exists(con, "quality", "site_results")):
        return pd.DataFrame(columns=["site", "rule_id", "state"])
    return con.execute(
        "SELECT t.*, r.table_name, r.n_violations, r.n_rows, r.pct, r.status FROM quality.thresholds t "
        "LEFT JOIN quality.site_results r USING (site, rule_id, aspect) "
        "ORDER BY t.site, t.rule_id, t.aspect, r.table_name"
    ).df()
