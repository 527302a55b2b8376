"""Keeps what the sites' site.toml say about thresholds and run-in periods: quality.thresholds and quality.run_in."""

import duckdb
import polars as pl

from schemas.rule_book import DATASET_PHASE
from schemas.rules import RULES
from schemas.thresholds import RUN_IN_QUARTERS
from warehouse.intake.site_config import SiteConfig
from warehouse.storage.connection import table_exists
from warehouse.storage.rule_table import book_of

ACTIVE, EXPIRED, UNUSED = "active", "expired", "unused"
NEWEST = """
    SELECT site, max(extract_date) AS newest_extract_date FROM meta.loads
    WHERE status = 'accepted' AND export <> 'answers' GROUP BY site
"""
THRESHOLDS = {
    "site": pl.String(),
    "rule_id": pl.String(),
    "aspect": pl.String(),
    "threshold_pct": pl.Float64(),
    "reason": pl.String(),
    "set_by": pl.String(),
    "until": pl.Date(),
}
RUN_IN = {"site": pl.String(), "run_in_quarters": pl.Int32()}


def write_terms(con: duckdb.DuckDBPyConnection, configs: dict[str, SiteConfig]) -> None:
    """Write both tables from the configurations in force.

    A threshold is expired if its last day is before the site's newest extract date, and unused if no rule in force
    judges a site by that name; an own rule about a whole table does not. quality.run_in has a row for each site with
    an accepted delivery.
    """
    thresholds = [
        (site, one.rule_id, one.aspect, one.max_pct, one.reason, one.by, one.until)
        for site, config in configs.items()
        for one in config.thresholds
    ]
    said = [(site, one.run_in_quarters) for site, one in configs.items() if one.run_in_quarters is not None]
    con.register("thresholds_said", pl.DataFrame(thresholds, schema=THRESHOLDS, orient="row").to_arrow())
    con.register("run_in_said", pl.DataFrame(said, schema=RUN_IN, orient="row").to_arrow())
    known = [*RULES, *(own.rule_id for own in book_of(con).own if own.rule.phase != DATASET_PHASE)]
    con.execute(
        f"""
        CREATE OR REPLACE TABLE quality.thresholds AS
        SELECT t.*, CASE WHEN NOT list_contains(?, t.rule_id) THEN '{UNUSED}'
                         WHEN t.until < n.newest_extract_date THEN '{EXPIRED}' ELSE '{ACTIVE}' END AS state
        FROM thresholds_said t LEFT JOIN ({NEWEST}) n USING (site)
        ORDER BY t.site, t.rule_id, t.aspect
        """,  # noqa: S608 (own text)
        [known],
    )
    con.execute(
        f"""
        CREATE OR REPLACE TABLE quality.run_in AS
        SELECT n.site, n.newest_extract_date, coalesce(s.run_in_quarters, {RUN_IN_QUARTERS}) AS run_in_quarters
        FROM ({NEWEST}) n LEFT JOIN run_in_said s USING (site) ORDER BY n.site
        """  # noqa: S608 (own text)
    )
    con.unregister("thresholds_said")
    con.unregister("run_in_said")


def in_force(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], float]:
    """Return the thresholds in force, in percent, by site, rule and aspect."""
    if not table_exists(con, "quality", "thresholds"):
        return {}
    rows = con.execute(
        f"SELECT site, rule_id, aspect, threshold_pct FROM quality.thresholds WHERE state = '{ACTIVE}'"  # noqa: S608
    ).fetchall()
    return {(site, rule_id, aspect): pct for site, rule_id, aspect, pct in rows}
