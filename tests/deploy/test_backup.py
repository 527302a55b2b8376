"""Backup and restore as docs/deploy.md describes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import CHECKOUT, run_here
from tests.orchestration.light import EVERYTHING
from warehouse.releases.release import find_release
from warehouse.storage.home import Home


def commands() -> str:
    """The backup command of the page, on one line."""
    page = (CHECKOUT / "docs" / "deploy.md").read_text(encoding="utf-8")
    return page[page.index("flock --exclusive") :].split("```")[0].replace("\\\n", " ")


@pytest.mark.long
def test_a_restored_backup_is_whole(demonstration: Demonstration, tmp_path: Path) -> None:
    """The page's own command makes a backup. Restored elsewhere, every release verifies, and a refresh that rebuilds
    everything from the archive finds nothing new.
    """
    backup, restored = tmp_path / "backup.tar", tmp_path / "restored"
    command = commands().replace("/srv/registry-home", str(demonstration.home.root)).replace("--zstd", "")
    command = command.replace("/backup/registry-$(date +%F).tar.zst", str(backup))
    subprocess.run(["bash", "-ec", command], check=True)
    restored.mkdir()
    subprocess.run(["tar", "--extract", "--file", str(backup), "--directory", str(restored)], check=True)
    assert not (restored / "warehouse").exists() and list((restored / "archive").iterdir())
    verified = run_here(restored, "verify", "--all")
    assert verified.code == 0, verified.err.decode()
    refreshed = run_here(restored, "refresh", makes=EVERYTHING)
    assert refreshed.code == 0 and refreshed.text.startswith("Nothing new"), refreshed.text + refreshed.err.decode()
    assert find_release(Home(restored)).release_id == demonstration.release.release_id
