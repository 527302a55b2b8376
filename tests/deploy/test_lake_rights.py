"""Who may do what on a lake in PostgreSQL, by the roles that `registry lake-roles` writes: tried out by each of them,
and by a reader of one site who looks for the other's rows.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from tests.deploy.postgres_server import SCRAM, Server, server_with
from tests.lake.lake_kit import address_of, bare_releases_of_two_sites, three_releases_of_two_sites, with_files
from tests.orchestration.command import run_here
from tests.variants import quick
from warehouse.lake.address import VARIABLE
from warehouse.lake.connection import LAKE, attach, connected
from warehouse.lake.reading import list_in_lake, open_in_lake
from warehouse.lake.state import follow
from warehouse.lake.verify import verify_in_lake
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home

pytestmark = pytest.mark.daemon
PASSWORD = "s3cr3t word"
WRITER, ANALYST, ANNA, NORTH, NOBODY = "writer", "analyst", "anna", "north_reader", "nobody"
ROLE_OF = {ANALYST: "registry_analyst", ANNA: "registry_site_st-anna", NORTH: "registry_site_north"}


@dataclass(frozen=True)
class Shared:
    """A lake with the rows of two sites, whose roles an administrator has made, and its home."""

    server: Server
    home: Home
    folder: Path

    def warehouse(self, user: str) -> str:
        """What REGISTRY_WAREHOUSE is for the user."""
        where = f"host=127.0.0.1 port={self.server.port} dbname=lake user={user} password='{PASSWORD}'"
        return f"ducklake:postgres:{where}"

    def psql(self, sql: str, user: str = "postgres", database: str = "lake") -> subprocess.CompletedProcess:
        """Run statements as the user."""
        words = ["psql", "-XAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.server.port)]
        command = [*words, "-U", user, "-d", database, "-f", "-"]
        return subprocess.run(
            command,
            input=sql,
            text=True,
            capture_output=True,
            check=False,
            env={"PATH": "/usr/bin", "PGPASSWORD": PASSWORD},
        )

    def grant(self) -> str:
        """Have the administrator run what `registry lake-roles` prints, and return it."""
        ran = run_here(self.home.root, "lake-roles", **{VARIABLE: self.warehouse(WRITER)})
        assert ran.code == 0, ran.err.decode()
        done = self.psql(ran.text)
        assert done.returncode == 0, done.stderr
        return ran.text


@pytest.fixture(scope="module", params=quick(1, ["few tables", "all tables"]))
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Three releases of two sites, published by a writer who is no superuser."""
    folder = tmp_path_factory.mktemp("shared")
    home = Home(folder / "home").create()
    if request.param == "few tables":
        bare_releases_of_two_sites(home)
    else:
        three_releases_of_two_sites(home.root)
    with_files(home, folder / "files", "encrypted = true\nrows_by_site = true\n")
    with server_with(SCRAM) as server:
        lake = Shared(server, home, folder)
        for name in (WRITER, ANALYST, ANNA, NORTH, NOBODY):
            lake.psql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'", database="postgres")
        lake.psql(f"CREATE DATABASE lake OWNER {WRITER}", database="postgres")
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv(VARIABLE, lake.warehouse(WRITER))
            assert len(follow(home)) == 3
        lake.grant()
        for user, role in ROLE_OF.items():
            assert lake.psql(f'GRANT "{role}" TO {user}').returncode == 0
        yield lake


def rows_of(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """Every row of every table and view of the current catalogue, by its name."""
    names = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = current_database() "
        "UNION ALL SELECT schema_name || '.' || view_name FROM duckdb_views() "
        "WHERE NOT internal AND database_name = current_database()"
    ).fetchall()
    return {name: sorted(con.execute(f"FROM {name}").fetchall(), key=repr) for (name,) in names}


