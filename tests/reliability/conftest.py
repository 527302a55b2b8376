"""Nights without a kill, shared by the session."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.build_once import build_once
from tests.reliability.commands import Commands
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import Uninterrupted, uninterrupted
from warehouse.storage.home import Home


@dataclass(frozen=True)
class Quiet:
    """A home after each of its nights, and what each night ended with, without any kill."""

    folder: Path
    goals: list[Uninterrupted]

    def home_after(self, n_nights: int, folder: Path) -> Home:
        """Return a copy of the home after this many nights, below `folder`, which a test may change."""
        shutil.copytree(self.folder / str(n_nights), folder / "home", symlinks=True)
        return Home(folder / "home")


@pytest.fixture(scope="session")
def quiet(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    """Three nights, of which the third resolves entries."""

    def nights(folder: Path) -> Quiet:
        home, goals = Home(folder / "home"), []
        for number, night in enumerate(NIGHTS[:3], 1):
            goals += uninterrupted(commands, home, [night])
            shutil.copytree(home.root, folder / str(number), symlinks=True)
        return Quiet(folder, goals)

    return build_once(tmp_path_factory, "quiet", nights)
