"""A lake whose catalogue is in PostgreSQL, on a real server from Debian's packages: whole commands, kills, erasure."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.e2e.demonstration import Demonstration
from tests.lake.lake_kit import with_files
from tests.orchestration.command import CHECKOUT, run_apart, run_here
from tests.variants import quick
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.lake.address import VARIABLE, lake_address
from warehouse.lake.reading import list_in_lake
from warehouse.lake.verify import verify_in_lake
from warehouse.releases.release import find_release
from warehouse.storage.home import Home

pytestmark = pytest.mark.daemon
WRITER, READER, PASSWORD = "lake_writer", "lake_reader", "s3cr3t word"


@dataclass(frozen=True)
class Lake:
    """An empty database on the server, and how it is named."""

    url: str
    warehouse: str

    def all_rows(self) -> str:
        """Every row of every table of the catalogue, as text."""
        engine = create_engine(self.url)
        with engine.connect() as con:
            tables = con.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
            rows = [str(row) for name in tables for row in con.execute(text(f'SELECT t::text FROM "{name}" t'))]
        engine.dispose()
        return "\n".join(rows)


@pytest.fixture
def lake(server: str, request: pytest.FixtureRequest) -> Lake:
    """A database of this test's own, whose owner has a password."""
    url = make_url(server)
    name = f"lake_{abs(hash(request.node.name))}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as con:
        for role in (WRITER, READER):
            if not con.execute(text(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'")).scalar():
                con.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"))
        con.execute(text(f"CREATE DATABASE {name} OWNER {WRITER}"))
    engine.dispose()
    where = f"host={url.host} port={url.port} dbname={name} user={WRITER} password='{PASSWORD}'"
    return Lake(str(url.set(database=name)), f"ducklake:postgres:{where}")


def test_whole_commands(lake: Lake, tmp_path: Path) -> None:
    """A refresh publishes in the lake; a reader without a home gets the same answer from it as from the home's release,
    and a reader's role that may only read is enough. No file or event holds the password.
    """
    home, set_to = Home(tmp_path / "home"), {VARIABLE: lake.warehouse}
    assert run_apart(home.root, "demo", "--patients", "60", "--sites", "2").code == 0
    with_files(home, tmp_path / "files")
    refreshed = run_apart(home.root, "refresh", **set_to)
    assert refreshed.code == 0, refreshed.err.decode()
    sql = "SELECT site, count(*) AS n FROM derived.patient_ltpfs GROUP BY site ORDER BY site"
    of_home = run_apart(home.root, "query", sql, "--format", "csv")
    engine = create_engine(lake.url)
    with engine.begin() as con:
        con.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}"))
    engine.dispose()
    as_reader = lake.warehouse.replace(WRITER, READER)
    of_lake = run_apart(tmp_path / "nowhere", "query", sql, "--format", "csv", **{VARIABLE: as_reader})
    assert of_lake.code == 0 and of_lake.out == of_home.out, of_lake.err.decode()
    again = run_apart(home.root, "refresh", **set_to)
    assert again.code == 0 and again.text.startswith("Nothing new")
    moved = run_apart(home.root, "migrate", "--to", "lake", **set_to)
    assert moved.code == 0 and "tables hash for hash the same" in moved.text, moved.err.decode()
    for path in (path for path in home.root.rglob("*") if path.is_file()):
        assert PASSWORD.encode() not in path.read_bytes(), path
    assert PASSWORD not in refreshed.text + refreshed.err.decode() + moved.text + moved.err.decode()
    assert PASSWORD not in lake.all_rows()


@pytest.mark.parametrize("more", quick(1, ["", "encrypted = true\nrows_by_site = true\n"]))
def test_an_erasure_reaches_the_lake(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    """After `registry forget` neither the catalogue nor any file of the lake holds the patient, also where a release
    was only in the lake, and where sites are kept apart; all releases read as they are in the home.
    """
    site = site_with_sessions(tmp_path / "home")
    home, set_to = site.home, {VARIABLE: lake.warehouse}
    with_files(home, tmp_path / "files", more)
    made = [refreshed(home, set_to)]
    site.sessions("2024-02-29_b.csv", "ZZ-LAST,S1,2023-03-10,L1,15,4,")
    made.append(refreshed(home, set_to))
    site.sessions("2024-03-31_c.csv", "P4,S1,2023-04-10,L1,15,4,")
    made.append(refreshed(home, set_to))
    first, second, third = made
    assert "ZZ-LAST" in lake.all_rows()  # the largest identifier is a bound of a column
    shutil.rmtree(home.releases / second)
    words = ("forget", "st-anna", "ZZ-LAST", "--reason", "consent withdrawn", "--yes")
    ran = run_here(home.root, *words, **set_to)
    assert ran.code == 0, ran.err.decode()
    assert "ZZ-LAST" not in lake.all_rows()
    monkeypatch.setenv(VARIABLE, lake.warehouse)
    address = lake_address()
    assert address is not None
    held = list_in_lake(address)
    assert [one.manifest.get("erased_from") for one in held] == [None, second, third]
    assert held[0].release_id == first
    for one in held:
        assert verify_in_lake(address, one.release_id).disagreements == []
        assert find_release(home, one.release_id).manifest["content_hash"] == one.manifest["content_hash"]
    found = run_here(
        home.root, "query", "SELECT patient_id FROM clean.rfa_sessions ORDER BY 1", "--format", "csv", **set_to
    )
    assert found.text.split()[1:] == ["P1", "P4"]
    import duckdb

    files = list((tmp_path / "files").rglob("*.parquet"))
    assert files
    for path in files if not more else ():  # the others have keys, and none of the patient's is left
        assert "ZZ-LAST" not in str(duckdb.execute(f"FROM '{path}'").fetchall()), path


def refreshed(home: Home, environment: dict[str, str]) -> str:
    """Refresh the home and return the id of its release."""
    ran = run_here(home.root, "refresh", **environment)
    assert ran.code == 0, ran.err.decode()
    return os.readlink(home.current)


@pytest.mark.parametrize("seconds", quick(2, [0.0, 0.3, 0.1, 0.6]))
def test_a_killed_publication_is_taken_up(
    lake: Lake, demonstration: Demonstration, tmp_path: Path, seconds: float
) -> None:
    """Killed so long after its first file is written, a publication is made whole, once, by the next attempt."""
    home = Home(tmp_path / "home")
    shutil.copytree(demonstration.home.root, home.root, symlinks=True)
    with_files(home, tmp_path / "files")
    environment = {**os.environ, VARIABLE: lake.warehouse}
    command = [sys.executable, "-m", "orchestration.cli.main", "migrate", "--to", "lake", "--home", str(home.root)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        while not any((tmp_path / "files").rglob("*.parquet")):
            assert run.poll() is None, "it ended before it wrote a file"
            time.sleep(0.01)
        time.sleep(seconds)
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL or seconds
    done = run_apart(home.root, "migrate", "--to", "lake", **{VARIABLE: lake.warehouse})
    assert done.code == 0 and "1 release compared" in done.text, done.err.decode()


def test_encrypted(lake: Lake, tmp_path: Path) -> None:
    """With the switch no file can be read without the catalogue, and every hash is the same."""
    site = site_with_sessions(tmp_path / "home")
    with_files(site.home, tmp_path / "files", "encrypted = true\n")
    release_small(site.home)
    moved = run_here(site.home.root, "migrate", "--to", "lake", **{VARIABLE: lake.warehouse})
    assert moved.code == 0 and "1 release compared" in moved.text, moved.err.decode()
    import duckdb

    files = list((tmp_path / "files").rglob("*.parquet"))
    assert len(files) > 20
    for path in files:
        with pytest.raises(duckdb.Error):
            duckdb.execute(f"FROM '{path}'").fetchall()


def test_what_the_server_does_not_allow(server: str, lake: Lake, tmp_path: Path) -> None:
    """A wrong database, and a user who may not write, are refused in one line at the start of a refresh."""
    home = Home(tmp_path / "home").create()
    with_files(home, tmp_path / "files")
    nowhere = lake.warehouse.replace("dbname=lake_", "dbname=none_")
    for warehouse in (nowhere, lake.warehouse.replace(f"user={WRITER}", f"user={READER}")):
        ran = run_apart(home.root, "refresh", **{VARIABLE: warehouse})
        assert ran.code == 1 and PASSWORD not in ran.complaint and "ducklake:postgres:host=" in ran.complaint
    assert not (home.releases / "current").exists()
