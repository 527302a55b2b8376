"""A lake whose files are in an object store: moto's S3 server on loopback, in an environment of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lake.lake_kit import in_file, three_releases, with_files
from tests.orchestration.command import run_here
from warehouse.lake.address import VARIABLE
from warehouse.storage.home import Home

pytestmark = pytest.mark.long
REQUIREMENTS = Path(__file__).parent / "object_store.txt"
BUCKET = "registry-lake"
SECRET = "an-object-stores-secret"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    folder = tmp_path_factory.mktemp("moto")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    quiet = subprocess.DEVNULL
    command = [folder / "bin" / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
        try:
            _wait(address)
            urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT")).close()
            yield address
        finally:
            server.terminate()


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError


def keys(store: str) -> dict[str, str]:
    """What the environment holds for the store."""
    return {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ENDPOINT_URL": store}


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
