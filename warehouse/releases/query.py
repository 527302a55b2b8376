"""Opens a release on a read-only connection that cannot reach anything else, and runs SQL on it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from warehouse.releases.finding import Release
from warehouse.releases.one_select import one_select
from warehouse.releases.query_errors import SPEAKING_ERRORS, failed
from warehouse.releases.sandbox import READ_ONLY, folder_of, within
from warehouse.releases.whole_numbers import with_whole_numbers
from warehouse.storage.errors import QueryFailed

__all__ = ["READ_ONLY", "SPEAKING_ERRORS", "failed", "names_in", "open_release", "run"]

NAMES = """
    SELECT DISTINCT lower(unnest([database_name, schema_name, table_name, column_name])) FROM duckdb_columns()
    WHERE NOT internal
"""


@contextmanager
def open_release(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the release's registry.duckdb read-only in a sandbox, and close it at the end. Never waits for a refresh.

    QueryFailed if this process has the file open with settings of its own.
    """
    database = release.database.resolve()
    with folder_of(database) as folder:
        try:
            con = duckdb.connect(str(database), read_only=True, config=within(folder))
        except duckdb.ConnectionException:
            raise QueryFailed(
                f"Release {release.release_id} is open in this process with other settings.",
                "Close the connection that you made with duckdb.connect first.",
            ) from None
        try:
            yield con
        finally:
            con.close()


def run(con: duckdb.DuckDBPyConnection, sql: str, *, for_frames: bool = False) -> duckdb.DuckDBPyRelation | None:
    """Run `sql` and return its result. QueryFailed, in one line, if it is not one SELECT or fails.

    With `for_frames`, whole numbers of 128 bits, which only DuckDB has, come as BIGINT (whole_numbers.py).
    """
    select = one_select(sql)
    try:
        answer = con.sql(select)
        return with_whole_numbers(con, answer, select) if for_frames else answer
    except duckdb.Error as error:
        raise failed(error, select, names_in(con)) from None


def names_in(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of databases, schemas, tables, columns and functions that the connection knows, in lower case."""
    found: set[str] = set()
    with suppress(duckdb.Error):
        for sql in (NAMES, "SELECT DISTINCT lower(function_name) FROM duckdb_functions()"):
            found |= {name for (name,) in con.execute(sql).fetchall() if name}
    return found
