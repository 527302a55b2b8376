"""Builds quality.scorecard and reads the trend of the rule results over the latest releases.

The trend covers several releases, so it is read when it is shown and is not stored as a table of a release.
"""

from typing import TYPE_CHECKING, NamedTuple

import duckdb

from warehouse.derived.completeness import build_completeness
from warehouse.releases.release import Release, list_releases
from warehouse.storage.connection import table_exists
from warehouse.storage.hashing import columns_of
from warehouse.storage.home import Home
from warehouse.storage.sql_files import sql_text

if TYPE_CHECKING:
    import pandas as pd

MAX_RELEASES = 12
"""Number of releases in the trend, including this build."""
THIS_BUILD = "this one"


class Fared(NamedTuple):
    """Results of the rules of one Kahn category in one release; `n_rows` counts the rows of the tables they check."""

    release_id: str
    kahn_category: str
    n_rules: int
    n_failed: int
    n_violations: int
    n_rows: int
    per_1000: float | None


def write_scorecard(con: duckdb.DuckDBPyConnection) -> int:
    """Write quality.scorecard and return its number of rows."""
    return build_completeness(con, "scorecard")


def trend(con: duckdb.DuckDBPyConnection, home: Home, release_id: str = THIS_BUILD) -> "pd.DataFrame":
    """Return one row per release and Kahn category: oldest release first, this build last under `release_id`.

    A release that cannot be read, or has no results, is left out: the trend is only shown, nothing depends on it.
    """
    import pandas as pd

    rows: list[Fared] = []
    earlier = [r for r in list_releases(home) if release_id == THIS_BUILD or _time(r.release_id) < _time(release_id)]
    for release in reversed(earlier[: MAX_RELEASES - 1]):
        rows += _of_release(con, release)
    rows += _fared(con, release_id, "")
    return pd.DataFrame(rows, columns=list(Fared._fields))


def _time(release_id: str) -> str:
    return release_id.split("-")[0]


def _of_release(con: duckdb.DuckDBPyConnection, release: Release) -> list[Fared]:
    try:
        con.execute(f"ATTACH {sql_text(str(release.database))} AS earlier (READ_ONLY)")
    except duckdb.Error:
        return []
    try:
        return _fared(con, release.release_id, "earlier.")
    except duckdb.Error:
        return []
    finally:
        con.execute("DETACH earlier")


def _fared(con: duckdb.DuckDBPyConnection, release_id: str, catalogue: str) -> list[Fared]:
    described = con.execute(f"SELECT * FROM {catalogue}quality.results LIMIT 0").description or []  # noqa: S608
    names = {column[0] for column in described}
    is_counted = "level <> 'dataset'" if "level" in names else "true"  # releases of 0.1.0 have row rules only
    is_content = "aspect NOT LIKE 'drift%'" if "aspect" in names else "true"
    found = con.execute(
        f"""
        WITH asked AS (
            SELECT kahn_category, table_name, rule_id, status IN ('failed', 'error') AS is_failed,
                   CASE WHEN {is_counted} THEN n_violations END AS n_violations,
                   max(CASE WHEN {is_counted} THEN n_rows END) OVER (PARTITION BY table_name) AS n_rows
            FROM {catalogue}quality.results WHERE status <> 'not applicable' AND {is_content}
        ), by_table AS (
            SELECT kahn_category, table_name, count(DISTINCT rule_id) AS n_rules,
                   count(DISTINCT rule_id) FILTER (is_failed) AS n_failed,
                   coalesce(sum(n_violations), 0) AS n_violations, coalesce(any_value(n_rows), 0) AS n_rows
            FROM asked GROUP BY ALL
        )
        SELECT kahn_category, sum(n_rules)::BIGINT, sum(n_failed)::BIGINT, sum(n_violations)::BIGINT,
               sum(n_rows)::BIGINT, 1000 * sum(n_violations) / nullif(sum(n_rows), 0)
        FROM by_table GROUP BY kahn_category ORDER BY kahn_category
        """  # noqa: S608 (own names)
    ).fetchall()
    return [Fared(release_id, *row) for row in found]


def changes_by_rule(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Count new, still_open and resolved entries since the previous release, by rule_id and site."""
    return con.execute(
        "SELECT rule_id, site, count(*) FILTER (change = 'new') AS new, "
        "count(*) FILTER (change = 'still_open') AS still_open, count(*) FILTER (change = 'resolved') AS resolved "
        "FROM quality.changes GROUP BY ALL ORDER BY rule_id, site"
    ).df()


def exceptions_by_rule(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Count accepted exceptions: rule_id, site, state, n, first_until; empty if there are none.

    Keys and reasons stay in quality.exceptions: a reason is free text.
    """
    import pandas as pd

    columns = ["rule_id", "site", "state", "n", "first_until"]
    if not table_exists(con, "quality", "exceptions"):
        return pd.DataFrame(columns=columns)
    if not {"rule_id", "site", "state", "until"} <= {name for name, _ in columns_of(con, "quality", "exceptions")}:
        return pd.DataFrame(columns=columns)
    return con.execute(
        "SELECT rule_id, site, state, count(*) AS n, CAST(min(until) AS VARCHAR) AS first_until "
        "FROM quality.exceptions GROUP BY ALL ORDER BY state, rule_id, site"
    ).df()
