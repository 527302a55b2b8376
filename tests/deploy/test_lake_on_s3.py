"""A lake whose files are in an object store: moto's S3 server on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.store_kit import BUCKET, SECRET, guard, keys, user_with
from tests.lake.lake_kit import in_file, three_releases, with_files
from tests.orchestration.command import run_here
from warehouse.lake.address import VARIABLE
from warehouse.storage.home import Home

pytestmark = pytest.mark.long


def test_there_and_back(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases go into the bucket and come back hash for hash; queries read them; upkeep deletes objects."""
    made = three_releases(tmp_path / "home")
    home = with_files(Home(tmp_path / "home"), f"s3://{BUCKET}/registry")
    environment = keys(store) | {VARIABLE: in_file(tmp_path)}
    moved = run_here(home.root, "migrate", "--to", "lake", **environment)
    assert moved.code == 0 and "3 releases compared" in moved.text, moved.err.decode()
    assert not list(tmp_path.rglob("*.parquet"))
    sql = "SELECT count(*) AS n FROM clean.rfa_sessions"
    for release, n in zip(made, ("1", "2", "2"), strict=True):
        ran = run_here(home.root, "query", sql, "--format", "csv", "--release", release.release_id, **environment)
        assert ran.text.split() == ["n", n], ran.err.decode()
    back = run_here(tmp_path / "another", "migrate", "--to", "embedded", **environment)
    assert back.code == 0 and "3 releases compared" in back.text, back.err.decode()
    assert run_here(tmp_path / "another", "verify", "--all").code == 0
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    from datetime import timedelta

    from tests.lake.lake_kit import address_of, opened
    from warehouse.lake.maintain import clean_up, compact, expire

    with opened(home, address_of(environment[VARIABLE])) as con:
        assert expire(con, pinned=(), keep_newest=0).n_releases == 1
        before, now = compact(con)
        assert now < before
        n_deleted, n_waiting = clean_up(con, timedelta(0))
        assert n_deleted > 0 and n_waiting == 0


@pytest.mark.parametrize("wrong", ["no bucket", "no server"])
def test_a_store_that_cannot_be_written(store: str, tmp_path: Path, wrong: str) -> None:
    """A bucket that is not there, and a server that is away, are refused at the start in one line without a key."""
    bucket = "no-such-bucket" if wrong == "no bucket" else BUCKET
    home = with_files(Home(tmp_path / "home").create(), f"s3://{bucket}/registry")
    address = "http://127.0.0.1:9" if wrong == "no server" else store
    ran = run_here(home.root, "refresh", **keys(address), REGISTRY_WAREHOUSE=in_file(tmp_path))
    assert ran.code == 1 and SECRET not in ran.complaint and "lake" in ran.complaint
    assert not (home.releases / "current").exists()


READ, LIST, WRITE, DELETE = "s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"


def test_rights_on_the_bucket(store: str, tmp_path: Path) -> None:
    """Keys that may list but not get, that may read but not put, and that nobody has, are refused in one line without
    the key; keys that may read are enough for a reader.
    """
    three_releases(tmp_path / "home")
    home = with_files(Home(tmp_path / "home"), f"s3://{BUCKET}/rights")
    writer = user_with(store, "writer", READ, LIST, WRITE, DELETE)
    reader, lister = user_with(store, "reader", READ, LIST), user_with(store, "lister", LIST)
    strange = {**reader, "AWS_ACCESS_KEY_ID": "AKIANOBODYHASTHISKEY"}
    warehouse = {VARIABLE: in_file(tmp_path)}
    guard(store, on=True)
    try:
        moved = run_here(home.root, "migrate", "--to", "lake", **writer, **warehouse)
        assert moved.code == 0 and "3 releases compared" in moved.text, moved.err.decode()
        read = run_here(home.root, "query", "SELECT count(*) AS n FROM clean.rfa_sessions", **reader, **warehouse)
        assert read.code == 0 and "2" in read.text, read.err.decode()
        asked = ("query", "SELECT count(flags) FROM clean.rfa_sessions")
        for keys_, words in ((lister, asked), (strange, asked), (lister, ("refresh",)), (reader, ("refresh",))):
            ran = run_here(home.root, *words, **keys_, **warehouse)
            assert ran.code == 1 and "may not be read or written with these rights" in ran.complaint, ran.complaint
            assert "AWS_ACCESS_KEY_ID, rights on data_path" in ran.complaint
            for secret in (keys_["AWS_ACCESS_KEY_ID"], keys_["AWS_SECRET_ACCESS_KEY"]):
                assert secret not in ran.err.decode()
    finally:
        guard(store, on=False)
