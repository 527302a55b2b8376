"""Builds quality.changes: which entries are new, still open or resolved since the previous release.

The table depends on two releases, not on one content, so the content hash leaves it out. Two entries are the same if
site, export, key, rule and column agree, whichever delivery the row is now in.
"""

import duckdb

from warehouse.releases.release import current_release
from warehouse.storage.for_readers import stand_in
from warehouse.storage.home import Home
from warehouse.storage.sql_files import sql_text

IDENTITY = "site, export, key, rule_id, column_name"


def write_changes(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Write quality.changes: each entry and its change (new, still_open, resolved). Without a release, all are new."""
    release = current_release(home)
    entries = "SELECT site, export, delivery, line, key, scope, rule_id, column_name, reason FROM {}"
    here = stand_in(con, "quality.quarantine")
    if release is None:
        now = entries.format(here)
        con.execute(f"CREATE OR REPLACE TABLE quality.changes AS SELECT 'new' AS change, * FROM ({now})")  # noqa: S608
        return
    con.execute(f"ATTACH {sql_text(str(release.database))} AS before_now (READ_ONLY)")
    try:
        same = " AND ".join(f"a.{c} IS NOT DISTINCT FROM b.{c}" for c in IDENTITY.split(", "))
        con.execute(
            f"""
            CREATE OR REPLACE TABLE quality.changes AS
            WITH now AS ({entries.format(here)}), earlier AS ({entries.format("before_now.quality.quarantine")})
            SELECT CASE WHEN EXISTS (SELECT 1 FROM earlier b WHERE {same}) THEN 'still_open' ELSE 'new' END AS change,
                   a.*
            FROM now a
            UNION ALL
            SELECT 'resolved', a.* FROM earlier a WHERE NOT EXISTS (SELECT 1 FROM now b WHERE {same})
            ORDER BY ALL
            """  # noqa: S608 (own names)
        )
    finally:
        con.execute("DETACH before_now")
