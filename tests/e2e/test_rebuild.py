"""The tables are a function of the archive alone."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.home_state import deliver_new_patient, files_of
from tests.orchestration.light import EVERYTHING
from warehouse.archive.archive import Archive
from warehouse.intake.landing import land
from warehouse.releases.release import content, content_hash, find_release
from warehouse.storage.connection import open_build
from warehouse.storage.home import Home


def content_of(home: Home) -> str:
    """The content hash of the build database."""
    with open_build(home) as con:
        return content_hash(content(con))


@pytest.mark.long
def test_full_refresh_gives_the_same_content(demonstration: Demonstration, tmp_path: Path) -> None:
    """`refresh --full` reads the whole archive again and gives the same content, so it publishes nothing."""
    home = copy_of(demonstration, tmp_path)
    before = files_of(home.releases)
    ran = run_here(home.root, "refresh", "--full", makes=EVERYTHING)
    assert ran.code == 0 and "Nothing new" in ran.text
    assert b"loading index-study" in ran.err
    assert content_of(home) == demonstration.release.manifest["content_hash"]
    assert files_of(home.releases) == before


@pytest.mark.long
def test_archive_is_enough(light_study: Demonstration, tmp_path: Path) -> None:
    """With warehouse/ deleted and landing/ emptied, a refresh rebuilds the same content from the archive."""
    home = copy_of(light_study, tmp_path)
    shutil.rmtree(home.warehouse)
    shutil.rmtree(home.landing)
    ran = run_here(home.root, "refresh")
    assert ran.code == 0 and "Nothing new" in ran.text, ran.err.decode()
    assert content_of(home) == light_study.release.manifest["content_hash"]


@pytest.mark.long
def test_a_release_can_be_made_again(demonstration: Demonstration, tmp_path: Path) -> None:
    """`rebuild` takes a release's inputs from the archive of a home that has received more since, and gives the same
    hash for every table that the content hash covers; the old home stays as it was."""
    home = copy_of(demonstration, tmp_path)
    deliver_new_patient(home)
    assert len(land(home, Archive(home)).arrivals) == 2
    before = files_of(home.root)
    release = demonstration.release
    ran = run_here(home.root, "rebuild", release.release_id, "--into", str(tmp_path / "again"), makes=EVERYTHING)
    assert ran.code == 0 and "16 deliveries" in ran.text and "same hash" in ran.text, ran.err.decode()
    again = find_release(Home(tmp_path / "again")).manifest
    hashes = [
        {name: t["sha256"] for name, t in m["tables"].items() if t["is_hashed"]} for m in (release.manifest, again)
    ]
    assert hashes[0] == hashes[1] and len(hashes[0]) > 30
    assert files_of(home.root) == before
