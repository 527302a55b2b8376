"""Tests what the commands say and leave alone, and that a release with its archive is rebuilt with its corrections."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corrections.home import deliver, merged, retracted
from tests.orchestration.command import Ran, run_here
from tests.quality.site_at_work import SITE, Site
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.archive import corrections
from warehouse.corrections.delivered_again import sentences
from warehouse.refresh.rebuild import differing_tables, take_inputs
from warehouse.releases.release import Release
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock

KEY = "P1|S1|L1"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Release, Release]:
    """A home with a release, then a retraction and a merge, a release of them, and a file that has the row again."""
    site = site_with_sessions(tmp_path_factory.mktemp("commands") / "home")
    before = release_small(site.home)
    retracted(site, "rfa_sessions", KEY)
    merged(site, "P2", "P1")
    after = release_small(site.home)
    deliver(site, "rfa_sessions", "2024-06-30.csv", {})
    site.refresh()
    return site, before, after


def run(site: Site, *words: str) -> Ran:
    """Run a command, which must not change the journal."""
    before = corrections.fingerprint(site.home)
    ran = run_here(site.home.root, *words)
    assert corrections.fingerprint(site.home) == before
    return ran


@pytest.mark.long
def test_a_row_that_came_back_is_named(released: tuple[Site, Release, Release]) -> None:
    """Status names the delivery and the list of what is in force, which names the row."""
    site = released[0]
    (said,) = sentences(site.home)
    assert said.startswith(f"{SITE}/rfa_sessions/2024-06-30.csv has 1 retracted row again, which counts. ")
    listed = run(site, "corrections", SITE).text
    assert f"{SITE} retracted rfa_sessions {KEY}; " in listed and "Entered twice" in listed
    assert "  Delivered again by 2024-06-30.csv, so it counts." in listed
    assert f"{SITE} merged P2 into P1; " in listed
    assert run(site, "corrections", "elsewhere").text.startswith("No retraction or merge is in force.")


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        ("retract", SITE, "rfa_sessions", KEY, "--reason", "why", "--dry-run"),
        ("retract", SITE, "rfa_sessions", KEY, "--undo", "--dry-run"),
        ("merge", SITE, "P2", "P1", "--undo", "--dry-run"),
    ],
)
def test_a_dry_run_records_nothing(released: tuple[Site, Release, Release], words: tuple[str, ...]) -> None:
    """It says what would happen, and exits with 0."""
    ran = run(released[0], *words)
    assert ran.code == 0 and ran.text.startswith("Would "), ran.err.decode()


@pytest.mark.long
def test_a_running_refresh_is_not_disturbed(released: tuple[Site, Release, Release]) -> None:
    """While another process refreshes, the command exits with 4, records nothing, and says so in one line."""
    import subprocess
    import sys

    home = released[0].home
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom warehouse.storage.home import Home\n"
        "from warehouse.storage.lock import refresh_lock\n"
        "with refresh_lock(Home(Path(sys.argv[1]))):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(home.root)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        try:
            ran = run(released[0], "retract", SITE, "rfa_sessions", KEY, "--reason", "why")
        finally:
            other.kill()
    assert ran.code == 4 and "Another refresh is running" in ran.complaint


@pytest.mark.long
def test_the_manifest_counts_the_lines(released: tuple[Site, Release, Release]) -> None:
    """Of each site, how many corrections its tables were made with."""
    _, before, after = released
    assert (before.manifest["corrections"], after.manifest["corrections"]) == ({}, {SITE: 2})


@pytest.mark.long
@pytest.mark.parametrize("which", [1, 2])
def test_a_release_is_rebuilt_with_its_corrections(
    released: tuple[Site, Release, Release], tmp_path: Path, which: int
) -> None:
    """From the archive and the manifest come the tables of the release, with the lines that it had and no more."""
    release = released[which]
    assert isinstance(release, Release)
    target = Home(tmp_path / "again")
    take_inputs(release, released[0].home, target)
    assert len(corrections.read(target)) == sum(release.manifest["corrections"].values())
    with refresh_lock(target):
        assert differing_tables(release, release_small(target)) == []
