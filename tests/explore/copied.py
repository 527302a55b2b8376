"""A home with a copy of the demonstration study's release: one process opens a database with one set of limits."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.e2e.demonstration import Demonstration
from warehouse.releases.release import DATABASE, MANIFEST, make_current
from warehouse.storage.home import Home


def home_with_release(demonstration: Demonstration, folder: Path) -> Home:
    """Copy what the pages read of the release into a new home in `folder`."""
    home = Home(folder / "home").create()
    copied = home.releases / demonstration.release.release_id
    copied.mkdir()
    for name in (DATABASE, MANIFEST):
        shutil.copy(demonstration.release.folder / name, copied / name)
    make_current(home, copied.name)
    return home
