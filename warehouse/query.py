"""Asking a release: a read-only connection that cannot reach anything else.

What belongs here: opening a release and running SQL on it. What does not: how the answer is printed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.errors import QueryFailed
from warehouse.releases import Release

READ_ONLY: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "lock_configuration": True,
}
SPEAKING_ERRORS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
"""Errors whose message speaks of the SQL alone. Others may quote a cell and are named by kind only."""


@contextmanager
def open_release(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    """The release's registry.duckdb, read-only. Closed at the end; never waits for a refresh."""
    con = duckdb.connect(str(release.database), read_only=True, config=READ_ONLY)
    try:
        yield con
    finally:
        con.close()


def run(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation | None:
    """The answer of `sql`, or None where the statement has none. QueryFailed in one line where it fails."""
    try:
        return con.sql(sql)
    except duckdb.Error as error:
        raise failed(error) from None


def failed(error: duckdb.Error) -> QueryFailed:
    """The error as one line and one cure, without cells."""
    cure = '`registry query "FROM meta.columns"` lists tables and columns.'
    if isinstance(error, duckdb.PermissionException):
        return QueryFailed("A query reads its release and nothing else.", "Write its answer with --format csv > FILE.")
    if isinstance(error, duckdb.InvalidInputException) and "read-only" in str(error):
        return QueryFailed("A release is read-only: it never changes.", "Ask with SELECT; corrections come from sites.")
    if isinstance(error, SPEAKING_ERRORS):
        return QueryFailed(str(error).strip().splitlines()[0].rstrip(".!") + ".", cure)
    return QueryFailed(f"The query failed ({type(error).__name__.removesuffix('Exception')}).", cure)
