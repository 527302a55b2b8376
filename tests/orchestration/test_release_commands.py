"""The words and exit codes of `pin`, `unpin`, `prune`, `verify`, `asof`, and of `releases` after them."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.orchestration.command import run_apart, run_here
from tests.orchestration.home_state import files_of
from tests.warehouse.release_kit import name_of, plant, release_small, site_with_sessions
from warehouse.releases.release import Release
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock

OLD = [name_of("2024-01-05"), name_of("2024-01-06"), name_of("2024-01-07")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A small release."""
    return release_small(site_with_sessions(tmp_path_factory.mktemp("made") / "home").home)


@pytest.fixture
def home(made: Release, tmp_path: Path) -> Home:
    """A home with that release, which is current, and three older folders of one month."""
    home = Home(tmp_path / "home").create()
    os.symlink(made.folder, home.releases / "link")  # a link is no release and is left alone
    shutil.copytree(made.folder, home.releases / made.release_id)
    home.current.symlink_to(made.release_id)
    for release_id in OLD:
        plant(home, release_id)
        (home.releases / release_id / "manifest.json").unlink()
    return home


def staying(home: Home) -> list[str]:
    """Return the older folders that are still there."""
    return [name for name in OLD if (home.releases / name).exists()]


def test_prune_says_first_and_then_does(home: Home, made: Release) -> None:
    """--dry-run shows what would be removed and why the others stay, but removes nothing; without it they go."""
    before = files_of(home.root)
    ran = run_here(home.root, "prune", "--keep", "2", "--dry-run")
    assert (ran.code, ran.err) == (0, b"") and files_of(home.root) == before
    told = {line.split()[0]: line.split("B  ")[1] for line in ran.text.splitlines()[:-1]}
    assert told[made.release_id].startswith("stays: current, newest 2, first of ")
    assert [told[name] for name in OLD] == ["stays: first of 2024-01", "goes", "stays: newest 2"]
    assert ran.text.splitlines()[-1] == "Would remove 1 release (1.0 kB); 3 stay."
    ran = run_here(home.root, "prune", "--keep", "2")
    assert (ran.code, ran.text) == (0, "Removed 1 release (1.0 kB); 3 stay.\n")
    assert staying(home) == [OLD[0], OLD[2]]


def test_without_a_number_thirty_stay(home: Home) -> None:
    """Without --keep, nothing is removed while there are at most thirty releases."""
    assert run_here(home.root, "prune").text == "Removed 0 releases (0 B); 4 stay.\n"
    assert staying(home) == OLD
    assert run_here(home.root, "prune", "--keep", "-1").code == 2


def test_a_pin_is_heeded_and_shown(home: Home) -> None:
    """A pinned release stays until it is unpinned; `releases` says why each is kept."""
    ran = run_here(home.root, "pin", "20240106", "--reason", "The thesis")
    assert ran.code == 0 and OLD[1] in ran.text and "The thesis" in ran.text
    assert json.loads((home.releases / "pins.json").read_text())[OLD[1]]["reason"] == "The thesis"
    run_here(home.root, "prune", "--keep", "0")
    assert staying(home) == OLD[:2]
    (line,) = [line for line in run_here(home.root, "releases").text.splitlines() if OLD[1] in line]
    assert "manifest damaged" in line and "1.0 kB" in line and line.endswith("pinned (The thesis), newest 30")
    assert run_here(home.root, "unpin", "20240106").text.startswith(f"Unpinned {OLD[1]}.")
    assert run_here(home.root, "unpin", "20240106").code == 1
    run_here(home.root, "prune", "--keep", "0")
    assert staying(home) == OLD[:1]


@pytest.mark.long
def test_nothing_is_removed_during_a_refresh(home: Home) -> None:
    """prune exits with 4 at once while a refresh runs; --dry-run and pin need not wait."""
    with refresh_lock(home):
        ran = run_apart(home.root, "prune", "--keep", "0")
        assert ran.code == 4 and "Another refresh is running" in ran.complaint
        assert run_apart(home.root, "prune", "--keep", "0", "--dry-run").code == 0
        assert run_apart(home.root, "pin", OLD[1]).code == 0
    assert staying(home) == OLD


@pytest.mark.long
def test_verify(home: Home, made: Release) -> None:
    """An intact release exits with 0; a changed one with 1, a line for each difference, and one cure."""
    ran = run_here(home.root, "verify")
    n_tables = len(made.manifest["tables"])
    assert (ran.code, ran.text) == (0, f"{made.release_id}  intact: {n_tables} tables, 3 files\n")
    report = home.current / "report.html"
    report.chmod(0o600)
    report.write_text("another report", encoding="utf-8")
    ran = run_here(home.root, "verify", made.release_id)
    assert (ran.code, ran.text) == (1, f"{made.release_id}  report.html: different size\n")
    assert "1 of 1" in ran.complaint and "backup" in ran.complaint


def test_verify_all(home: Home, made: Release) -> None:
    """--all verifies every release, and excludes naming one."""
    ran = run_here(home.root, "verify", "--all")
    lines = ran.text.splitlines()
    assert ran.code == 1 and lines[0].startswith(f"{made.release_id}  intact")
    assert lines[1:] == [f"{name}  manifest.json: cannot be read" for name in reversed(OLD)]
    assert "3 of 4" in ran.complaint
    assert run_here(home.root, "verify", made.release_id, "--all").code == 1


def test_asof_is_an_id_for_query(home: Home, made: Release) -> None:
    """asof prints only the id, which query accepts; without a release at that time it exits with 1, on a bad date with
    2.
    """
    ran = run_here(home.root, "asof", "2999-12-31")
    assert (ran.code, ran.out, ran.err) == (0, f"{made.release_id}\n".encode(), b"")
    sql = "SELECT count(*) AS n FROM clean.rfa_sessions"
    answer = run_here(home.root, "query", sql, "--format", "csv", "--release", ran.text.strip())
    assert answer.out == b"n\n1\n"
    early = run_here(home.root, "asof", "2020-01-31")
    assert early.code == 1 and early.out == b"" and "no release at 2020-01-31" in early.complaint
    assert run_here(home.root, "asof", "31.01.2020").code == 2
