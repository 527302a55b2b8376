"""`registry refresh` in shards, with all of its steps, and what an erasure leaves of an exchange."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.light import WITH_HISTORY
from tests.quality.site_at_work import SITE
from tests.shards.conftest import Ordered
from tests.shards.shards_kit import settings
from warehouse.releases.release import current_release
from warehouse.shards.exchange import open_orders


@pytest.mark.long
def test_a_full_refresh_in_shards_releases_nothing_new(light_study: Demonstration, tmp_path: Path) -> None:
    """The whole archive is read again and everything recomputed, in two processes and a shared folder: every table has
    the hash that it had, so there is nothing to release. Only the home's mark stays in the folder.
    """
    home = copy_of(light_study, tmp_path)
    before = os.readlink(home.current)
    written = (home.root / "registry.toml").read_text(encoding="utf-8")
    settings(home, 3, f'shard_workers = 2\ndata_path = "{tmp_path / "files"}"\n{written}')
    ran = run_here(home.root, "refresh", "--full", makes=WITH_HISTORY)
    assert ran.code == 0, ran.err.decode()
    assert "making 3 of 3 shards" in ran.err.decode() and "taking the shards" in ran.err.decode()
    assert os.readlink(home.current) == before
    assert [path.name for path in (tmp_path / "files" / "shards").iterdir()] == ["home"]
    assert open_orders(home) == []


@pytest.mark.long
def test_an_erasure_leaves_no_row_in_the_exchange(ordered: Ordered) -> None:
    """An order that was not closed, because a refresh died, is gone with all its files when a patient is erased."""
    assert Path(ordered.address).exists()
    ran = run_here(ordered.home.root, "forget", SITE, "P1", "--reason", "asked to", "--yes")
    assert ran.code == 0, ran.err.decode()
    assert not Path(ordered.address).exists() and open_orders(ordered.home) == []
    ran = run_here(ordered.home.root, "refresh")
    assert ran.code == 0 and current_release(ordered.home) is not None, ran.err.decode()
