"""Ten readers of a lake in PostgreSQL ask at a steady rate while releases are published and upkeep runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.delivery import deliver
from benchmarks.whole_command import night
from tests.deploy.postgres_server import SCRAM, Server, psql, server_with
from tests.lake.lake_kit import address_of, opened, with_files
from tests.orchestration.command import CHECKOUT, run_here
from warehouse.lake.address import VARIABLE
from warehouse.lake.maintain import clean_up, compact, expire
from warehouse.lake.publish import publish
from warehouse.releases.release import Release, list_releases
from warehouse.storage.home import Home

pytestmark = pytest.mark.scale
PASSWORD = "s3cr3t word"
READERS, RATE = 10, 20.0
"""Processes, and requests a second of all together."""
SECONDS = 120.0
RELEASES, PATIENTS = 7, 200
KEPT = 3
GRACE = timedelta(seconds=45)
"""Longer than a reader keeps a release open (tests/scale/reader.py); upkeep itself waits for a day."""


def test_ten_readers_meanwhile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Eight analysts and two readers of one site ask 20 times a second in all, for two minutes, and open the newest
    release anew from time to time, while six releases are published, old ones expired, and files joined and deleted.
    No request fails.
    """
    home = home_with_releases(tmp_path)
    with server_with(SCRAM) as server:
        first, *others = sorted(list_releases(home), key=lambda release: release.release_id)
        users = let_in(server, home, first)
        files = [tmp_path / f"reader-{number}.json" for number in range(READERS)]
        readers = [start(server, user, file) for user, file in zip(users, files, strict=True)]
        n_deleted = publish_meanwhile(home, server, others)
        assert [reader.wait(timeout=SECONDS) for reader in readers] == [0] * READERS
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    failed, answered, opened_ = (
        sorted(x for one in found for x in one[what]) for what in ("failed", "answered", "opened")
    )
    with capsys.disabled():
        print(f"\n{len(others)} releases published, {n_deleted} files deleted, {len(failed)} requests failed")
        for what, seconds in (("a request", answered), ("opening the newest release", opened_)):
            print(f"| {what} | {len(seconds):,} | {' | '.join(f'{s:.2f}' for s in places(seconds))} |")
    assert failed == [] and n_deleted > 0
    assert len(answered) > 0.9 * RATE * SECONDS
    assert len({release for one in found for release in one["releases"]}) > RELEASES / 2


def home_with_releases(folder: Path) -> Home:
    """A registry of two sites in which some patients change from release to release."""
    home = Home(folder / "home")
    assert run_here(home.root, "demo", "--patients", str(PATIENTS), "--sites", "2").code == 0
    for number in range(RELEASES):
        if number:
            deliver(home.landing, 20, night(number - 1), 20 * (number - 1))
        ran = run_here(home.root, "refresh")
        assert ran.code == 0, ran.err.decode()
    return with_files(home, folder / "files", "encrypted = true\nrows_by_site = true\n")


def warehouse(server: Server, user: str) -> str:
    """What REGISTRY_WAREHOUSE is for the user."""
    return f"ducklake:postgres:host=127.0.0.1 port={server.port} dbname=lake user={user} password='{PASSWORD}'"


def let_in(server: Server, home: Home, first: Release) -> list[str]:
    """Publish the first release, have the roles made, and return a user for each reader."""
    for user in ("writer", "analyst", "of_one_site"):
        psql(server, f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'", database="postgres")
    psql(server, "CREATE DATABASE lake OWNER writer", database="postgres")
    with opened(home, address_of(warehouse(server, "writer"))) as con:
        publish(con, first)
        row = con.execute("SELECT min(site) FROM registry.clean.patients").fetchone()
        assert row is not None
    roles = run_here(home.root, "lake-roles", **{VARIABLE: warehouse(server, "writer")})
    assert roles.code == 0, roles.err.decode()
    psql(server, roles.text)
    psql(server, f'GRANT registry_analyst TO analyst; GRANT "registry_site_{row[0]}" TO of_one_site')
    return ["analyst"] * (READERS - 2) + ["of_one_site"] * 2


def start(server: Server, user: str, out: Path) -> subprocess.Popen:
    """Start a reader."""
    words = [sys.executable, "-m", "tests.scale.reader", str(SECONDS), str(RATE / READERS), str(out)]
    return subprocess.Popen(words, cwd=CHECKOUT, env={**os.environ, VARIABLE: warehouse(server, user)})


def publish_meanwhile(home: Home, server: Server, releases: Sequence[Release]) -> int:
    """Publish the releases one after the other as long as the readers ask, each followed by upkeep; return how many
    files were deleted.
    """
    started, n_deleted = time.monotonic(), 0
    for number, release in enumerate(releases):
        time.sleep(max(0.0, started + SECONDS * (number + 0.5) / len(releases) - time.monotonic()))
        with opened(home, address_of(warehouse(server, "writer"))) as con:
            publish(con, release)
            expire(con, pinned=(), keep_newest=KEPT)
            compact(con)
            n_deleted += clean_up(con, GRACE)[0]
    return n_deleted


def places(seconds: Sequence[float]) -> list[float]:
    """The median, the 95th and the 99th hundredth, and the longest."""
    return [seconds[min(int(len(seconds) * share), len(seconds) - 1)] for share in (0.5, 0.95, 0.99, 1.0)]
