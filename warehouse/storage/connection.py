"""Connections to the build database.

What belongs here: opening it privately, its settings, its schemas. What does not: locks (lock.py) and releases
(releases.py), which are opened read-only.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.sql_files import select_of

SCHEMAS = ("raw", "clean", "derived", "analysis", "quality", "meta")
STORAGE_VERSION = "v1.5.0"  # its text compression writes in two thirds of the time of the default, v1.0
MEMORY_LIMIT = "2500MB"  # a registry of a million patients refreshes within it; DuckDB spills beyond


@contextmanager
def private_files() -> Iterator[None]:
    """Files made inside are readable by their owner only."""
    old = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(old)


@contextmanager
def open_build(home: Home, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build database for writing; its schemas are there. Closed at the end."""
    home.create()
    with private_files():
        con = duckdb.connect(str(home.build_database), config=settings(home.scratch, memory_limit))
    try:
        os.chmod(home.build_database, PRIVATE_FILE)
        create_schemas(con)
        yield con
    finally:
        con.close()


@contextmanager
def read_build(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build database for reading, while no refresh writes it. RefreshRunning, or RegistryError where it is not
    there.
    """
    from warehouse.storage.lock import (
        refresh_lock,
    )  # the lock makes the home's folders, which asking a release must not

    with refresh_lock(home):
        if not home.build_database.exists():
            raise RegistryError("The build database is not there.", "Run `registry refresh` first.")
        con = duckdb.connect(str(home.build_database), read_only=True, config={"autoload_known_extensions": False})
        try:
            yield con
        finally:
            con.close()


def settings(scratch: Path, memory_limit: str = MEMORY_LIMIT) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB's configuration: bounded memory, nothing fetched."""
    return {
        "memory_limit": memory_limit,
        "storage_compatibility_version": STORAGE_VERSION,
        "temp_directory": str(scratch / "duckdb"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def create_schemas(con: duckdb.DuckDBPyConnection) -> None:
    """Make the schemas that are not there in the catalogue in use, and define the terms that the SQL files share."""
    for schema in SCHEMAS:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    define_terms(con)


def define_terms(con: duckdb.DuckDBPyConnection) -> None:
    """Define the macros of sql/terms.sql for this connection, whatever catalogue it uses; its cursors lack them."""
    con.execute(select_of("terms"))


def table_exists(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Whether the table or view is there, in the catalogue in use."""
    with suppress(duckdb.CatalogException):
        con.table(f'{schema}."{table}"')  # costs a tenth of a DESCRIBE, but knows no views
        return True
    try:
        con.execute(f'DESCRIBE {schema}."{table}"')
    except duckdb.CatalogException:
        return False
    return True


def catalogue(con: duckdb.DuckDBPyConnection) -> str:
    """The catalogue in use."""
    row = con.execute("SELECT current_database()").fetchone()
    return str(row[0]) if row else ""


def reader_of(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A second cursor on the same database that uses the same catalogue."""
    reader = con.cursor()
    reader.execute(f"USE {catalogue(con)}")
    return reader