def places_of_site(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Where the column `site` of each table and view is, counted from 0."""
    rows = con.execute(
        "SELECT schema_name || '.' || table_name, column_index - 1 FROM duckdb_columns() "
        "WHERE column_name = 'site' AND database_name = current_database()"
    ).fetchall()
    return dict(rows)


@pytest.mark.parametrize(("user", "site"), [(NORTH, "north"), (ANNA, "st-anna")])
def test_a_reader_of_a_site_gets_its_rows(shared: Shared, user: str, site: str) -> None:
    """In every kept release, each table and view that is kept apart by site has exactly the site's rows of the home's
    release; no other table is there, but two that hold no data.
    """
    full, own = address_of(shared.warehouse(ANALYST)), address_of(shared.warehouse(user))
    releases = list_in_lake(full)
    assert [replace(one, manifest={}) for one in releases] == list_in_lake(own) and len(releases) == 3
    for release in releases:
        with open_in_lake(own, release.release_id) as (con, _):
            seen = rows_of(con)
        with open_release(find_release(shared.home, release.release_id)) as con:
            everything, at = rows_of(con), places_of_site(con)
        for name, rows in everything.items():
            if name in at and not name.startswith("analysis."):
                assert seen.pop(name) == [row for row in rows if row[at[name]] == site], name
        assert set(seen) == {"lake.format", "meta.columns"} & {"lake.format", *everything}
        assert seen.get("meta.columns") == everything.get("meta.columns")
        assert {row[at["clean.patients"]] for row in everything["clean.patients"]} == {"north", "st-anna"}
        assert at["cohort.lesions"] == 0 and everything["cohort.lesions"]


ASKED = (
    "SELECT count(*) FROM ducklake_data_file f JOIN ducklake_file_partition_value v USING (data_file_id) "
    "WHERE v.partition_value <> 'st-anna'",
    "SELECT count(*) FROM ducklake_file_column_stats WHERE min_value LIKE '%NN-%' OR max_value LIKE '%NN-%'",
    "SELECT count(*) FROM ducklake_table_stats",
    "SELECT count(*) FROM ducklake_table_column_stats",
    "SELECT count(*) FROM ducklake_files_scheduled_for_deletion",
    "SELECT count(*) FROM pg_stats WHERE tablename IN ('ducklake_data_file', 'ducklake_file_column_stats')",
    "SELECT count(*) FROM ducklake_delete_file WHERE data_file_id NOT IN (SELECT data_file_id FROM ducklake_data_file)",
    "SELECT count(*) FROM ducklake_snapshot_changes c WHERE c::text LIKE '%NN-%'",
)
"""Counts that are 0 for a reader of st-anna; every patient of the other site is called NN-something."""
REFUSED = (
    "SET row_security = off; SELECT count(*) FROM ducklake_data_file",
    'SET ROLE "registry_site_north"',
    "SET ROLE writer",
    "ALTER TABLE ducklake_data_file DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON ducklake_data_file USING (true)",
    "CREATE TABLE copy_of AS SELECT 1",
    "CREATE TEMP TABLE copy_of AS SELECT 1",
    "UPDATE ducklake_file_partition_value SET partition_value = 'st-anna'",
    "DELETE FROM ducklake_snapshot",
    "INSERT INTO ducklake_metadata (key, value) VALUES ('a', 'b')",
)


def test_nothing_of_another_site_by_other_ways(shared: Shared) -> None:
    """A reader of one site who asks PostgreSQL itself gets no row, bound, key or count of the other's files, cannot
    become somebody else, and can change nothing.
    """
    for sql in ASKED:
        assert shared.psql(sql, ANNA).stdout.strip() == "0", sql
        assert shared.psql(sql.replace("'st-anna'", "''"), "postgres").returncode == 0
    for sql in REFUSED:
        done = shared.psql(sql, ANNA)
        assert done.returncode != 0 and "ERROR" in done.stderr, sql
    listed = shared.psql("SELECT * FROM ducklake_data_file; SELECT * FROM ducklake_file_column_stats", ANNA).stdout
    assert "NN-" not in listed and "site=north" not in listed
    assert shared.psql("SELECT count(encryption_key) FROM ducklake_data_file", ANNA).stdout.strip() != "0"


def test_files_of_another_site_stay_shut(shared: Shared) -> None:
    """Of all files that lie in the folder, the keys that a reader of one site gets open those of this site alone."""
    asked = "SELECT encryption_key FROM ducklake_{0}_file"
    keys = {key for kind in ("data", "delete") for key in shared.psql(asked.format(kind), ANNA).stdout.split() if key}
    sites, n_shut = set(), 0
    with duckdb.connect() as con:
        for file in (shared.folder / "files").rglob("*.parquet"):
            found = [rows for key in sorted(keys) if (rows := _opened(con, file, key)) is not None]
            n_shut += not found
            sites |= {row["site"] for rows in found for row in rows if "site" in row}
            assert "NN-" not in str(found), file
    assert sites == {"st-anna"} and n_shut > 5


def _opened(con: duckdb.DuckDBPyConnection, file: Path, key: str) -> list[dict] | None:
    """The rows of the file if the key opens it."""
    try:
        found = con.execute(
            f"FROM read_parquet('{file}', encryption_config = {{footer_key_value: from_base64('{key}')}})"
        )
    except duckdb.Error:
        return None
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_a_sites_own_file(shared: Shared, tmp_path: Path) -> None:
    """`registry portable` writes what a reader of a site may read, views too; commands that need all sites, to
    compare hashes above all, are refused.
    """
    set_to, out = {VARIABLE: shared.warehouse(NORTH)}, tmp_path / "north.duckdb"
    ran = run_here(tmp_path, "portable", "--out", str(out), **set_to)
    assert ran.code == 0, ran.err.decode()
    with duckdb.connect(str(out), read_only=True) as con:
        assert con.execute("SELECT DISTINCT site FROM cohort.lesions").fetchall() == [("north",)]
    for words in (("verify", "--lake"), ("migrate", "--to", "embedded"), ("lake-roles",)):
        ran = run_here(tmp_path / "home", *words, **set_to)
        assert ran.code == 1 and "reads the rows of some sites" in ran.complaint and "as an analyst" in ran.complaint


def test_analysts_read_all_and_write_nothing(shared: Shared) -> None:
    """An analyst's release verifies, hash for hash, and no statement of theirs changes the lake."""
    address = address_of(shared.warehouse(ANALYST))
    for release in list_in_lake(address):
        if release.manifest["tables"]:
            assert verify_in_lake(address, release.release_id).disagreements == []
    with connected(address, {}) as con:
        attach(con, address)
        for sql in (f"CREATE TABLE {LAKE}.clean.mine AS SELECT 1 AS a", f"DELETE FROM {LAKE}.clean.patients"):
            with pytest.raises(duckdb.Error, match="permission denied"):
                con.execute(sql)
    for sql in REFUSED[1:]:
        assert shared.psql(sql, ANALYST).returncode != 0, sql


def test_who_has_no_role_gets_nothing(shared: Shared) -> None:
    """A user of the server without one of the roles is not let in."""
    ran = run_here(shared.folder, "query", "SELECT 1", **{VARIABLE: shared.warehouse(NOBODY)})
    assert ran.code == 1 and "may not read or write the catalogue" in ran.complaint and PASSWORD not in ran.complaint
