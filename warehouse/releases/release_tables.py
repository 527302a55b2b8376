"""Writes a release's registry.duckdb: all tables from the build, or the previous file with changed rows replaced.

A view of the build is a view in the release, in its form for clients. Copying the previous file and replacing a few
rows costs a fraction of writing all tables, and on a file system with reflinks it takes up little space. Replaced rows
remain in the file's free blocks, so an erasure never does this, and a release in which somebody is no longer found is
not made in this way: an erasure would not look for them in it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.incremental.change_log import DUE
from warehouse.incremental.patient_subset import due_rows, where_site_in
from warehouse.incremental.sites_due import as_of, sites_due
from warehouse.releases.cohort_views import create_views
from warehouse.releases.comments import write_comments
from warehouse.storage import content_hashes
from warehouse.storage.connection import create_view, table_exists, view_statements
from warehouse.storage.durable_files import copy_sharing_blocks
from warehouse.storage.sql_files import for_clients, sql_text

if TYPE_CHECKING:
    from warehouse.storage.table_catalogue import PublishedTable

READABLE_BY = "v1.0.0"
"""Every DuckDB client since this version can open a release."""
NOT_RELEASED = ("row_id",)
RELEASE = "release"
PATCHED_FROM_BYTES = 1 << 24
COLUMNS = f"COLUMNS(c -> c NOT IN {NOT_RELEASED + ('',)})"


def copy_tables(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write every published table of the build into a new database at `path`."""
    con.execute(f"ATTACH {sql_text(str(path))} AS {RELEASE} (STORAGE_VERSION '{READABLE_BY}')")
    try:
        for schema in sorted({table.schema for table in _there(con)}):
            con.execute(f"CREATE SCHEMA {RELEASE}.{schema}")
        views = view_statements(con)
        for table in _there(con):
            if table.full_name in views:
                create_view(con, RELEASE, for_clients(views[table.full_name]))
            else:
                _copy(con, table)
        _finish(con)
    finally:
        con.execute(f"DETACH {RELEASE}")


def is_worth_patching(previous: Path) -> bool:
    """Whether the file is so large that copying it costs less than writing all tables, and that the replaced rows,
    whose space stays in the file unused, are few by comparison.
    """
    return previous.stat().st_size >= PATCHED_FROM_BYTES


def takes_back(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the previous release may show what this one does not, so that it would remain in a patched file's free
    blocks: a cell in which rule PHI-01 has found a person's identity, or a patient who is due and in no table any more.
    """
    if not table_exists(con, "quality", "changes"):
        return True
    named = "SELECT 1 FROM quality.changes WHERE change = 'new' AND rule_id = 'PHI-01'"
    return any(con.execute(f"{found} LIMIT 1").fetchone() for found in (named, _who_left(con)))


def _who_left(con: duckdb.DuckDBPyConnection) -> str:
    """Return a SELECT of the patients who are due and neither accepted nor, with an open entry, set aside."""
    from warehouse.storage.for_readers import stand_in  # imports the contracts, which readers of releases do not need

    entries = stand_in(con, "quality.quarantine")
    return (
        f"SELECT site, patient_id FROM {DUE} ANTI JOIN clean.patients USING (site, patient_id) ANTI JOIN "  # noqa: S608
        f"(SELECT site, json_extract_string(\"row\", '$.patient_id') AS patient_id FROM {entries}) "
        "USING (site, patient_id) WHERE patient_id <> ''"
    )


def patch_tables(con: duckdb.DuckDBPyConnection, path: Path, previous: Path) -> None:
    """Write the database at `path` as a copy of `previous`, a release made by the same code, and bring it up to date.

    In tables kept patient by patient, the rows of the patients who are due are replaced; in tables kept site by site,
    the rows of the sites that are due. A table whose number of rows then differs from the build's, and every other
    table, is copied completely; these others are dropped first, so that their copies take up the same space. Views
    stay as they are.
    """
    copy_sharing_blocks(previous, path)
    con.execute(f"ATTACH {sql_text(str(path))} AS {RELEASE}")
    try:
        views = view_statements(con)
        for table in _there(con):
            if not (table.is_by_patient or table.is_by_site or table.full_name in views):
                con.execute(f"DROP TABLE IF EXISTS {RELEASE}.{table.full_name}")
        con.execute(f"CHECKPOINT {RELEASE}")
        for table in _there(con):
            if table.full_name not in views and not _is_replaced(con, table):
                _copy(con, table)
        _finish(con)
    finally:
        con.execute(f"DETACH {RELEASE}")


def _finish(con: duckdb.DuckDBPyConnection) -> None:
    """Add the views on the release's tables and the comments, and write everything to the file."""
    create_views(con, RELEASE)
    write_comments(con, RELEASE)
    con.execute(f"CHECKPOINT {RELEASE}")


def _there(con: duckdb.DuckDBPyConnection) -> list["PublishedTable"]:
    # imported late: it imports the contracts, which readers of releases do not need
    from warehouse.storage.table_catalogue import PUBLISHED

    return [table for table in PUBLISHED if table_exists(con, table.schema, table.name)]


def _copy(con: duckdb.DuckDBPyConnection, table: "PublishedTable") -> None:
    from warehouse.storage.for_readers import stand_in  # imports the contracts, which readers of releases do not need

    source = stand_in(con, table.full_name)
    con.execute(f"CREATE OR REPLACE TABLE {RELEASE}.{table.full_name} AS SELECT {COLUMNS} FROM {source}")  # noqa: S608


def _is_replaced(con: duckdb.DuckDBPyConnection, table: "PublishedTable") -> bool:
    """Replace the rows that are due, if the table is kept that way; return whether it now has as many rows as the
    build's.
    """
    name = table.full_name
    if table.is_by_patient:
        con.execute(
            f"DELETE FROM {RELEASE}.{name} t USING {DUE} d WHERE d.site = t.site AND d.patient_id = t.patient_id"  # noqa: S608
        )
        con.execute(f"INSERT INTO {RELEASE}.{name} SELECT {COLUMNS} FROM (SELECT t.* FROM {due_rows(name)})")  # noqa: S608
    elif not table.is_by_site:
        return False
    elif sites := sites_due(con, as_of(name), as_of(name, f"{RELEASE}.")):
        of = where_site_in(sites)
        con.execute(f"DELETE FROM {RELEASE}.{name} WHERE {of}")  # noqa: S608
        con.execute(f"INSERT INTO {RELEASE}.{name} SELECT {COLUMNS} FROM {name} WHERE {of}")  # noqa: S608
    row = con.execute(f"SELECT count(*) FROM {RELEASE}.{name}").fetchone()  # noqa: S608
    return row is not None and row[0] == content_hashes.content_of(con, name).rows
