"""Releases in a lake: each is a snapshot that can be read again, hash for hash, and shares what did not change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.lake.lake_kit import address_of, in_file, opened, three_releases, with_files
from tests.variants import quick
from warehouse.lake import publish as publishing
from warehouse.lake.address import VARIABLE, Address
from warehouse.lake.books import releases_in
from warehouse.lake.connection import METADATA
from warehouse.lake.maintain import clean_up, compact, expire
from warehouse.lake.publish import publish
from warehouse.lake.reading import open_in_lake, write_portable
from warehouse.lake.state import check_lake, follow
from warehouse.lake.to_home import bring_home
from warehouse.lake.verify import verify_in_lake
from warehouse.releases.release import Release, current_release
from warehouse.releases.verification import verify
from warehouse.storage.home import Home

KINDS = quick(1, ["duckdb", "sqlite"])
PATIENTS = "SELECT count(*) FROM clean.patients"


@dataclass(frozen=True)
class Filled:
    """A home of three releases, all in its lake."""

    home: Home
    releases: list[Release]
    address: Address
    files: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Three releases of one home."""
    return three_releases(tmp_path_factory.mktemp("three") / "home")


@pytest.fixture(scope="module", params=KINDS)
def filled(
    request: pytest.FixtureRequest, made: list[Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    """The releases in a lake of each kind of file."""
    folder = tmp_path_factory.mktemp("lake")
    home = Home(folder / "home")
    shutil.copytree(made[0].folder.parents[1], home.root, symlinks=True)
    with_files(home, folder / "files")
    text = in_file(folder, request.param)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, text)
        assert follow(home) == [release.release_id for release in made]
        yield Filled(home, made, address_of(text), folder / "files")


def test_every_release_reads_as_it_was(filled: Filled) -> None:
    """Every hash of every release's tables is that of its manifest, an older one's too."""
    for release in filled.releases:
        done = verify_in_lake(filled.address, release.release_id)
        assert (done.disagreements, done.notes) == ([], []) and done.n_tables > 25


def test_the_same_sql_reads_an_older_release(filled: Filled) -> None:
    """The newest is read unless another is named; views, too, show the state of their release."""
    counts = []
    for name in (filled.releases[0].release_id, None):
        with open_in_lake(filled.address, name) as (con, release):
            counts.append([con.execute(sql).fetchall() for sql in (PATIENTS, "SELECT count(*) FROM cohort.lesions")])
            assert release.manifest["release_id"] == (name or filled.releases[-1].release_id)
    assert counts[0][1] == [(1,)] and counts[1][1] == [(2,)]


def test_a_reader_reaches_the_lake_alone(filled: Filled, tmp_path: Path) -> None:
    """Neither another file nor another database can be read, nothing can be written, and no setting lifts that."""
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    with open_in_lake(filled.address) as (con, _):
        for sql in (
            f"FROM '{tmp_path / 'secret.csv'}'",
            f"ATTACH '{tmp_path / 'x.duckdb'}'",
            f"COPY (SELECT 1) TO '{tmp_path / 'x.csv'}'",
            "SET enable_external_access = true",
            "DELETE FROM clean.patients",
            "CALL ducklake_expire_snapshots('registry', versions => [1])",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(sql)


def test_what_did_not_change_is_shared(filled: Filled) -> None:
    """A patient who came later adds a file of their rows to a table; the files before stay the table's."""
    with opened(filled.home, filled.address) as con:
        first, second, third = (one.snapshot for one in releases_in(con))
        files = con.execute(
            f"SELECT f.begin_snapshot, f.record_count FROM {METADATA}.ducklake_data_file f "
            f"JOIN {METADATA}.ducklake_table t USING (table_id) WHERE t.table_name = 'rfa_sessions' ORDER BY ALL"
        ).fetchall()
        assert files == [(first, 1), (second, 1)] and third > second
        messages = con.execute(
            "SELECT snapshot_id, commit_message FROM ducklake_snapshots('registry') WHERE commit_message IS NOT NULL"
        ).fetchall()
    ids = [release.release_id for release in filled.releases]
    assert messages == [(one, f"release {name}") for one, name in zip((first, second, third), ids, strict=True)]


def test_files_are_small_and_stored_once(filled: Filled) -> None:
    """Data files are compressed with zstd, and what several releases' files hold is there once."""
    files = [str(path) for path in filled.files.rglob("*.parquet") if "-delete" not in path.name]
    assert duckdb.execute("SELECT DISTINCT compression FROM parquet_metadata(?)", [files]).fetchall() == [("ZSTD",)]
    with opened(filled.home, filled.address) as con:
        held = con.execute("SELECT content FROM registry.lake.contents").fetchall()
        named = con.execute("SELECT count(*) FROM registry.lake.files").fetchone()
    assert named is not None and len(held) == len(set(held)) < named[0]


@pytest.mark.long
def test_a_release_is_published_once(filled: Filled) -> None:
    """What the lake has is not written again."""
    assert follow(filled.home) == []
    with opened(filled.home, filled.address) as con:
        before = len(con.execute("FROM ducklake_snapshots('registry')").fetchall())
        assert publish(con, filled.releases[1]) is None
        assert len(con.execute("FROM ducklake_snapshots('registry')").fetchall()) == before
    state = check_lake(filled.home)
    assert state is not None and (state.n_releases, state.lacking) == (3, ())


@pytest.mark.long
def test_a_portable_file_holds_the_release(filled: Filled, tmp_path: Path) -> None:
    """Exported on demand, tables, views and comments are those of the release's own file."""
    path = tmp_path / "registry.duckdb"
    release = filled.releases[0]
    assert write_portable(filled.address, release.release_id, path).release_id == release.release_id
    listed = "SELECT table_schema, table_name, TABLE_COMMENT FROM information_schema.tables ORDER BY ALL"
    with duckdb.connect(str(path), read_only=True) as out:
        tables, views = out.execute(listed).fetchall(), out.execute("FROM cohort.lesions").fetchall()
    with duckdb.connect(str(release.database), read_only=True) as own:
        assert (own.execute(listed).fetchall(), own.execute("FROM cohort.lesions").fetchall()) == (tables, views)


@pytest.mark.long
def test_back_in_a_home_every_hash_is_the_same(filled: Filled, tmp_path: Path) -> None:
    """From the lake into an empty home: folders with all files, which verify, the newest being current."""
    home = Home(tmp_path / "home").create()
    assert bring_home(home, filled.address) == [release.release_id for release in filled.releases]
    for release in filled.releases:
        done = verify(home.releases / release.release_id)
        assert done.disagreements == [] and done.n_tables > 25
        for name in ("report.html", "data_docs/index.html"):
            assert (home.releases / release.release_id / name).read_bytes() == (release.folder / name).read_bytes()
    current = current_release(home)
    assert current is not None and current.manifest["content_hash"] == filled.releases[-1].manifest["content_hash"]


@pytest.mark.long
def test_a_publication_that_dies_leaves_nothing(
    made: list[Release], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stops it before the commit, the lake is as before, and the next attempt publishes the release once."""
    home, address = with_files(Home(tmp_path / "home").create(), tmp_path / "files"), address_of(in_file(tmp_path))
    with opened(home, address) as con:
        publish(con, made[0])
        with monkeypatch.context() as broken:
            broken.setattr(publishing, "note_release", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                publish(con, made[1])
        assert [one.release_id for one in releases_in(con)] == [made[0].release_id]
        publish(con, made[1])
        clean_up(con, timedelta(0))
    for release in made[:2]:
        assert verify_in_lake(address, release.release_id).disagreements == []


@pytest.mark.long
def test_upkeep_keeps_what_is_kept(made: list[Release], tmp_path: Path) -> None:
    """The release that no rule keeps is forgotten with its snapshot; files are joined, those due are deleted, and the
    others read as before.
    """
    home, address = with_files(Home(tmp_path / "home").create(), tmp_path / "files"), address_of(in_file(tmp_path))
    with opened(home, address) as con:
        for release in made:
            publish(con, release)
        kept = [made[0], made[2]]  # the first of its month, and the current one
        expired = expire(con, pinned=(), keep_newest=0)
        assert expired.n_releases == 1 and expired.n_snapshots >= 1
        assert [one.release_id for one in releases_in(con)] == [release.release_id for release in kept]
        before, now = compact(con)
        assert now < before
        assert clean_up(con)[0] == 0  # a reader may still be at work
        n_there = len(list((tmp_path / "files").rglob("*.parquet")))
        n_deleted, n_waiting = clean_up(con, timedelta(0))
        assert n_deleted > 0 and n_waiting == 0
        assert len(list((tmp_path / "files").rglob("*.parquet"))) == n_there - n_deleted
    for release in kept:
        assert verify_in_lake(address, release.release_id).disagreements == []
