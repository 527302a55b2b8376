"""What a lake takes: what several releases have in common is stored once, and as small as its format allows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.lake.lake_kit import address_of, in_file, opened, three_releases, with_files
from warehouse.lake import publish as publishing
from warehouse.lake.address import Address
from warehouse.lake.books import FORMAT, forget_releases
from warehouse.lake.connection import LAKE, METADATA, metadata
from warehouse.lake.publish import publish
from warehouse.lake.to_home import bring_home
from warehouse.lake.verify import verify_in_lake
from warehouse.releases.release import Release
from warehouse.storage.home import Home

CONTENTS = f"FROM {LAKE}.lake.contents"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Three releases of one home; one of their files is the same in all."""
    releases = three_releases(tmp_path_factory.mktemp("three") / "home")
    for release in releases:
        release.folder.chmod(0o700)
        (release.folder / "same.svg").write_text("<svg/>" * 100, encoding="utf-8")
        (release.folder / "other.svg").write_text(release.release_id, encoding="utf-8")
    return releases


@pytest.fixture
def address(tmp_path: Path) -> Address:
    """An empty place for a catalogue."""
    return address_of(in_file(tmp_path))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose lake keeps its files beside it."""
    return with_files(Home(tmp_path / "home").create(), tmp_path / "files")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a release's folder, but for its database and manifest."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in named.items() if name not in ("registry.duckdb", "manifest.json")}


@pytest.mark.long
def test_equal_files_are_stored_once(made: list[Release], home: Home, address: Address) -> None:
    """A content that several releases have is in the lake once, compressed, until none of them is left; each file comes
    back as it was.
    """
    with opened(home, address) as con:
        for release in made:
            publish(con, release)
        assert compressions(home.root.with_name("files")) == [("ZSTD",)]
        all_of_them = {content for release in made for content in contents(release.folder).values()}
        held = con.execute(f"SELECT content {CONTENTS}").fetchall()
        assert len(held) == len(all_of_them) < sum(len(contents(release.folder)) for release in made)
        assert {content for (content,) in held} == all_of_them
        con.begin()
        forget_releases(con, [made[0].release_id])
        con.commit()
        left = {content for release in made[1:] for content in contents(release.folder).values()}
        assert {content for (content,) in con.execute(f"SELECT content {CONTENTS}").fetchall()} == left < all_of_them
    brought(home, address, made[1:])


def compressions(files: Path) -> list[tuple[str]]:
    """How the data files are compressed; DuckLake writes its lists of deleted rows its own way."""
    found = [str(path) for path in files.rglob("*.parquet") if "-delete" not in path.name]
    return duckdb.execute("SELECT DISTINCT compression FROM parquet_metadata(?)", [found]).fetchall()


def brought(home: Home, address: Address, expected: list[Release]) -> None:
    """Bring what the lake has into an empty home, and compare all files."""
    to = Home(home.root.with_name("brought")).create()
    assert bring_home(to, address) == [release.release_id for release in expected]
    for release in expected:
        assert contents(to.releases / release.release_id) == contents(release.folder)
    shutil.rmtree(to.root)


@pytest.mark.long
def test_a_lake_of_format_1_is_taken_over(made: list[Release], home: Home, address: Address) -> None:
    """Readers read it as it is; the next writer keeps each content once, compresses from then on, and loses nothing."""
    books = f"{LAKE}.lake"
    with opened(home, address) as con:
        publish(con, made[0])
        con.execute(f"CREATE TABLE {books}.old AS FROM {books}.files JOIN {books}.contents USING (sha256)")
        con.execute(f"DROP TABLE {books}.files; DROP TABLE {books}.contents; ALTER TABLE {books}.old DROP sha256")
        con.execute(f"ALTER TABLE {books}.old RENAME TO files; UPDATE {books}.format SET format = 1, needs = '0.1.0'")
        con.execute(f"DELETE FROM {METADATA}.ducklake_metadata WHERE key LIKE 'parquet_%'")
    brought(home, address, made[:1])
    with opened(home, address) as con:
        assert con.execute(f"SELECT format FROM {books}.format").fetchall() == [(FORMAT,)]
        assert metadata(con, "parquet_compression") == "zstd"
        publish(con, made[1])
    brought(home, address, made[:2])
    for release in made[:2]:
        assert verify_in_lake(address, release.release_id).disagreements == []


@pytest.fixture
def lake_and_release(home: Home, address: Address) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty lake, and a release's database of which nothing is there yet."""
    with opened(home, address) as con:
        con.execute(
            f"ATTACH ':memory:' AS {publishing.MADE}; CREATE SCHEMA {publishing.MADE}.a; CREATE SCHEMA {LAKE}.a"
        )
        yield con


def replaced(con: duckdb.DuckDBPyConnection, rows: str) -> tuple[int, int]:
    """Have the lake's table a.t follow these rows; return how many data files and lists of deleted rows it then has."""
    con.execute(f"CREATE OR REPLACE TABLE {publishing.MADE}.a.t AS {rows}")
    con.begin()
    publishing._replace_rows(con, "a.t", con.execute(f"SELECT count(*) FROM {LAKE}.a.t").fetchone()[0])
    con.commit()
    difference = f"(FROM {LAKE}.a.t EXCEPT ALL FROM {publishing.MADE}.a.t)"
    back = f"(FROM {publishing.MADE}.a.t EXCEPT ALL FROM {LAKE}.a.t)"
    assert con.execute(f"SELECT count(*) FROM ({difference} UNION ALL {back})").fetchone() == (0,)
    files, lists = f"{METADATA}.ducklake_data_file f", f"{METADATA}.ducklake_delete_file d"
    found = con.execute(
        f"SELECT count(DISTINCT data_file_id), count(delete_file_id) FROM {files} LEFT JOIN {lists} "
        "USING (data_file_id) WHERE f.end_snapshot IS NULL AND d.end_snapshot IS NULL"
    ).fetchone()
    return found[0], found[1]


def test_rows_that_differ_are_replaced(lake_and_release: duckdb.DuckDBPyConnection) -> None:
    """Only those, whosever they are: a patient's other rows stay in their file. Equal rows are counted; of a table
    of which most rows differ nothing old is kept.
    """
    con = lake_and_release
    rows = "SELECT 'here' AS site, range // 10 AS patient_id, range % 3 AS a FROM range(100)"
    con.execute(f"CREATE TABLE {LAKE}.a.t AS {rows}")
    before = 2  # the one and the version
    assert replaced(con, rows) == (before, 0)
    assert replaced(con, f"{rows} UNION ALL SELECT 'here', 3, 7") == (before + 1, 0)
    assert replaced(con, rows) == (before, 0)
    assert replaced(con, f"FROM ({rows}) WHERE NOT (patient_id = 3 AND a = 1)") == (before, 1)
    assert replaced(con, "SELECT 'here' AS site, range // 10 AS patient_id, range % 3 + 5 AS a FROM range(100)") == (
        before,
        0,
    )
    assert replaced(con, "SELECT 'here' AS site, range // 10 AS patient_id, range % 3 AS a FROM range(0)") == (
        before - 1,
        0,
    )
