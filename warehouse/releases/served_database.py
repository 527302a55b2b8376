"""Writes the small database that `registry serve` opens for one release: views of its tables, and two lists.

Quack 1.5.5 serves the first database of its process, and behind an attached server clients see `main` best. So `main`
holds a view of every table, named <schema>_<table>; the schemas hold the same views under their own names, so that SQL
sent as a text reads as it does in `registry query`. The release itself is attached read-only under the name `registry`
and never changed.
"""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.releases.release import Release
from warehouse.releases.sandbox import LIMITS
from warehouse.releases.served_statements import create_permission
from warehouse.storage.sql_files import sql_text

RELEASED = "registry"
"""The name under which the release is attached."""
IN_RELEASE = """
    SELECT schema_name, table_name AS name, 'table' AS kind, comment FROM duckdb_tables()
    WHERE database_name = $1
    UNION ALL
    SELECT schema_name, view_name, 'view', comment FROM duckdb_views() WHERE database_name = $1 AND NOT internal
    ORDER BY ALL
"""
"""Lists a catalogue's tables and views: schema, name, kind, comment."""


def attach_release(con: duckdb.DuckDBPyConnection, release: Release) -> None:
    """Attach the release's database read-only, by its folder's own name and not through `current`."""
    con.execute(f"ATTACH {sql_text(str(release.database))} AS {RELEASED} (READ_ONLY)")


def write_served_database(path: Path, release: Release) -> None:
    """Write the database at `path`, which must not exist.

    `release` has one row: release_id, created_at (UTC), content_hash. `tables` has a row for each table and view:
    `name` to read behind an attached server, `in_release` as the release calls it, `kind` and `comment`.
    """
    con = duckdb.connect(str(path), config=LIMITS)
    try:
        attach_release(con, release)
        con.execute("CREATE TABLE release (release_id VARCHAR, created_at TIMESTAMP, content_hash VARCHAR)")
        created = datetime.fromisoformat(release.manifest["created_at"]).astimezone(UTC).replace(tzinfo=None)
        con.execute(
            "INSERT INTO release VALUES (?, ?, ?)", [release.release_id, created, release.manifest["content_hash"]]
        )
        con.execute("CREATE TABLE tables (name VARCHAR, in_release VARCHAR, kind VARCHAR, comment VARCHAR)")
        for schema, name, kind, comment in con.execute(IN_RELEASE, [RELEASED]).fetchall():
            listed = [f"{schema}_{name}", f"{schema}.{name}", kind, comment]
            con.execute("INSERT INTO tables VALUES (?, ?, ?, ?)", listed)
            con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            for view in (f'main."{schema}_{name}"', f'"{schema}"."{name}"'):
                con.execute(f'CREATE VIEW {view} AS FROM {RELEASED}."{schema}"."{name}"')
        create_permission(con)
    finally:
        con.close()
