"""Attaches two releases to one connection, each under the name of its catalogue."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from warehouse.releases.release import Release
from warehouse.releases.sandbox import close_sandbox, temporary_folder, while_attaching
from warehouse.storage.connection import make_results_whole
from warehouse.storage.sql_files import sql_text

BEFORE, AFTER = "release_before", "release_after"


@dataclass(frozen=True)
class Pair:
    """The connection, the catalogues of the two releases, and their manifests.

    `due` is a table of site and patient_id that names every patient whose rows differ; '' if there is none.
    """

    con: duckdb.DuckDBPyConnection
    before: str
    after: str
    old: dict
    new: dict
    due: str = ""

    @property
    def is_same_code(self) -> bool:
        """Whether both were made by the same source code with the same version of DuckDB."""
        return code_of(self.old) == code_of(self.new)

    def is_same(self, table: str) -> bool:
        """Whether schema.table has the same content in both, according to the manifests' content hashes."""
        hashes = [manifest["tables"].get(table, {}).get("sha256") for manifest in (self.old, self.new)]
        return hashes[0] is not None and hashes[0] == hashes[1]

    def columns(self, table: str) -> list[str]:
        """The columns that schema.table has in both, in the order of the later one."""
        earlier = set(self._columns(self.before, table))
        return [name for name in self._columns(self.after, table) if name in earlier]

    def _columns(self, catalogue: str, table: str) -> list[str]:
        schema, name = table.split(".")
        found = self.con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND schema_name = ? AND table_name = ? "
            "ORDER BY column_index",
            [catalogue, schema, name],
        ).fetchall()
        return [column for (column,) in found]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries."""
        answer = self.con.execute(sql)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def one(self, sql: str) -> dict[str, Any]:
        """The one row of a query as a dictionary."""
        (row,) = self.rows(sql)
        return row


def code_of(manifest: dict) -> tuple[str, str]:
    """What identifies the code that made a release: SHA-256 of its source, and the version of DuckDB."""
    return manifest["code"]["source_sha256"], manifest["code"]["duckdb"]


@contextmanager
def with_build(con: duckdb.DuckDBPyConnection, release: Release, manifest: dict, due: str = "") -> Iterator[Pair]:
    """Pair a release with the build database, open on `con`, that becomes the next release.

    `due` is the build's table of the patients whose rows have changed since; '' if they are not known. Temporary
    tables live on a separate cursor and are dropped afterwards.
    """
    row = con.execute("SELECT current_database()").fetchone()
    assert row is not None
    cursor = con.cursor()
    make_results_whole(cursor)
    try:
        cursor.execute(f"ATTACH {sql_text(str(release.database))} AS {BEFORE} (READ_ONLY)")
        try:
            yield Pair(cursor, BEFORE, row[0], release.manifest, manifest, due and f"{row[0]}.{due}")
        finally:
            cursor.execute(f"DETACH {BEFORE}")
    finally:
        cursor.close()


@contextmanager
def of_releases(before: Release, after: Release) -> Iterator[Pair]:
    """Pair two releases, both read-only, in the sandbox that queries use: a reader may have no rights in the home."""
    with temporary_folder() as folder, closing(duckdb.connect(config=while_attaching(folder))) as con:
        for name, release in ((BEFORE, before), (AFTER, after)):
            con.execute(f"ATTACH {sql_text(str(release.database))} AS {name} (READ_ONLY)")
        close_sandbox(con)
        yield Pair(con, BEFORE, AFTER, before.manifest, after.manifest)
