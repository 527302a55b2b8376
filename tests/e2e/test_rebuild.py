"""The tables are a function of the archive alone."""

import shutil
from pathlib import Path

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.home_state import files_of
from warehouse.connection import open_build
from warehouse.home import Home
from warehouse.releases import content, content_hash


def content_of(home: Home) -> str:
    """The content hash of the build database as it is."""
    with open_build(home) as con:
        return content_hash(content(con))


def test_full_refresh_gives_the_same_content(demonstration: Demonstration, tmp_path: Path) -> None:
    """`refresh --full` reads the whole archive again and comes to the same content, so it publishes nothing."""
    home = copy_of(demonstration, tmp_path)
    before = files_of(home.releases)
    ran = run_here(home.root, "refresh", "--full")
    assert ran.code == 0 and "Nothing new" in ran.text
    assert b"loading index-study" in ran.err
    assert content_of(home) == demonstration.release.manifest["content_hash"]
    assert files_of(home.releases) == before


def test_archive_is_enough(demonstration: Demonstration, tmp_path: Path) -> None:
    """With warehouse/ deleted and landing/ emptied, a refresh rebuilds the same content from the archive."""
    home = copy_of(demonstration, tmp_path)
    shutil.rmtree(home.warehouse)
    shutil.rmtree(home.landing)
    ran = run_here(home.root, "refresh")
    assert ran.code == 0 and "Nothing new" in ran.text, ran.err.decode()
    assert content_of(home) == demonstration.release.manifest["content_hash"]
