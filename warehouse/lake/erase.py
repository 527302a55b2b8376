"""Erases from a lake what its home's releases no longer hold: everything is written anew, and nothing old is left.

Snapshots share files, and bounds of columns lie in the catalogue, so a patient cannot be taken out of one release.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import duckdb

from warehouse.lake.address import DUCKDB, POSTGRES, SQLITE, Address
from warehouse.lake.books import releases_in
from warehouse.lake.connection import METADATA
from warehouse.lake.maintain import clean_up, expire_others
from warehouse.lake.state import lake_of, write_anew
from warehouse.storage.connection import private_files
from warehouse.storage.durable_files import durable_rename, fsync
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.sql_files import sql_text


def erase_from_lake(home: Home, address: Address, say: Callable[[str], None] = lambda _: None) -> int:
    """Write all of the home's releases into the lake in place of what it holds; return how many. Can be repeated.

    Files are deleted at once: a reader who is still reading an old release fails. What an object store keeps of deleted
    objects, and the backups of a PostgreSQL server, are their administrators' responsibility.
    """
    with lake_of(home, address) as con:
        write_anew(home, con, say)
        releases = releases_in(con)
        expire_others(con, {release.snapshot for release in releases})
        clean_up(con, timedelta(0))
        if address.kind == POSTGRES:
            _rewrite_tables(con)
    if address.kind == SQLITE:
        with closing(sqlite3.connect(address.place)) as catalogue:
            catalogue.execute("VACUUM")
    elif address.kind == DUCKDB:
        _rewrite_file(Path(address.place))
    return len(releases)


def _rewrite_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Have PostgreSQL write the catalogue's tables again, so that no deleted row remains in them."""
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? AND table_name LIKE 'ducklake_%'",
        [METADATA],
    ).fetchall()
    for schema, table in tables:
        statement = sql_text(f'VACUUM FULL "{schema}"."{table}"')
        con.execute(f"CALL postgres_execute('{METADATA}', {statement}, use_transaction => false)")


def _rewrite_file(path: Path) -> None:
    """Copy the catalogue into a new file, which has no free blocks with old rows, and put it in the old one's place."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with private_files(), closing(duckdb.connect()) as con:
        con.execute(f"ATTACH {sql_text(str(path))} AS old; ATTACH {sql_text(str(new))} AS new")
        con.execute("COPY FROM DATABASE old TO new; DETACH new; DETACH old")
    shutil.copymode(path, new) if path.exists() else os.chmod(new, PRIVATE_FILE)
    fsync(new)
    durable_rename(new, path)
