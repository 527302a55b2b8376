"""Keeps what a lake says of itself, in its schema `lake`: its format, its releases, their files, its tables' states.

A release's snapshot is the one in which its row of lake.releases was written; the same transaction wrote its tables.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.lake import apart
from warehouse.lake.address import Address
from warehouse.lake.connection import LAKE
from warehouse.lake.words import LakeRefused
from warehouse.releases.finding import CURRENT, DATABASE, LAKE_SCHEMA, MANIFEST, Release
from warehouse.storage.connection import table_exists
from warehouse.storage.errors import ReleaseUnknown
from warehouse.storage.source_code import PACKAGE, code_version

BOOKS = LAKE_SCHEMA
APART = "kept_apart"
MESSAGE = "release "
"""The message of a release's snapshot begins so."""
FORMAT = 2
"""The format of schema `lake` that this code writes. Raise it if older code would lose or misread anything."""
TABLES = {
    "format": "format INTEGER, needs VARCHAR",
    "releases": "release_id VARCHAR, content_hash VARCHAR, manifest VARCHAR",
    "files": "release_id VARCHAR, path VARCHAR, sha256 VARCHAR",
    "contents": "sha256 VARCHAR, content BLOB",
    "states": "name VARCHAR, shape VARCHAR, n_rows BIGINT, hash_sum HUGEINT, hash_xor UBIGINT",
    APART: "column_name VARCHAR",
}
"""Name -> columns. `contents`: what the releases' files hold, once each. `states`: of each table of the newest release
its columns, rows and hash over all cells; of each view its statement. `kept_apart`: the column by whose values rows lie
in files of their own; no row if they do not."""
FORMAT_OF_WHOLE_FILES = 1
"""In it each file of each release had its content in `files`."""


@dataclass(frozen=True)
class InLake:
    """A release in a lake, and the snapshot that holds it. The manifest is empty for who reads one site's rows."""

    release_id: str
    snapshot: int
    manifest: dict


