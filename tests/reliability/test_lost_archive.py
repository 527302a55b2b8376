"""A home whose archive is lost does not release less; what is still in landing/ is loaded again."""

import shutil
from pathlib import Path

import pytest

from tests.reliability.commands import Commands
from tests.reliability.conftest import Quiet
from warehouse.releases.release import current_release


def test_a_lost_archive_is_not_taken_for_an_empty_registry(commands: Commands, studied: Quiet, tmp_path: Path) -> None:
    """If landing/ is gone too, refresh exits with 1 and one cure, and readers keep the release that they had."""
    home = studied.home_after(2, tmp_path)
    before = current_release(home)
    landed = tmp_path / "landed"
    home.landing.rename(landed)
    shutil.rmtree(home.archive)
    ran = commands.run(home.root, "refresh").ran
    assert ran.code == 1 and "archive lacks" in ran.complaint and "backup" in ran.complaint
    assert current_release(home) == before
    archive_of_before = studied.home_after(2, tmp_path / "again").archive
    shutil.rmtree(home.archive)
    shutil.copytree(archive_of_before, home.archive)
    ran = commands.run(home.root, "refresh").ran
    assert ran.code == 0 and current_release(home) == before


@pytest.mark.long
def test_what_lies_in_landing_is_taken_in_again(commands: Commands, quiet: Quiet, tmp_path: Path) -> None:
    """If landing/ still holds every file, a refresh gives the same content as before."""
    home = quiet.home_after(1, tmp_path)
    shutil.rmtree(home.archive)
    before = current_release(home)
    ran = commands.run(home.root, "refresh").ran
    after = current_release(home)
    assert ran.code == 0 and before is not None and after is not None
    assert after.manifest["content_hash"] == before.manifest["content_hash"]
