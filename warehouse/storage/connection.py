"""Opens connections to the build database, with its settings, schemas and private file modes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.pseudonym_key import set_variables, use_key
from warehouse.storage.sql_files import select_of

SCHEMAS = ("raw", "clean", "derived", "analysis", "quality", "meta")
STORAGE_VERSION = "v1.5.0"  # with its text compression, writing takes two thirds of the time of the default, v1.0
MEMORY_LIMIT = "2500MB"  # a registry of a million patients refreshes within it; DuckDB spills beyond
MEMORY_BESIDE_FRAMES = "800MB"
"""DuckDB's limit while pandas holds frames beside it. The analyses of a million patients take as long as with all of
MEMORY_LIMIT, and the process needs 1,100 MB less."""
RESULT_BUFFER = "1TB"
"""How much of a result DuckDB makes before any of it is read: all. Otherwise a refresh of a million patients at times
never ended with DuckDB 1.5.5."""


@contextmanager
def private_files() -> Iterator[None]:
    """Make files created inside the block readable by their owner only."""
    old = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(old)


@contextmanager
def open_build(home: Home, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build database, with all its schemas, for writing; it is closed after the block."""
    home.create()
    use_key(home)
    with private_files():
        con = duckdb.connect(str(home.build_database), config=settings(home.scratch, memory_limit))
    try:
        os.chmod(home.build_database, PRIVATE_FILE)
        con.execute("SET enable_progress_bar = false")  # in some processes DuckDB writes one to stdout after 2 s
        make_results_whole(con)
        create_schemas(con)
        yield con
    finally:
        con.close()


@contextmanager
def read_build(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build database for reading while no refresh writes to it.

    Raises RefreshRunning if one does, and RegistryError if there is no build database.
    """
    from warehouse.storage.lock import (
        refresh_lock,
    )  # the lock creates the home's folders, which querying a release must not do

    with refresh_lock(home):
        if not home.build_database.exists():
            raise RegistryError("There is no build database.", "Run `registry refresh` first.")
        con = duckdb.connect(str(home.build_database), read_only=True, config={"autoload_known_extensions": False})
        try:
            make_results_whole(con)
            yield con
        finally:
            con.close()


def make_results_whole(con: duckdb.DuckDBPyConnection) -> None:
    """Have DuckDB make each result of this connection, or cursor, without waiting for its rows to be fetched."""
    with suppress(duckdb.InvalidInputException):  # a release's sandbox lets nobody change a setting
        con.execute(f"SET streaming_buffer_size = '{RESULT_BUFFER}'")


def settings(scratch: Path, memory_limit: str = MEMORY_LIMIT) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's configuration: limited memory, and no extensions installed or loaded automatically."""
    return {
        "memory_limit": memory_limit,
        "storage_compatibility_version": STORAGE_VERSION,
        "temp_directory": str(scratch / "duckdb"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def create_schemas(con: duckdb.DuckDBPyConnection) -> None:
    """Create the missing schemas in the current catalogue, and define the terms that the SQL files share."""
    for schema in SCHEMAS:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    define_terms(con)


def define_terms(con: duckdb.DuckDBPyConnection) -> None:
    """Define the macros of sql/terms.sql for this connection, whatever catalogue it uses; its cursors lack them."""
    con.execute(select_of("terms"))
    set_variables(con)


def table_exists(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Return whether the table or view exists in the current catalogue."""
    with suppress(duckdb.CatalogException):
        con.table(f'{schema}."{table}"')  # costs a tenth of a DESCRIBE, but knows no views
        return True
    try:
        con.execute(f'DESCRIBE {schema}."{table}"')
    except duckdb.CatalogException:
        return False
    return True


def view_statements(con: duckdb.DuckDBPyConnection, database: str | None = None) -> dict[str, str]:
    """Return schema.view -> the statement that creates it, for each view of a catalogue, by default the current one."""
    rows = con.execute(
        "SELECT schema_name || '.' || view_name, sql FROM duckdb_views() "
        "WHERE NOT internal AND database_name = coalesce(?, current_database()) ORDER BY ALL",
        [database],
    ).fetchall()
    return dict(rows)


def create_view(con: duckdb.DuckDBPyConnection, database: str, statement: str) -> None:
    """Run the statement that creates a view in another catalogue, whose tables the view then reads."""
    here = catalogue(con)
    con.execute(f'USE "{database}"')
    try:
        con.execute(statement)
    finally:
        con.execute(f'USE "{here}"')


def catalogue(con: duckdb.DuckDBPyConnection) -> str:
    """Return the name of the current catalogue."""
    row = con.execute("SELECT current_database()").fetchone()
    return str(row[0]) if row else ""


@contextmanager
def one_thread(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run the statements of the block, on all cursors of the database, each in the thread that asks for it.

    For work that one thread does anyway, such as numbering lines or inserting batches: DuckDB's others would wait for
    it, and use a processor while waiting.
    """
    before = con.execute("SELECT current_setting('threads')").fetchone()
    assert before is not None
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        with suppress(duckdb.FatalException):  # the database that this error closed keeps no settings
            con.execute(f"SET threads = {before[0]}")


def reader_of(con: duckdb.DuckDBPyConnection, *, in_batches: bool = False) -> duckdb.DuckDBPyConnection:
    """Return a second cursor on the same database, with the same current catalogue.

    With `in_batches`, DuckDB holds little more of a result than the batch that is read: only within `one_thread`.
    """
    reader = con.cursor()
    reader.execute(f"USE {catalogue(con)}")
    if not in_batches:
        make_results_whole(reader)
    return reader