def has_books(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the lake has the schema `lake`."""
    return table_exists(con, f"{LAKE}.{BOOKS}", "format")  # a list of all tables takes a third of a second


def open_books(con: duckdb.DuckDBPyConnection, address: Address, rows_by_site: bool = False) -> None:
    """Make the schema `lake` in a new lake. LakeRefused if the lake is somebody else's, a later version's, or keeps
    sites apart and should not, or the other way round.
    """
    if has_books(con):
        if check_format(con, address) == FORMAT_OF_WHOLE_FILES:
            _take_over(con)
        _check_apart(con, address, rows_by_site)
        return
    if con.execute("SELECT 1 FROM duckdb_tables() WHERE database_name = ?", [LAKE]).fetchone():
        raise LakeRefused(
            f"The lake {address} holds tables that are no registry's.", "Name another catalogue in REGISTRY_WAREHOUSE."
        )
    con.begin()
    con.execute(f"CREATE SCHEMA {LAKE}.{BOOKS}")
    for name, columns in TABLES.items():
        con.execute(f"CREATE TABLE {LAKE}.{BOOKS}.{name} ({columns})")
    con.execute(f"INSERT INTO {LAKE}.{BOOKS}.format VALUES ({FORMAT}, '{code_version()}')")  # noqa: S608 (own text)
    if rows_by_site:
        con.execute(f"INSERT INTO {LAKE}.{BOOKS}.{APART} VALUES ('{apart.SITE}')")  # noqa: S608 (own names)
    con.commit()


def is_kept_apart(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the lake keeps the rows of each site in files of their own."""
    if not table_exists(con, f"{LAKE}.{BOOKS}", APART):  # made before lakes could
        return False
    return con.execute(f"SELECT 1 FROM {LAKE}.{BOOKS}.{APART}").fetchone() is not None  # noqa: S608 (own names)


def _check_apart(con: duckdb.DuckDBPyConnection, address: Address, rows_by_site: bool) -> None:
    if (found := is_kept_apart(con)) != rows_by_site:
        raise LakeRefused(
            f"The lake {address} keeps the rows of all sites {'apart' if found else 'together'}, and registry.toml "
            "says otherwise.",
            f"Write rows_by_site = {str(found).lower()}, or let `registry migrate` fill another lake.",
        )


def check_format(con: duckdb.DuckDBPyConnection, address: Address) -> int:
    """Return the lake's format. LakeRefused if a later version of the code has written it, or it is no registry's."""
    row = _format(con) if has_books(con) else None
    if row is None:
        raise LakeRefused(f"The lake {address} holds no registry.", "Run `registry migrate` where the releases are.")
    if row[0] > FORMAT:
        raise LakeRefused(
            f"The lake {address} has format {row[0]}, and this version ({code_version()}) knows format {FORMAT}.",
            f"Install {PACKAGE} {row[1]} or later.",
        )
    return int(row[0])


def _format(con: duckdb.DuckDBPyConnection) -> tuple[int, str] | None:
    return con.execute(f"SELECT format, needs FROM {LAKE}.{BOOKS}.format").fetchone()  # noqa: S608 (own names)


def _take_over(con: duckdb.DuckDBPyConnection) -> None:
    """Write the books of a lake of format 1 as this code keeps them."""
    books = f"{LAKE}.{BOOKS}"
    con.begin()
    con.execute(f"CREATE OR REPLACE TEMP TABLE held AS SELECT *, sha256(content) AS sha256 FROM {books}.files")  # noqa: S608
    con.execute(f"CREATE TABLE {books}.contents ({TABLES['contents']})")
    con.execute(f"INSERT INTO {books}.contents SELECT sha256, any_value(content) FROM held GROUP BY ALL")  # noqa: S608
    con.execute(f"DROP TABLE {books}.files")
    con.execute(f"CREATE TABLE {books}.files ({TABLES['files']})")
    con.execute(f"INSERT INTO {books}.files SELECT release_id, path, sha256 FROM held")  # noqa: S608 (own names)
    con.execute(f"UPDATE {books}.format SET format = {FORMAT}, needs = '{code_version()}'")  # noqa: S608 (own text)
    con.execute("DROP TABLE held")
    con.commit()


def releases_in(con: duckdb.DuckDBPyConnection) -> list[InLake]:
    """Return the lake's releases, oldest first."""
    try:
        rows = con.execute(
            f"SELECT release_id, snapshot_id, manifest FROM {LAKE}.{BOOKS}.releases ORDER BY release_id"  # noqa: S608
        ).fetchall()
    except duckdb.CatalogException:  # this user reads one site's rows, and a manifest is of all
        return _by_their_messages(con)
    return [InLake(release_id, snapshot, json.loads(manifest)) for release_id, snapshot, manifest in rows]


def refuse_part(releases: list[InLake], address: Address) -> None:
    """Raise LakeRefused if this user reads one site's rows of the releases: hashes, for one, are over all sites."""
    if any(not release.manifest for release in releases):
        raise LakeRefused(
            f"This user reads the rows of some sites of the lake {address}, and this needs all of them.",
            "Do it as an analyst or as the lake's writer; `registry portable` writes what this user may read.",
        )


def _by_their_messages(con: duckdb.DuckDBPyConnection) -> list[InLake]:
    rows = con.execute(
        f"SELECT commit_message[{len(MESSAGE) + 1}:] AS release_id, max(snapshot_id) FROM ducklake_snapshots('{LAKE}') "  # noqa: S608
        f"WHERE starts_with(commit_message, '{MESSAGE}') GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [InLake(release_id, snapshot, {}) for release_id, snapshot in rows]


def find_in(releases: list[InLake], release_id: str | None) -> InLake:
    """Return the release with that id (or the start of one); for None or "current", the newest. ReleaseUnknown if there
    is none or more than one.
    """
    if not releases:
        raise ReleaseUnknown("The lake holds no release yet.", "Run `registry refresh` where the registry is made.")
    if release_id in (None, CURRENT):
        return releases[-1]
    assert release_id is not None
    found = [one for one in releases if one.release_id.startswith(release_id)]
    if len(found) != 1:
        what = "There is no release" if not found else "More than one release begins with"
        raise ReleaseUnknown(f"{what} {release_id!r} in the lake.", "`registry releases` lists them.")
    return found[0]


def view_statements_in(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return schema.view -> the statement that creates it, of the release that the lake is attached at.

    DuckDB's own list of views leaves out the schema of those in a DuckLake. Who reads one site's rows has no other.
    """
    try:
        rows = con.execute(
            f"SELECT name, shape FROM {LAKE}.{BOOKS}.states WHERE shape LIKE 'CREATE VIEW%' ORDER BY name"  # noqa: S608
        ).fetchall()
    except duckdb.CatalogException:
        rows = con.execute(
            "SELECT schema_name || '.' || view_name, replace(sql, 'CREATE VIEW ', 'CREATE VIEW ' || schema_name || '.')"
            " FROM duckdb_views() WHERE NOT internal AND database_name = ? ORDER BY ALL",
            [LAKE],
        ).fetchall()
    return dict(rows)


def note_release(con: duckdb.DuckDBPyConnection, release: Release) -> None:
    """Write the release's row and its files, all but the database, within the caller's transaction.

    A content that another release's file has is not written again.
    """
    con.execute(
        f"INSERT INTO {LAKE}.{BOOKS}.releases VALUES (?, ?, ?)",  # noqa: S608 (own names)
        [release.release_id, release.manifest["content_hash"], json.dumps(release.manifest, ensure_ascii=False)],
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE named ({TABLES['files']})")
    con.execute(f"CREATE OR REPLACE TEMP TABLE held ({TABLES['contents']})")
    there = {sha256 for (sha256,) in con.execute(f"SELECT sha256 FROM {LAKE}.{BOOKS}.contents").fetchall()}  # noqa: S608
    for path in sorted(release.folder.rglob("*")):
        name = path.relative_to(release.folder).as_posix()
        if not path.is_file() or name in (DATABASE, MANIFEST):
            continue
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        con.execute("INSERT INTO named VALUES (?, ?, ?)", [release.release_id, name, sha256])
        if sha256 not in there:
            con.execute("INSERT INTO held VALUES (?, ?)", [sha256, content])
            there.add(sha256)
    con.execute(f"INSERT INTO {LAKE}.{BOOKS}.files FROM named")  # one file, not one for each row
    con.execute(f"INSERT INTO {LAKE}.{BOOKS}.contents FROM held")
    con.execute("DROP TABLE named; DROP TABLE held")


def forget_releases(con: duckdb.DuckDBPyConnection, release_ids: Iterable[str]) -> None:
    """Delete the releases' rows and files, within the caller's transaction; their snapshots stay."""
    for name in ("releases", "files"):
        con.execute(
            f"DELETE FROM {LAKE}.{BOOKS}.{name} WHERE list_contains(?, release_id)",  # noqa: S608 (own names)
            [list(release_ids)],
        )
    needed = f"SELECT sha256 FROM {LAKE}.{BOOKS}.files"  # noqa: S608 (own names)
    con.execute(f"DELETE FROM {LAKE}.{BOOKS}.contents WHERE sha256 NOT IN ({needed})")  # noqa: S608 (own names)


def write_files(con: duckdb.DuckDBPyConnection, release_id: str, folder: Path) -> None:
    """Write the release's files into the folder."""
    books = f"{LAKE}.{BOOKS}"
    files = f"{books}.files JOIN {books}.contents USING (sha256)"
    if (found := _format(con)) and found[0] == FORMAT_OF_WHOLE_FILES:
        files = f"{books}.files"
    rows = con.execute(f"SELECT path, content FROM {files} WHERE release_id = ?", [release_id])  # noqa: S608 (own names)
    while row := rows.fetchone():
        path = folder / row[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row[1])
