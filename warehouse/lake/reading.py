"""Opens a release of a lake for reading: its tables under the names that its file has, and nothing else.

The sandbox is that of a release's file, and in addition the lake's files can be read. Who may read the catalogue can
read all of it, whatever this connection allows: readers get a role of PostgreSQL and rights on the files of their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from warehouse.lake.address import Address
from warehouse.lake.books import BOOKS, InLake, check_format, find_in, releases_in, view_statements_in
from warehouse.lake.connection import LAKE, attach, connected, metadata
from warehouse.lake.words import in_words
from warehouse.releases.comments import write_comments
from warehouse.releases.release_tables import READABLE_BY
from warehouse.releases.sandbox import close_sandbox, temporary_folder, while_attaching
from warehouse.storage.connection import create_view
from warehouse.storage.sql_files import sql_text

READ_ONLY = ("READ_ONLY", "CREATE_IF_NOT_EXISTS false")
OUT = "portable"


def list_in_lake(address: Address) -> list[InLake]:
    """Return the lake's releases, oldest first."""
    with temporary_folder() as folder, connected(address, while_attaching(folder)) as con:
        return _listed(con, address)


@contextmanager
def open_in_lake(address: Address, release_id: str | None = None) -> Iterator[tuple[duckdb.DuckDBPyConnection, InLake]]:
    """Open the release with that id, its start, or the newest: a sandboxed connection whose catalogue it is."""
    with temporary_folder() as folder, _at_release(address, folder, release_id) as (con, release):
        with in_words(address):
            con.execute(f"SET allowed_directories = [{sql_text(metadata(con, 'data_path'))}]")
            close_sandbox(con)
        yield con, release


@contextmanager
def _at_release(
    address: Address, folder: Path, release_id: str | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, InLake]]:
    with connected(address, while_attaching(folder)) as con:
        release = find_in(_listed(con, address), release_id)
        at_snapshot(con, address, release.snapshot)
        yield con, release


def _listed(con: duckdb.DuckDBPyConnection, address: Address) -> list[InLake]:
    with in_words(address):
        attach(con, address, *READ_ONLY)
        check_format(con, address)
        return releases_in(con)


def at_snapshot(con: duckdb.DuckDBPyConnection, address: Address, snapshot: int) -> None:
    """Attach the lake again as it was at the snapshot, and make it the current catalogue."""
    with in_words(address):
        con.execute("USE memory")
        con.execute(f"DETACH {LAKE}")
        attach(con, address, *READ_ONLY, f"SNAPSHOT_VERSION {snapshot}")
        con.execute(f"USE {LAKE}")


def write_portable(address: Address, release_id: str | None, path: Path) -> InLake:
    """Write the release's tables and views into a new registry.duckdb at `path`, and return the release."""
    with temporary_folder() as folder, _at_release(address, folder, release_id) as (con, release), in_words(address):
        try:
            copy_from_lake(con, path)
        except BaseException:
            with suppress(duckdb.Error):
                con.execute(f"DETACH {OUT}")
            path.unlink(missing_ok=True)
            raise
        return release


def copy_from_lake(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the tables and views of the current catalogue, the lake at a release, into a new database at `path`."""
    con.execute(f"ATTACH {sql_text(str(path))} AS {OUT} (STORAGE_VERSION '{READABLE_BY}')")
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name <> ? ORDER BY ALL",
        [LAKE, BOOKS],
    ).fetchall()
    views = view_statements_in(con)
    for schema in sorted({schema for schema, _ in tables} | {name.split(".")[0] for name in views}):
        con.execute(f"CREATE SCHEMA {OUT}.{schema}")
    for schema, name in tables:
        con.execute(f"CREATE TABLE {OUT}.{schema}.{name} AS FROM {LAKE}.{schema}.{name}")
    for statement in views.values():
        create_view(con, OUT, statement)
    write_comments(con, OUT)
    con.execute(f"CHECKPOINT {OUT}; DETACH {OUT}")
