"""A second user of the machine reads releases and nothing else."""

from __future__ import annotations

import grp
import os
import shutil
from functools import partial
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.serving.rights import readable_besides_releases
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from warehouse.releases.release import Release, make_current, write_release
from warehouse.releases.release_tables import copy_tables
from warehouse.storage.connection import open_build
from warehouse.storage.durable_files import copy_sharing_blocks
from warehouse.storage.home import Home

NOBODY = 65534
AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@pytest.fixture
def home(demonstration: Demonstration) -> Home:
    """A copy of the demonstration's home in a folder that every user can enter, shared with a group."""
    root = Path("/tmp") / f"shared-home-{os.getpid()}"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(mode=0o755)
    copy_of(demonstration, root)
    (root / "home" / "alerts.toml").write_text("on = ['failure']\n")
    (root / "home" / "exceptions.toml").write_text("")
    ran = run_here(root / "home", "share-with", grp.getgrgid(NOBODY).gr_name)
    assert ran.code == 0
    yield Home(root / "home")
    shutil.rmtree(root)


def as_nobody(question) -> bool:
    """Return what the question answers when another user asks it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            code = 0 if question() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def readable(root: Path) -> list[Path]:
    """Return the files and folders below that can be read."""
    return [path for path in [root, *root.rglob("*")] if os.access(path, os.R_OK)]


@pytest.mark.long
@AS_ROOT
def test_another_user_reads_releases_and_nothing_else(home: Home) -> None:
    """Another user reads every file of every release, also of a new one, but nothing of build, archive, landing,
    dagster or settings.
    """
    others = [path for path in home.root.iterdir() if path != home.releases]
    new = _release_again(home)
    for release in (home.current, new.folder):
        files = [path for path in release.resolve().rglob("*") if path.is_file()]
        assert as_nobody(lambda files=files: all(os.access(p, os.R_OK) and not os.access(p, os.W_OK) for p in files))
    assert as_nobody(lambda: not any(readable(path) for path in others))
    assert as_nobody(lambda: not os.access(home.root, os.R_OK) and not os.access(home.releases, os.W_OK))
    database = str(home.current.resolve() / "registry.duckdb")
    assert as_nobody(lambda: duckdb.connect(database, read_only=True).execute("FROM meta.loads").fetchone() is not None)


@AS_ROOT
@pytest.mark.parametrize("words", [("query", "FROM meta.loads"), ("releases",)])
def test_commands_answer_another_user(home: Home, words: tuple[str, ...]) -> None:
    """Commands that query a release work for a member of the group who cannot list the home itself."""
    command = CliRunner()
    home.erasure.mkdir(mode=0o700, exist_ok=True)  # a patient was erased
    asked = [*words, "--home", str(home.root)]
    assert as_nobody(lambda: command.invoke(app, asked).exit_code == 0)


@AS_ROOT
def test_the_group_can_serve_releases(home: Home) -> None:
    """A user of the group can read nothing that keeps them from `registry serve`; the home's owner can."""
    home.erasure.mkdir(mode=0o700, exist_ok=True)
    assert as_nobody(lambda: readable_besides_releases(home) == [])
    assert readable_besides_releases(home) == ["archive", "build.duckdb", "dagster", "erasure", "landing"]


@AS_ROOT
def test_a_release_made_from_a_copy_is_shared(home: Home) -> None:
    """A release whose database begins as a copy of the previous file, as in the night, has the rights of the others,
    and the previous one keeps its own.
    """
    previous = home.current.resolve() / "registry.duckdb"
    before = previous.stat()
    release = write_release(
        home, "20990101T000000Z-bbbbbbbb", {"tables": {}}, partial(copy_sharing_blocks, previous), lambda _: None
    )
    assert (release.database.stat().st_mode, release.database.stat().st_gid) == (before.st_mode, before.st_gid)
    after = previous.stat()
    assert before.st_mode & 0o777 == 0o440 and (after.st_mode, after.st_mtime_ns) == (
        before.st_mode,
        before.st_mtime_ns,
    )
    assert as_nobody(lambda: os.access(release.database, os.R_OK) and not os.access(release.database, os.W_OK))


def _release_again(home: Home) -> Release:
    with open_build(home) as con:
        tables = partial(copy_tables, con)
        release = write_release(home, "20990101T000000Z-aaaaaaaa", {"tables": {}}, tables, lambda _: None)
    make_current(home, release.release_id)
    return release


def test_a_group_that_is_not_there(demonstration: Demonstration) -> None:
    """For an unknown group one sentence names the cure, and nothing is changed."""
    before = demonstration.home.root.stat().st_mode
    ran = run_here(demonstration.home.root, "share-with", "no-such-group")
    assert ran.code == 1 and "groupadd no-such-group" in ran.complaint
    assert demonstration.home.root.stat().st_mode == before
